//! The way back from a lost quorum: which one is planned, and what stands against it.

mod performed;
#[cfg(feature = "cli")]
mod runbook;

use std::collections::BTreeSet;
use std::fs::{self, File};

use etcdplan::action::Kind;
use etcdplan::amount::Size;
use etcdplan::member::{ClusterId, MemberId, MemberName};
use etcdplan::observation::Condition;
use etcdplan::plan::recovery::{self, Given, Options, Way};
use etcdplan::plan::saved;
use etcdplan::plan::{self, Plan};
use etcdplan::remains::{Data, Position, Remains, Remnant};
use etcdplan::render::{self, View};

use rustix::fs::{FlockOperation, flock};

use crate::notation;
use crate::program::run_in;

/// The cluster of every data directory.
pub(crate) const CLUSTER: u64 = 0xc1;

/// What is left, in words: who answers, and what lies at each place: `m1 runs 2/11, m2 stopped 2/9,
/// m3 empty`, the last entry of a log as term and index.
pub(crate) fn remains(answer: &str, places: &str) -> Remains {
    let place = |words: &str| -> (MemberName, Remnant) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let data = words.get(2).map(|last| {
            let (term, index) = last.split_once('/').unwrap();
            let index = index.parse().unwrap();
            Data {
                member: MemberId::new(words[0].trim_start_matches('m').parse().unwrap()),
                cluster: ClusterId::new(CLUSTER),
                last: Position {
                    term: term.parse().unwrap(),
                    index,
                },
                committed: index,
                size: Some(Size(1000)),
            }
        });
        let remnant = Remnant {
            running: words[1] == "runs",
            data,
            free: Some(Size(1 << 30)),
        };
        (MemberName::parse(words[0]).unwrap(), remnant)
    };
    let places = places.split(", ").filter(|words| !words.is_empty());
    Remains {
        looked_at: "2026-11-28T09:59:04Z".to_owned(),
        seen: (!answer.is_empty()).then(|| {
            let mut seen = notation::live(answer, "3.5.30".parse().unwrap());
            seen.cluster_id = ClusterId::new(CLUSTER);
            seen
        }),
        places: places.map(place).collect(),
    }
}

pub(crate) fn planned(
    wanted: &str,
    remains: &Remains,
    lost: &[&str],
    backup: Option<Given>,
) -> Plan {
    let lost: BTreeSet<MemberName> = lost
        .iter()
        .map(|name| MemberName::parse(name).unwrap())
        .collect();
    let options = Options {
        lost,
        backup,
        ..Options::default()
    };
    recovery::build(&notation::wanted(wanted), remains, &options)
}

fn steps(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter();
    steps
        .map(|step| format!("{} {} {}", step.id.0, step.kind, step.member))
        .collect()
}

fn codes(plan: &Plan) -> Vec<&str> {
    plan.refusals.iter().map(|one| one.code.as_str()).collect()
}

pub(crate) fn backup(cluster: Option<u64>) -> Given {
    Given {
        path: "/backups/c.db".to_owned(),
        sha256: "ab".repeat(32),
        size: Size(2000),
        cluster: cluster.map(ClusterId::new),
        at: cluster.map(|_| "20261128T041500Z".to_owned()),
    }
}

#[test]
fn two_of_three_are_lost() {
    let remains = remains("voters=(m1 m2! m3!)", "m1 runs 2/11, m2 empty, m3 empty");
    let plan = planned("m1 m2 m3", &remains, &["m2", "m3"], None);
    assert_eq!(
        steps(&plan),
        [
            "1 stop m1",
            "2 putAside m1",
            "3 restore m1",
            "4 start m1",
            "5 addLearner m2",
            "6 start m2",
            "7 promote m2",
            "8 addLearner m3",
            "9 start m3",
            "10 promote m3",
        ]
    );
    let recovery = plan.recovery.as_ref().unwrap();
    assert_eq!((recovery.way, recovery.steps), (Way::Restore, 4));
    // The rest is a plan of its own, on the cluster that is there then.
    let then = plan.after_recovery().unwrap();
    assert_eq!(then.steps.len(), 6);
    assert_ne!(then.cluster.id, plan.cluster.id);
    assert_eq!(then.base.members.len(), 1);
    insta::assert_snapshot!(render::text(&plan, &View::default()));
}

