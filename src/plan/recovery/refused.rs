//! Why there is no way back yet.

use crate::amount::Size;
use crate::member::{ClusterId, MemberId, MemberName};
use crate::plan::Refusal;
use crate::plan::recovery::{LOST_RUNS, QUORUM_EXISTS};
use crate::quorum::Standing;
use crate::topology::HostActionKind;

/// The code of a refusal: the operator has not said that a member is gone.
const UNNAMED: &str = "E0482";

/// The code of a refusal: data, or what answers, is not of this cluster or not of this member.
const FOREIGN: &str = "E0487";

/// The code of a refusal: what is left of a member is out of the driver's reach.
const NOT_IN_FILE: &str = "E0486";

/// What stands against a recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// There is a quorum.
    Quorum(Standing),
    /// As many run as are needed: they may find each other again.
    EnoughRun { left: usize, needed: usize },
    /// Nobody knows whether it is gone, and the operator has not said so.
    Unnamed(String),
    /// There is no data where it should be, and the operator has not said that it is gone.
    UnnamedEmpty(String),
    /// It was named as gone, and it runs.
    NamedRuns(String),
    /// It was named as gone, and was no member.
    UnknownName(MemberName),
    /// There is nothing to restore.
    NoSource,
    /// What has the most is to be no member any more.
    NotInFile(String),
    /// Only members tell which of the old ones must not come back, and none does.
    NobodyTells,
    /// It would go on where it is, and the file has it elsewhere.
    Elsewhere(String),
    /// Data of several clusters, and nothing says which is the right one.
    Disagree(Vec<(String, ClusterId)>),
    /// What answers is another cluster than the file is for.
    OtherAnswers { found: ClusterId, own: ClusterId },
    /// The data at a member's place is another member's.
    Misplaced { member: String, holder: MemberId },
    /// It runs, and is to be no member any more: nobody would stop it.
    RunsOutside(String),
    /// There is no room for what is to be made.
    NoSpace {
        member: String,
        wanted: Size,
        free: Size,
    },
    /// Another cluster's data lies at a member's place.
    ForeignData {
        member: String,
        found: ClusterId,
        own: ClusterId,
    },
    /// The backup is another cluster's, or nobody can say whose.
    ForeignBackup {
        path: String,
        found: Option<ClusterId>,
        own: Option<ClusterId>,
    },
    /// The driver has no program for what is to be done on hosts.
    NoProgram(Vec<HostActionKind>),
}

/// The same as the document says it.
pub(super) fn of(reason: &Reason) -> Refusal {
    let (code, message, details, ways_out) = told(reason);
    Refusal {
        code: code.to_owned(),
        member: member(reason),
        message,
        details,
        ways_out,
    }
}

fn member(reason: &Reason) -> Option<String> {
    match reason {
        Reason::Unnamed(name)
        | Reason::UnnamedEmpty(name)
        | Reason::NamedRuns(name)
        | Reason::NotInFile(name)
        | Reason::Elsewhere(name)
        | Reason::RunsOutside(name) => Some(name.clone()),
        Reason::UnknownName(name) => Some(name.to_string()),
        Reason::ForeignData { member, .. }
        | Reason::Misplaced { member, .. }
        | Reason::NoSpace { member, .. } => Some(member.clone()),
        Reason::Quorum(_)
        | Reason::EnoughRun { .. }
        | Reason::NoSource
        | Reason::NobodyTells
        | Reason::Disagree(_)
        | Reason::OtherAnswers { .. }
        | Reason::ForeignBackup { .. }
        | Reason::NoProgram(_) => None,
    }
}

