//! A call of etcd's API as `etcdctl` makes it. Each may be pasted again.

use std::fmt;

use textwrap::{Options, WordSeparator};

use crate::action::Kind;
use crate::apply::locate;
use crate::member::{MemberId, Role};
use crate::observation::{LiveMember, Observation};
use crate::plan::{Plan, Step};
use crate::render;
use crate::render::plain::plain;
use crate::render::shell::quoted;
use crate::url::{Url, Urls};

/// Where words are broken; commands never are.
const WIDTH: usize = 72;

/// What a person types for a step that etcd performs.
#[derive(Debug)]
pub(super) struct Call {
    heading: String,
    words: &'static str,
    commands: Vec<String>,
}

impl Call {
    /// The call of this step, when the members are listed like this.
    pub(super) fn of(plan: &Plan, step: &Step, listed: &Observation) -> Self {
        let urls = step.parameters.peer_urls.as_ref().map(Urls::to_string);
        let urls = quoted(&urls.unwrap_or_default());
        let own = id(step.member_id);
        let (words, acts) = match step.kind {
            Kind::AddLearner => (
                "etcd takes no new member until every voter has been connected for 5 s: it is tried again.",
                vec![
                    format!(
                        "until [ -n \"$(listed)\" ] || ctl member add {} --learner --peer-urls={urls}",
                        quoted(&step.member)
                    ),
                    "do sleep 2; done".to_owned(),
                ],
            ),
            Kind::Promote => (
                "etcd takes it as a voter when it is in sync: it is tried again until then.",
                vec![
                    "until listed | grep -q ', false$'".to_owned(),
                    "do ctl member promote \"$(listed | cut -d, -f1)\"; sleep 2; done".to_owned(),
                    "ctl endpoint health".to_owned(),
                ],
            ),
            Kind::UpdatePeerUrls => (
                "",
                vec![format!("ctl member update {own} --peer-urls={urls}")],
            ),
            Kind::Remove => (
                "",
                vec![
                    format!("ctl member remove {own}"),
                    "ctl endpoint health".to_owned(),
                ],
            ),
            Kind::MoveLeader => (
                "",
                vec!["ctl move-leader \"$(listed | cut -d, -f1)\"".to_owned()],
            ),
            Kind::Backup => (
                "The database is saved here.",
                vec!["ctl snapshot save backup.db".to_owned()],
            ),
            // The driver's, and none of etcd's.
            Kind::Start
            | Kind::MoveData
            | Kind::Stop
            | Kind::Restart
            | Kind::Wipe
            | Kind::PutAside
            | Kind::Restore
            | Kind::ForceNew
            | Kind::Relay
            | Kind::EndRelay => ("", Vec::new()),
        };
        let only_one = matches!(step.kind, Kind::Backup);
        let mut commands = vec![etcdctl(plan, listed, only_one)];
        if acts.iter().any(|act| act.contains("listed")) {
            commands.push(found(plan, step, listed));
        }
        commands.extend(acts);
        let title = render::title(plan, step);
        Self {
            heading: format!("Step {}, where etcdctl is: {}", step.id.0, plain(&title)),
            words,
            commands,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.heading)?;
        if !self.words.is_empty() {
            let options = Options::new(WIDTH).word_separator(WordSeparator::AsciiSpace);
            writeln!(f, "{}", textwrap::fill(self.words, options))?;
        }
        writeln!(f)?;
        for line in &self.commands {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

/// The id as etcdctl has it.
fn id(id: Option<MemberId>) -> String {
    id.map_or_else(
        || "\"$(listed | cut -d, -f1)\"".to_owned(),
        |id| id.to_string(),
    )
}

/// A function that reaches the cluster: the voters of the list, or whom the file has.
fn etcdctl<'a>(plan: &'a Plan, listed: &'a Observation, only_one: bool) -> String {
    let connect = &plan.topology.connect;
    let members = &plan.topology.members;
    // Where the file has it is where it is by now.
    let endpoint = |live: &'a LiveMember| {
        let mut entries = members.iter();
        let spec = entries.find(|spec| Some(&spec.name) == live.name.as_ref());
        spec.map_or(&live.client_urls, |spec| &spec.client_urls)
            .first()
    };
    let voters = listed.members.iter();
    let voters = voters.filter(|live| live.role == Role::Voter);
    let mut endpoints: Vec<&Url> = voters.filter_map(endpoint).collect();
    if endpoints.is_empty() {
        endpoints.extend(members.iter().filter_map(|spec| spec.client_urls.first()));
    }
    endpoints.truncate(if only_one { 1 } else { endpoints.len() });
    let endpoints: Vec<String> = endpoints.iter().map(ToString::to_string).collect();
    let mut flags = vec!["--endpoints".to_owned(), quoted(&endpoints.join(","))];
    // The password is asked for, or is in ETCDCTL_PASSWORD.
    for (flag, value) in [
        ("--cacert", &connect.ca_file),
        ("--cert", &connect.cert_file),
        ("--key", &connect.key_file),
        ("--user", &connect.user),
    ] {
        if let Some(value) = value {
            flags.extend([flag.to_owned(), quoted(value)]);
        }
    }
    format!(
        "ctl() {{ ETCDCTL_API=3 etcdctl {} \"$@\"; }}",
        flags.join(" ")
    )
}

/// A function that prints the line of the member that is meant, which is known by where it is.
fn found(plan: &Plan, step: &Step, listed: &Observation) -> String {
    let live = match &step.parameters.to {
        Some(to) => locate::successor(plan, to, listed),
        None => locate::target(plan, step, listed),
    };
    let urls = live.map(|live| &live.peer_urls);
    let urls = urls.or(step.parameters.peer_urls.as_ref());
    let url = urls.and_then(Urls::first).map(ToString::to_string);
    format!(
        "listed() {{ ctl member list | awk -F', ' -v url={} 'index(\",\" $4 \",\", \",\" url \",\")'; }}",
        quoted(&url.unwrap_or_default())
    )
}