#[test]
fn a_saved_one_is_read_back() {
    let remains = remains("", "m1 stopped 2/11, m2 empty, m3 empty");
    let plan = planned("m1 m2 m3", &remains, &["m2", "m3"], None);
    let text = render::json(&plan);
    assert_eq!(render::json(&saved::read(&text).unwrap()), text);
    let changed = text.replace("\"m2\"", "\"m4\"");
    assert!(saved::read(&changed).is_err());
}

#[test]
fn all_processes_are_down() {
    let remains = remains("", "m1 stopped 2/11, m2 stopped 2/9, m3 stopped 2/11");
    let plan = planned("m1 m2 m3", &remains, &[], None);
    assert_eq!(steps(&plan), ["1 start m1", "2 start m2", "3 start m3"]);
    insta::assert_snapshot!(render::text(&plan, &View::default()));
}

#[test]
fn a_majority_of_disks_is_enough() {
    let remains = remains("", "m1 stopped 2/11, m2 stopped 2/9, m3 empty");
    let plan = planned("m1 m2 m3", &remains, &[], None);
    assert_eq!(steps(&plan), ["1 start m1", "2 start m2"]);
}

#[test]
fn the_one_with_the_most_is_chosen() {
    let of = |m1: &str, m2: &str| {
        let places = format!("m1 stopped {m1}, m2 stopped {m2}, m3 empty, m4 empty, m5 empty");
        let plan = planned(
            "m1 m2 m3 m4 m5",
            &remains("", &places),
            &["m3", "m4", "m5"],
            None,
        );
        let recovery = plan.recovery.unwrap();
        (
            recovery.rebirth.unwrap().member.to_string(),
            recovery.survivors[0].name.to_string(),
        )
    };
    let both = |name: &str| (name.to_owned(), name.to_owned());
    assert_eq!(of("2/11", "2/12"), both("m2"));
    assert_eq!(of("3/1", "2/12"), both("m1"));
    assert_eq!(of("2/12", "2/12"), both("m1"));
}

/// The ids that etcd makes are in the plan before etcd has made them.
#[test]
fn the_new_cluster_is_told_from_the_old() {
    let remains = remains("", "m1 stopped 2/11, m2 empty, m3 empty");
    let rebirth = |at: &str| {
        let remains = Remains {
            looked_at: at.to_owned(),
            ..remains.clone()
        };
        let plan = planned("m1 m2 m3", &remains, &["m2", "m3"], None);
        plan.recovery.unwrap().rebirth.unwrap()
    };
    let (one, other) = (
        rebirth("2026-11-28T09:59:04Z"),
        rebirth("2026-11-28T09:59:05Z"),
    );
    assert_ne!(one.cluster_id, other.cluster_id);
    assert_ne!(one.aside, other.aside);
    assert_eq!(one, rebirth("2026-11-28T09:59:04Z"));
}

#[test]
fn a_backup_is_restored_where_nothing_is_left() {
    let remains = remains("", "m1 empty, m2 empty, m3 empty");
    let plan = planned(
        "m1 m2 m3",
        &remains,
        &["m1", "m2", "m3"],
        Some(backup(Some(CLUSTER))),
    );
    assert_eq!(steps(&plan)[..2], ["1 restore m1", "2 start m1"]);
    insta::assert_snapshot!(render::text(&plan, &View::default()));
}

