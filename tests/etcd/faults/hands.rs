//! Somebody else changes the members, with etcdctl, between any two steps or while one is in hand.

use std::fmt;
use std::time::{Duration, Instant};

use etcd_client::ResponseHeader;
use tokio::process::Command;
use tokio::time::sleep;

use super::stage::{Caught, Stage};
use super::{Mishap, Side, What, is_act};
use crate::bed::member::Member;
use crate::bed::program::Run;
use crate::bed::{Outcome, client};
use crate::cases::{Case, Preparation};
use crate::report::Journal;
use crate::tripwire::{Boundary, Event, LOOK, Passage};

/// What is changed, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intrusion {
    deed: Deed,
    when: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Add,
    Remove,
    Promote,
    Update,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// The plan is made, and nothing is done yet.
    Planned,
    /// etcdplan has asked for it.
    InHand,
    /// It is done.
    Done,
}

/// A machine that no case knows.
const STRANGER: u8 = 200;

/// etcd wants members connected for five seconds before others leave or come; meanwhile
/// everything is held.
const PATIENCE: Duration = Duration::from_secs(12);

impl Intrusion {
    /// Between two steps.
    pub fn is_brief(self) -> bool {
        self.when != When::InHand
    }
}

/// Each change at each place: before the first step, while one is in hand, and between two.
pub fn in_run(case: &Case, events: &[Event]) -> Vec<Mishap> {
    let mut deeds = vec![Deed::Add, Deed::Remove, Deed::Update];
    if learner(case).is_some() {
        deeds.push(Deed::Promote);
    }
    let mut places = vec![(
        Boundary {
            what: LOOK.to_owned(),
            number: 2,
        },
        When::Planned,
    )];
    for event in events.iter().filter(|event| is_act(&event.boundary)) {
        let when = match event.side {
            Side::Before => When::InHand,
            Side::After => When::Done,
        };
        let place = (event.boundary.clone(), when);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    // After the last step nothing is left to be stopped.
    places.pop();
    let at = |(at, when): &(Boundary, When)| {
        let (at, when) = (at.clone(), *when);
        deeds.clone().into_iter().map(move |deed| Mishap {
            at: at.clone(),
            what: What::Hand(Intrusion { deed, when }),
        })
    };
    places.iter().flat_map(at).collect()
}

/// Applies, changes the members there, and looks at how apply ends and what it still did.
pub async fn run(
    mut stage: Stage<'_>,
    at: &Boundary,
    Intrusion { deed, when }: Intrusion,
    journal: &mut Journal,
) -> Outcome<Duration> {
    let side = match when {
        When::Planned | When::InHand => Side::Before,
        When::Done => Side::After,
    };
    stage.tripwire.arm(at.clone(), side);
    let (cluster, case) = (stage.cluster, stage.case.clone());
    let tripwire = stage.tripwire.clone();
    let mut intruded = None;
    let apply = stage.apply(&[])?;
    let intrude = async |caught: Caught, _| {
        let words = intrude(cluster.directory.as_path(), &case, deed).await?;
        intruded = Some((words, tripwire.events().len()));
        caught.release(Passage::Go);
        Ok(())
    };
    let run = stage.through(apply, intrude, journal).await?;
    journal.note(stage.told());
    let (words, before) = intruded.ok_or_else(|| format!("{at} was never reached"))?;

    let begun = stage
        .acts()
        .iter()
        .any(|act| act.side == Side::After && act.succeeded != Some(false));
    let expected = if begun { 5 } else { 4 };
    run.expect(expected)?;
    says(&run, &words)?;
    let events = stage.tripwire.events();
    let later = events.iter().skip(before);
    let touched = later
        .filter(|event| is_act(&event.boundary) && event.side == Side::Before)
        .map(|event| event.boundary.to_string());
    let touched: Vec<String> = touched.collect();
    if !touched.is_empty() {
        return Err(format!("went on with {}", touched.join(", ")).into());
    }
    Ok(run.ended - run.begun)
}

/// What changed is told, in these words.
fn says(run: &Run, words: &[String]) -> Outcome<()> {
    let stderr: Vec<&str> = run.stderr.iter().map(|line| line.text.trim()).collect();
    let stderr = stderr.join(" ");
    match words.iter().find(|word| !stderr.contains(word.as_str())) {
        None => Ok(()),
        Some(missing) => Err(format!("stderr does not say {missing:?}").into()),
    }
}

/// Does it, and returns the words in which it must be told.
async fn intrude(directory: &std::path::Path, case: &Case, deed: Deed) -> Outcome<Vec<String>> {
    let stays = bystander(case).await?;
    match deed {
        Deed::Add => {
            let machine = format!("{}.{STRANGER}", network(&stays.host));
            let url = format!("http://{machine}:2380");
            let peers = format!("--peer-urls={url}");
            let learner = ["member", "add", "stranger", "--learner", &peers];
            let voter = ["member", "add", "stranger", &peers];
            // One learner at a time is all that most servers allow.
            if let Err(error) = etcdctl(directory, &stays, &learner).await {
                if !error.to_string().contains("too many learner") {
                    return Err(error);
                }
                etcdctl(directory, &stays, &voter).await?;
            }
            Ok(vec!["was added".to_owned(), url])
        }
        Deed::Remove => {
            let gone = other(case, &stays)?;
            let id = id(&gone).await?;
            etcdctl(directory, &stays, &["member", "remove", &id]).await?;
            Ok(vec![format!("{} is not listed", gone.name)])
        }
        Deed::Promote => {
            let learner = learner(case).ok_or("the case has no learner")?;
            let id = id(learner).await?;
            etcdctl(directory, &stays, &["member", "promote", &id]).await?;
            Ok(vec![format!("{} is a voter now", learner.name)])
        }
        Deed::Update => {
            let moved = other(case, &stays)?;
            let id = id(&moved).await?;
            // The old one stays, so that nothing breaks.
            let urls = format!(
                "--peer-urls={0},http://{1}:2399",
                moved.peer_url(),
                moved.host
            );
            etcdctl(directory, &stays, &["member", "update", &id, &urls]).await?;
            Ok(vec![
                format!("the peer URLs of {} are", moved.name),
                format!("http://{}:2399", moved.host),
            ])
        }
    }
}

/// Runs etcdctl until etcd accepts it.
async fn etcdctl(directory: &std::path::Path, via: &Member, arguments: &[&str]) -> Outcome<()> {
    let begun = Instant::now();
    loop {
        let output = Command::new("bin/etcdctl")
            .current_dir(directory)
            .env("ETCDCTL_API", "3")
            .args(["--endpoints", &via.endpoint(), "--command-timeout", "4s"])
            .args(arguments)
            .output()
            .await?;
        if output.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let may_pass = told.contains("unhealthy cluster") || told.contains("in sync with leader");
        if !may_pass || begun.elapsed() > PATIENCE {
            return Err(format!("etcdctl {}: {told}", arguments.join(" ")).into());
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Members that the case leaves as they are.
fn untouched(case: &Case) -> impl Iterator<Item = &Member> {
    case.before
        .iter()
        .filter(|member| case.wanted.contains(member))
}

/// Who is asked: the leader, if it is left as it is.
async fn bystander(case: &Case) -> Outcome<Member> {
    for member in untouched(case) {
        let status = client::status(&member.endpoint()).await?;
        if status.header().map(ResponseHeader::member_id) == Some(status.leader()) {
            return Ok(member.clone());
        }
    }
    let first = untouched(case).next();
    Ok(first.ok_or("the case leaves no member as it is")?.clone())
}

/// Another of them.
fn other(case: &Case, stays: &Member) -> Outcome<Member> {
    let other = untouched(case).find(|member| *member != stays);
    Ok(other.ok_or("the case leaves one member as it is")?.clone())
}

fn learner(case: &Case) -> Option<&Member> {
    case.prepared
        .iter()
        .find_map(|preparation| match preparation {
            Preparation::Joined(learner) => Some(learner),
            Preparation::Killed(_) | Preparation::Registered(_) | Preparation::Filled(_) => None,
        })
}

async fn id(member: &Member) -> Outcome<String> {
    let status = client::status(&member.endpoint()).await?;
    let header = status.header().ok_or("a status without a header")?;
    Ok(format!("{:x}", header.member_id()))
}

/// `127.20.0` of `127.20.0.3`.
fn network(host: &str) -> &str {
    host.rsplit_once('.').map_or(host, |(network, _)| network)
}

impl fmt::Display for Intrusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deed = match self.deed {
            Deed::Add => "member add",
            Deed::Remove => "member remove",
            Deed::Promote => "member promote",
            Deed::Update => "member update",
        };
        let when = match self.when {
            When::Planned => "once planned",
            When::InHand => "in hand",
            When::Done => "done",
        };
        write!(f, "{when}, {deed}")
    }
}