type Told = (&'static str, String, Vec<String>, Vec<String>);

fn told(reason: &Reason) -> Told {
    let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
    match reason {
        Reason::Quorum(standing) => (
            QUORUM_EXISTS,
            "the cluster has a quorum: there is nothing to recover".to_owned(),
            vec![format!(
                "{} of {} voters are healthy, and {} are a quorum",
                standing.healthy,
                standing.voters,
                standing.quorum()
            )],
            lines(&["replace what is dead by an ordinary plan: etcdplan plan -f FILE"]),
        ),
        Reason::EnoughRun { left, needed } => (
            "E0481",
            format!(
                "{left} members run, and {needed} are a quorum: they may find each other again"
            ),
            Vec::new(),
            lines(&[
                "look at what keeps them apart (network, clocks, certificates): etcdplan status -f FILE",
                "stop a member that will never come back, and name it: --lost NAME",
            ]),
        ),
        Reason::Unnamed(name) => (
            UNNAMED,
            format!("{name} does not answer, which is no proof that it is gone"),
            lines(&["if it is alive and the cluster begins anew, both sides take writes"]),
            vec![
                "bring it back: with its data it may be all that is missing".to_owned(),
                format!("if it is gone for ever, and will never be started again: --lost {name}"),
            ],
        ),
        Reason::UnnamedEmpty(name) => (
            UNNAMED,
            format!("{name} has no data at its place, which is no proof that it is gone"),
            lines(&[
                "a disk that is not mounted looks so, and its data may be all that is missing",
            ]),
            vec![
                "look for it: a mount, another path than the file's, NAME.before-TIME where an earlier recovery \
                 has put it aside"
                    .to_owned(),
                format!("if it is gone for ever: --lost {name}"),
            ],
        ),
        Reason::NamedRuns(name) => (
            LOST_RUNS,
            format!("{name} is named as lost, and a process of it runs"),
            Vec::new(),
            vec![format!("leave out --lost {name}, or stop it for good")],
        ),
        Reason::UnknownName(name) => (
            "E0484",
            format!("{name} is named as lost, and is no member"),
            Vec::new(),
            lines(&["name members as the file does: --lost NAME"]),
        ),
        Reason::NoSource
        | Reason::NotInFile(_)
        | Reason::RunsOutside(_)
        | Reason::NoSpace { .. }
        | Reason::NobodyTells
        | Reason::Elsewhere(_)
        | Reason::Disagree(_)
        | Reason::OtherAnswers { .. }
        | Reason::Misplaced { .. }
        | Reason::ForeignData { .. }
        | Reason::ForeignBackup { .. }
        | Reason::NoProgram(_) => told_of_means(reason),
    }
}

/// What is missing for a recovery that may be.
fn told_of_means(reason: &Reason) -> Told {
    let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
    match reason {
        Reason::NoSource => (
            "E0485",
            "there is nothing to restore the cluster from".to_owned(),
            lines(&["no member of which something is left has data, as far as the driver sees"]),
            lines(&[
                "give a backup: --backup FILE",
                "look for a disk of any voter, and bring it to a host of the file",
                "where an earlier recovery has put data aside, as NAME.before-TIME, give it its name back",
            ]),
        ),
        Reason::NoSpace {
            member,
            wanted,
            free,
        } => (
            "E0490",
            format!("there is no room at {member} for what is restored"),
            vec![format!("{wanted} are needed, and {free} are left there")],
            lines(&[
                "make room there: a copy and the database that is made of it stand beside the old data",
            ]),
        ),
        Reason::RunsOutside(name) => (
            NOT_IN_FILE,
            format!("{name} runs, and is not in the file: nobody would stop it"),
            lines(&["what is left of the old cluster must not run beside the new one"]),
            vec![
                format!(
                    "write {name} into the file as it was, recover, and take it out by an ordinary plan"
                ),
                format!("or stop it for good, and name it: --lost {name}"),
            ],
        ),
        Reason::NotInFile(name) => (
            NOT_IN_FILE,
            format!("{name} has the most of what is left, and is not in the file"),
            Vec::new(),
            vec![format!(
                "write {name} into the file as it was, recover, and replace it by an ordinary plan"
            )],
        ),
        Reason::NobodyTells => (
            "E0492",
            "nobody tells who the members were, and --in-place needs to know".to_owned(),
            lines(&[
                "the cluster keeps its id, so only by their ids are old members known when they come back",
            ]),
            lines(&["start a member that is left: while it runs it tells them, and recover again"]),
        ),
        Reason::Elsewhere(name) => (
            NOT_IN_FILE,
            format!("{name} would go on where it is, and the file has it elsewhere"),
            Vec::new(),
            vec![format!(
                "write {name} into the file as it was, recover, and move it by an ordinary plan"
            )],
        ),
        Reason::NoProgram(kinds) => {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let first = names.first().copied().unwrap_or_default();
            (
                "E0489",
                format!(
                    "the driver has no program for what a recovery does on hosts: {}",
                    names.join(", ")
                ),
                Vec::new(),
                vec![
                    format!("write them under `driver.exec`: {first}: [./{first}.sh]"),
                    "or do it by hand: leave `driver` out of the file".to_owned(),
                ],
            )
        }
        Reason::Disagree(_)
        | Reason::OtherAnswers { .. }
        | Reason::Misplaced { .. }
        | Reason::ForeignData { .. }
        | Reason::ForeignBackup { .. } => told_of_data(reason),
        Reason::Quorum(_)
        | Reason::EnoughRun { .. }
        | Reason::Unnamed(_)
        | Reason::UnnamedEmpty(_)
        | Reason::NamedRuns(_)
        | Reason::UnknownName(_) => told(reason),
    }
}

/// What lies where it should not, or is of another cluster.
fn told_of_data(reason: &Reason) -> Told {
    let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
    match reason {
        Reason::Disagree(found) => (
            FOREIGN,
            "the data on the hosts is of several clusters".to_owned(),
            found
                .iter()
                .map(|(name, id)| format!("{name}: cluster {id}"))
                .collect(),
            lines(&["write which one it is into the file: cluster.id"]),
        ),
        Reason::OtherAnswers { found, own } => (
            FOREIGN,
            "the members that answer are of another cluster".to_owned(),
            vec![format!("cluster {found}, and the file is for {own}")],
            lines(&["correct the endpoints, or `cluster.id`"]),
        ),
        Reason::Misplaced { member, holder } => (
            FOREIGN,
            format!("the data at the place of {member} is another member's, or is there twice"),
            vec![format!("it is that of member {holder}")],
            vec![format!(
                "bring each member's own data to its place, or name the member as lost: --lost {member}"
            )],
        ),
        Reason::ForeignData { member, found, own } => (
            FOREIGN,
            format!("the data of {member} is of another cluster"),
            vec![format!("cluster {found}, and this is {own}")],
            vec![format!(
                "bring the right data there, or name the member as lost: --lost {member}"
            )],
        ),
        Reason::ForeignBackup { path, found, own } => {
            let found = found.map_or_else(
                || "its name does not say of which cluster it is".to_owned(),
                |found| format!("by its name it is of cluster {found}"),
            );
            let own = own.map(|own| format!("this is cluster {own}"));
            (
                "E0488",
                format!("{path} may be a backup of another cluster"),
                [Some(found), own].into_iter().flatten().collect(),
                lines(&["if you know that it is the right one: --foreign-backup"]),
            )
        }
        Reason::Quorum(_)
        | Reason::EnoughRun { .. }
        | Reason::Unnamed(_)
        | Reason::UnnamedEmpty(_)
        | Reason::NamedRuns(_)
        | Reason::UnknownName(_)
        | Reason::NoSource
        | Reason::NotInFile(_)
        | Reason::RunsOutside(_)
        | Reason::NoSpace { .. }
        | Reason::NobodyTells
        | Reason::Elsewhere(_)
        | Reason::NoProgram(_) => told(reason),
    }
}