/// What is wanted, who answers, what lies where, who is named, and the codes.
type Against = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// A refusal shows who leads, as every list of members does.
#[test]
fn the_leader_is_told_where_there_is_one() {
    let leaders = |answer: &str| {
        let plan = planned("m1 m2 m3", &remains(answer, ""), &[], None);
        let leading = plan.base.members.iter().filter(|member| member.leader);
        leading
            .map(|member| member.name.as_ref().unwrap().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(leaders("voters=(m1 m2* m3)"), ["m2"]);
    assert!(leaders("voters=(m1* m2! m3!)").is_empty());
    assert!(leaders("").is_empty());
}

#[test]
fn what_stands_against_it() {
    let table: [Against; 10] = [
        ("m1 m2 m3", "voters=(m1* m2 m3!)", "", &["m3"], &["E0480"]),
        (
            "m1 m2 m3",
            "",
            "m1 runs 2/1, m2 runs 2/1, m3 empty",
            &["m3"],
            &["E0481"],
        ),
        (
            "m1 m2 m3",
            "voters=(m1 m2! m3!)",
            "m1 runs 2/1",
            &["m2"],
            &["E0482"],
        ),
        (
            "m1 m2 m3",
            "voters=(m1 m2! m3!)",
            "m1 runs 2/1, m2 empty, m3 empty",
            &[],
            &["E0482", "E0482"],
        ),
        (
            "m1 m2 m3",
            "voters=(m1 m2! m3!)",
            "m1 runs 2/1, m2 runs 2/1",
            &["m2", "m3"],
            &["E0483"],
        ),
        (
            "m1 m2 m3",
            "voters=(m1 m2! m3!)",
            "m1 runs 2/1",
            &["m2", "m3", "m9"],
            &["E0484"],
        ),
        (
            "m1 m2 m3",
            "",
            "m1 empty, m2 empty, m3 empty",
            &["m1", "m2", "m3"],
            &["E0485"],
        ),
        (
            "m4 m2 m3",
            "voters=(m1 m2! m3!)",
            "",
            &["m2", "m3"],
            &["E0486"],
        ),
        (
            "m1 m2 m3 m4",
            "",
            "m1 stopped 2/1",
            &["m2", "m3"],
            &["E0482"],
        ),
        // It has less than another, and nobody would stop it.
        (
            "m1 m2 m3 m5",
            "voters=(m1 m2! m3! m4 m5!)",
            "m1 runs 3/1",
            &["m2", "m3", "m5"],
            &["E0486"],
        ),
    ];
    for (wanted, answer, places, lost, expected) in table {
        let plan = planned(wanted, &remains(answer, places), lost, None);
        assert_eq!(codes(&plan), expected, "{answer} {places} {lost:?}");
        assert!(!plan.applyable && plan.steps.is_empty());
    }
}

#[test]
fn data_of_another_cluster_is_not_taken() {
    let mut found = remains("voters=(m1 m2! m3!)", "m1 runs 2/1, m2 empty, m3 empty");
    let name = MemberName::parse("m1").unwrap();
    let data = found.places.get_mut(&name).unwrap().data.as_mut().unwrap();
    data.cluster = ClusterId::new(0xc2);
    let plan = planned("m1 m2 m3", &found, &["m2", "m3"], None);
    assert_eq!(codes(&plan), ["E0487"]);

    let found = remains("voters=(m1 m2! m3!)", "m1 runs 2/1, m2 empty, m3 empty");
    for given in [backup(Some(0xc2)), backup(None)] {
        let plan = planned("m1 m2 m3", &found, &["m2", "m3"], Some(given.clone()));
        assert_eq!(codes(&plan), ["E0488"]);
        let options = Options {
            backup: Some(given),
            foreign_backup: true,
            lost: ["m2", "m3"]
                .map(|name| MemberName::parse(name).unwrap())
                .into(),
            ..Options::default()
        };
        let plan = recovery::build(&notation::wanted("m1 m2 m3"), &found, &options);
        assert!(plan.applyable, "{:?}", plan.refusals);
    }
}

/// Whose data it is stands in it, and what the file says of the cluster counts.
#[test]
fn data_that_is_not_where_it_belongs() {
    let stopped = || remains("", "m1 stopped 2/9, m2 stopped 2/8, m3 empty");
    let place = |found: &mut Remains, name: &str, member: u64, cluster: u64| {
        let name = MemberName::parse(name).unwrap();
        let data = found.places.get_mut(&name).unwrap().data.as_mut().unwrap();
        (data.member, data.cluster) = (MemberId::new(member), ClusterId::new(cluster));
    };
    // One member's disk, copied to another place.
    let mut found = stopped();
    place(&mut found, "m2", 1, CLUSTER);
    assert_eq!(
        codes(&planned("m1 m2 m3", &found, &["m3"], None)),
        ["E0487"]
    );
    // Two clusters, and nobody says which one is meant, until the file does or one is given up.
    let mut found = stopped();
    place(&mut found, "m1", 1, 0xc2);
    assert_eq!(
        codes(&planned("m1 m2 m3", &found, &["m3"], None)),
        ["E0487"]
    );
    let plan = planned("m1 m2 m3", &found, &["m1", "m3"], None);
    assert!(plan.applyable, "{:?}", plan.refusals);
    assert_eq!(plan.cluster.id, Some(ClusterId::new(CLUSTER)));
    let mut wanted = notation::wanted("m1 m2 m3");
    wanted.cluster.id = Some(ClusterId::new(CLUSTER));
    let plan = recovery::build(&wanted, &found, &Options::default());
    assert_eq!(plan.refusals[0].member.as_deref(), Some("m1"));
    // Another cluster answers than the file is for.
    wanted.cluster.id = Some(ClusterId::new(0xc3));
    let found = remains("voters=(m1 m2! m3!)", "m1 runs 2/9, m2 empty, m3 empty");
    let plan = recovery::build(&wanted, &found, &Options::default());
    assert_eq!(plan.refusals[0].code, "E0487");
}

/// A lone member that tries to be elected raises its term, and its word is of what is committed.
#[test]
fn a_term_that_is_told_is_not_that_of_a_log() {
    let mut found = remains("voters=(m1 m2 m3! m4! m5!)", "");
    for (id, term, index) in [(1, 51, 9), (2, 3, 100)] {
        let seen = found.seen.as_mut().unwrap();
        let mut members = seen.members.iter_mut();
        let member = members.find(|live| live.id == MemberId::new(id)).unwrap();
        if let Condition::Running(status) = &mut member.condition {
            (status.term, status.raft_index) = (term, index);
        }
    }
    let plan = planned("m1 m2 m3 m4 m5", &found, &["m3", "m4", "m5"], None);
    let recovery = plan.recovery.as_ref().unwrap();
    assert_eq!(recovery.survivors[0].name.as_str(), "m2");
    assert!(recovery.missing[1].contains("etcdplan inspect"));
}

/// Nothing is left, and the backup does not say of which cluster it is.
pub(crate) fn a_backup_of_nobody() -> Plan {
    let found = remains("", "m1 empty, m2 empty, m3 empty");
    let options = Options {
        backup: Some(backup(None)),
        foreign_backup: true,
        lost: ["m1", "m2", "m3"]
            .map(|name| MemberName::parse(name).unwrap())
            .into(),
        ..Options::default()
    };
    recovery::build(&notation::wanted("m1 m2 m3"), &found, &options)
}

/// Where nobody knows whose backup it is, the plan can still be saved and read again.
#[test]
fn a_backup_is_all_there_is() {
    let plan = a_backup_of_nobody();
    assert!(plan.applyable, "{:?}", plan.refusals);
    let text = render::json(&plan);
    assert_eq!(render::json(&saved::read(&text).unwrap()), text);
    // What is lost is not made up.
    let told = render::text(&plan, &View::default());
    assert!(told.contains("   cluster id unknown"), "{told}");
    assert!(told.contains("unknown becomes "), "{told}");
}

#[test]
fn in_place_needs_to_know_who_they_were() {
    let found = remains("", "m1 stopped 2/9, m2 empty, m3 empty");
    let options = Options {
        in_place: true,
        lost: ["m2", "m3"]
            .map(|name| MemberName::parse(name).unwrap())
            .into(),
        ..Options::default()
    };
    let plan = recovery::build(&notation::wanted("m1 m2 m3"), &found, &options);
    assert_eq!(codes(&plan), ["E0492"]);
}

#[test]
fn a_disk_that_is_too_full() {
    let mut found = remains("voters=(m1 m2! m3!)", "m1 runs 2/1, m2 empty, m3 empty");
    let name = MemberName::parse("m1").unwrap();
    // A copy, and the data that is made of it: twice the 1000 bytes that there are. Of a backup of 2000
    // bytes, its database and the two segments of a log.
    let log = 128 << 20;
    for (free, given, expected) in [
        (1999, None, &["E0490"][..]),
        (2000, None, &[]),
        (log + 1999, Some(backup(Some(CLUSTER))), &["E0490"]),
        (log + 2000, Some(backup(Some(CLUSTER))), &[]),
    ] {
        found.places.get_mut(&name).unwrap().free = Some(Size(free));
        let plan = planned("m1 m2 m3", &found, &["m2", "m3"], given);
        assert_eq!(codes(&plan), expected, "{free}");
    }
}

/// The survivor goes on where its data is: no other data stays where something could start it.
#[test]
fn in_place() {
    let found = remains(
        "voters=(m1 m2 m3! m4! m5!)",
        "m1 runs 2/11, m2 runs 2/9, m3 empty, m4 empty, m5 empty",
    );
    let options = Options {
        in_place: true,
        lost: ["m3", "m4", "m5"]
            .map(|name| MemberName::parse(name).unwrap())
            .into(),
        ..Options::default()
    };
    let plan = recovery::build(&notation::wanted("m1 m2 m3"), &found, &options);
    assert_eq!(
        steps(&plan)[..5],
        [
            "1 stop m1",
            "2 stop m2",
            "3 putAside m2",
            "4 forceNew m1",
            "5 start m1",
        ]
    );
    let recovery = plan.recovery.as_ref().unwrap();
    let rebirth = recovery.rebirth.as_ref().unwrap();
    assert_eq!((recovery.way, recovery.steps), (Way::InPlace, 5));
    assert_eq!(Some(rebirth.cluster_id), plan.cluster.id);
    assert!(render::text(&plan, &View::default()).contains("  risk         an old member"));

    // The cluster of old is not taken for the one that it becomes.
    let old = found.seen.as_ref().unwrap();
    assert!(!plan.is_reborn(old));
    let mut alone = old.clone();
    alone.members.retain(|member| member.id == MemberId::new(1));
    assert!(plan.is_reborn(&alone));
}

/// All addresses are others: one member is found at its old one, and all learn of the new ones.
#[test]
fn every_address_has_changed() {
    let found = remains(
        "voters=(m1! m2! m3!)",
        "m1 stopped 2/9, m2 runs 2/11, m3 runs 2/10",
    );
    let plan = planned("m1@11 m2@12 m3@13", &found, &[], None);
    assert_eq!(
        steps(&plan),
        [
            "1 start m1",
            "2 relay m2",
            "3 updatePeerURLs m1",
            "4 updatePeerURLs m2",
            "5 updatePeerURLs m3",
            "6 endRelay m2",
        ]
    );
    let recovery = plan.recovery.as_ref().unwrap();
    assert_eq!((recovery.way, recovery.steps), (Way::Relocate, 6));
    assert!(recovery.rebirth.is_none() && plan.after_recovery().is_none());
    insta::assert_snapshot!(render::text(&plan, &View::default()));
}

#[test]
fn some_addresses_have_changed() {
    let relayed = |places: &str| {
        let plan = planned(
            "m1 m2@12 m3@13",
            &remains("voters=(m1! m2! m3!)", places),
            &[],
            None,
        );
        assert!(plan.applyable, "{:?}", plan.refusals);
        let mut steps = plan.steps.iter();
        let relay = steps.find(|step| step.kind == Kind::Relay);
        relay.map(|step| step.member.clone())
    };
    // The others find the one that stayed, and vote for it.
    assert_eq!(relayed("m1 runs 2/11, m2 runs 2/11, m3 runs 2/9"), None);
    // They would not: it has less than one of them.
    let best = relayed("m1 runs 2/10, m2 runs 2/11, m3 runs 2/9");
    assert_eq!(best.as_deref(), Some("m2"));
}

/// A cluster without quorum never looks like one that is well.
#[test]
fn a_plan_that_changes_nothing_points_here() {
    let live = notation::live("voters=(m1 m2! m3!)", "3.5.30".parse().unwrap());
    let wanted = notation::wanted("m1 m2 m3");
    let plan = plan::build(&wanted, &live, &plan::Options::default());
    assert!(!plan.has_changes);
    let warning = &plan.diagnostics[0];
    assert_eq!(warning.code, "W0310");
    insta::assert_snapshot!(
        format!("{}\n{}", warning.message, warning.details.join("\n")),
        @r"
    the cluster has no quorum: 0 of 3 voters are healthy, and 2 are needed
    what is left, and the way back: etcdplan recover -f FILE
    "
    );
}

#[test]
fn a_driver_without_programs_for_it() {
    use etcdplan::amount::Span;
    use etcdplan::topology::{Driver, ExecDriver};
    let mut wanted = notation::wanted("m1 m2 m3");
    wanted.driver = Driver::Exec(ExecDriver {
        actions: [].into(),
        timeout: Span(std::time::Duration::from_secs(1)),
        move_data_timeout: Span(std::time::Duration::from_secs(1)),
    });
    let found = remains("voters=(m1 m2! m3!)", "m1 runs 2/1, m2 empty, m3 empty");
    let options = Options {
        lost: ["m2", "m3"]
            .map(|name| MemberName::parse(name).unwrap())
            .into(),
        ..Options::default()
    };
    let plan = recovery::build(&wanted, &found, &options);
    assert_eq!(codes(&plan), ["E0489"]);
}

/// The plan is performed with what was reviewed.
#[cfg(feature = "cli")]
#[test]
fn a_backup_that_is_another_one_by_now() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    fs::write(&path, "another").unwrap();
    let given = Given {
        path: path.display().to_string(),
        ..backup(Some(CLUSTER))
    };
    let found = remains("", "m1 empty, m2 empty, m3 empty");
    let plan = planned("m1 m2 m3", &found, &["m1", "m2", "m3"], Some(given));
    fs::write(folder.path().join("way-back.json"), render::json(&plan)).unwrap();
    let run = run_in(
        folder.path(),
        &[
            "apply",
            "way-back.json",
            "--yes",
            "--endpoints",
            "http://127.0.0.1:1",
        ],
        &[("ETCDPLAN_STATE_DIR", folder.path().to_str().unwrap())],
    );
    let told = run.told();
    assert!(told.contains("E0493") && run.code == 4, "{told}");
}

/// Without quorum there is no lock in etcd, so one of this machine keeps a second apply away.
#[cfg(feature = "cli")]
#[test]
fn two_at_once() {
    let remains = remains("voters=(m1 m2! m3!)", "m1 runs 2/11, m2 empty, m3 empty");
    let plan = planned("m1 m2 m3", &remains, &["m2", "m3"], None);
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let path = folder.path().join("way-back.json");
    fs::write(&path, serde_json::to_string(&plan).unwrap()).unwrap();
    let lock =
        File::create(state.join(format!("{}.recovery.lock", plan.cluster.id.unwrap()))).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let run = run_in(
        folder.path(),
        &["apply", "way-back.json", "--yes", "--color", "never"],
        &[("ETCDPLAN_STATE_DIR", state.to_str().unwrap())],
    );
    insta::assert_snapshot!(run.told(), @r"
    Error: another apply brings this cluster back, on this machine  [E0491]
      Way out: wait for it, and run this again
    More: etcdplan explain E0491
    exit code 1
    ");
}
