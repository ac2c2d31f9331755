//! A plan that is reviewed: made by a user without any right, and applied as it was read, or not
//! at all, whatever happens to the cluster meanwhile.

use std::fs;

use serde_json::Value;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::program::Run;
use crate::bed::topology::entry;
use crate::mode::{EVERYTHING, PASSWORD, Users};
use crate::stage::{Stage, expect};

/// Who may look and nothing else.
const REVIEWER: &str = "reviewer";

/// The file, and what is made of it.
const FILE: &str = "prod.yaml";
const PLAN: &str = "prod.plan.json";

/// What the nightly job runs.
const DRIFT: [&str; 4] = ["plan", "-f", FILE, "--detailed-exitcode"];

pub(crate) async fn play(cluster: &Cluster) -> Outcome<()> {
    let stage = Stage::set(cluster, EVERYTHING, Vec::new()).await?;
    let reviewer = format!("{REVIEWER}:{PASSWORD}");
    stage.etcdctl(&["user", "add", &reviewer]).await?;
    let review = Review { stage };
    review.adopt().await?;
    review.plan().await?;

    // Somebody else is faster.
    let by_hand = review.add_by_hand(9).await?;
    let refused = review.apply(&[]).await?;
    expect(&refused, 4)?;
    says(&refused, &format!("was added, at {by_hand}"))?;
    let mut drawn = refused
        .stderr()
        .lines()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    drawn.retain(|line| line.starts_with("    + ") && line.contains(&by_hand));
    if drawn.len() != 1 {
        return Err(format!("it is not drawn:\n{}", refused.told()).into());
    }
    review.stands(4).await?;

    // What was reviewed before is not what is applied now.
    let second = review.plan().await?;
    if second.stdout().matches(&by_hand).count() == 0 {
        return Err(format!("the new plan does not know of it:\n{}", second.told()).into());
    }
    // It goes on after a stop at any step.
    let steps = review.steps()?;
    for step in 2..steps {
        let until = format!("s{step}");
        let stopped = review.apply(&["--until", &until]).await?;
        expect(&stopped, 5)?;
        says(&stopped, &format!("Stopped after {step} of {steps} steps."))?;
    }
    let ended = review.apply(&[]).await?;
    expect(&ended, 0)?;
    says(&ended, &format!("{} steps of {steps} done", steps - 1))?;
    says(&ended, "Apply complete!")?;
    let again = review.apply(&[]).await?;
    expect(&again, 0)?;
    if !again.stdout().starts_with("No changes. Every step of plan") {
        return Err(again.told().into());
    }

    expect(&review.look(&DRIFT).await?, 0)?;
    let by_hand = review.add_by_hand(8).await?;
    let drift = review.look(&DRIFT).await?;
    expect(&drift, 2)?;
    says(&drift, &by_hand)
}

struct Review<'a> {
    stage: Stage<'a>,
}

impl Review<'_> {
    /// Takes the cluster over, and adds a member and how hosts are reached to the file.
    async fn adopt(&self) -> Outcome<()> {
        let flags = self.stage.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let adopt = [&["adopt", "-o", FILE], flags.as_slice()].concat();
        expect(&self.stage.run(&adopt).await?, 0)?;
        expect(&self.look(&DRIFT).await?, 0)?;

        let mut wanted = self.stage.members.clone();
        wanted.extend([4, 5].map(|number| self.stage.member(number)));
        let settings = self.stage.wanting(&wanted, Users::None);
        let settings = settings.settings(self.stage.cluster);
        let entries: String = wanted.iter().skip(3).map(entry).collect();
        let edited = format!("{}{entries}{settings}", self.stage.read(FILE)?);
        fs::write(self.stage.cluster.directory.join(FILE), edited)?;
        expect(&self.look(&["validate", FILE]).await?, 0)
    }

    /// Plans, for people and for the job that applies.
    async fn plan(&self) -> Outcome<Run> {
        let plan = [
            &DRIFT[..],
            &["-o", PLAN, "--write", "markdown=plan.md"],
            &["--write", "html=plan.html"],
        ];
        let run = self.look(&plan.concat()).await?;
        expect(&run, 2)?;
        let saved: Value = serde_json::from_str(&self.stage.read(PLAN)?)?;
        let id = saved["planID"].as_str().ok_or("a plan without an id")?;
        let comment = self.stage.read("plan.md")?;
        let (name, cluster) = (text(&saved, "name"), text(&saved, "id"));
        let marker = format!("<!-- etcdplan:v1 cluster={name} id={cluster} plan={id} -->");
        let page = self.stage.read("plan.html")?;
        if !page.starts_with("<!DOCTYPE html>") || !page.contains(id) {
            return Err(format!("this is no page of the plan:\n{page}").into());
        }
        if comment.lines().next() != Some(&marker) {
            return Err(format!("the comment does not begin with {marker}:\n{comment}").into());
        }
        Ok(run)
    }

    /// How many steps the saved plan has.
    fn steps(&self) -> Outcome<usize> {
        let saved: Value = serde_json::from_str(&self.stage.read(PLAN)?)?;
        Ok(saved["steps"]
            .as_array()
            .ok_or("a plan without steps")?
            .len())
    }

    /// Runs a command that changes nothing.
    async fn look(&self, arguments: &[&str]) -> Outcome<Run> {
        let mut words = arguments.to_vec();
        if arguments.first() == Some(&"plan") {
            words.extend(["--user", REVIEWER]);
        }
        let password = [("ETCDPLAN_PASSWORD", PASSWORD)];
        self.stage.run_as(&words, &password).await
    }

    /// Applies the saved plan, as the one who may.
    async fn apply(&self, more: &[&str]) -> Outcome<Run> {
        let words = [&["apply", PLAN, "--yes"], more].concat();
        self.stage.run(&words).await
    }

    /// Adds a learner past the program, and gives its peer URL.
    async fn add_by_hand(&self, number: u8) -> Outcome<String> {
        let member = self.stage.member(number);
        let url = member.peer_url();
        let flag = format!("--peer-urls={url}");
        let words = ["member", "add", &member.name, "--learner", &flag];
        self.stage
            .until("a member is added by hand", async || {
                self.stage.etcdctl(&words).await.is_ok()
            })
            .await?;
        Ok(url)
    }

    /// Makes sure that there are so many members.
    async fn stands(&self, members: usize) -> Outcome<()> {
        let told = self.stage.etcdctl(&["member", "list"]).await?;
        if told.lines().count() == members {
            return Ok(());
        }
        Err(format!("there should be {members}:\n{told}").into())
    }
}

fn text(plan: &Value, field: &str) -> String {
    plan["cluster"][field]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn says(run: &Run, words: &str) -> Outcome<()> {
    let told = run.told();
    if told.contains(words) {
        return Ok(());
    }
    Err(format!("`{words}` is not said:\n{told}").into())
}
