//! Every command in one mode, on a cluster whose leader is replaced, and which then grows by a
//! voter and a lasting learner.

use serde_json::Value;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::member::{Member, Role};
use crate::bed::program::Run;
use crate::logins::Logins;
use crate::mode::{Mode, Users};
use crate::stage::{Stage, expect};
use crate::tally::Tally;

/// What is run in each mode, in this order.
pub(crate) const COMMANDS: &[&str] = &[
    "adopt",
    "status",
    "observe",
    "plan",
    "apply, replace the leader",
    "apply, grow with a learner",
    "adopt with a learner",
    "status with a learner",
    "observe with a learner",
    "plan with a learner",
];

/// Runs them all, and tells what did not go well at the end.
struct Round<'a> {
    stage: Stage<'a>,
    tally: &'a Tally,
    logins: Vec<String>,
    problems: Vec<String>,
}

pub(crate) async fn play(mode: Mode, cluster: &Cluster, tally: &Tally) -> Outcome<()> {
    tally.expect(COMMANDS);
    let mut round = Round {
        stage: Stage::set(cluster, mode, Vec::new()).await?,
        tally,
        logins: Vec::new(),
        problems: Vec::new(),
    };
    let members = round.stage.members.clone();
    round.stage.write(&members, "topology.yaml")?;
    round.look(["adopt", "status", "observe", "plan"]).await?;

    let leader = round.stage.leader().await?;
    let mut wanted = members;
    wanted.retain(|one| *one != leader);
    wanted.push(round.stage.member(4));
    round.apply("apply, replace the leader", &wanted).await?;
    wanted.push(round.stage.member(5));
    wanted.push(round.stage.member(6).learner());
    round.apply("apply, grow with a learner", &wanted).await?;
    round
        .look([
            "adopt with a learner",
            "status with a learner",
            "observe with a learner",
            "plan with a learner",
        ])
        .await?;
    round.end()
}

impl Round<'_> {
    /// Everything that changes nothing. The file and the flags take turns in saying how the
    /// cluster is reached.
    async fn look(&mut self, names: [&'static str; 4]) -> Outcome<()> {
        let [adopt, status, observe, plan] = names;
        let flags = self.stage.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let file = format!("{}.yaml", adopt.replace(' ', "-"));
        let by_flags = [&["adopt", "-o", &file], flags.as_slice()].concat();
        self.check(adopt, &by_flags, |_, run| {
            if run.stderr().contains("says: No changes.") {
                return Ok(());
            }
            Err("the file does not fit the cluster".into())
        })
        .await?;
        self.fits(&file).await?;
        let by_flags = [&["status", "--format", "json"], flags.as_slice()].concat();
        self.check(status, &by_flags, |round, run| {
            round.is_healthy(&run.stdout())
        })
        .await?;
        let by_file = ["observe", "-q", "-f", "topology.yaml"];
        self.check(observe, &by_file, |round, run| {
            let seen: Value = serde_json::from_str(&run.stdout())?;
            let members = seen["members"].as_array().ok_or("no members")?.len();
            if members != round.stage.members.len() {
                return Err(format!("it has {members} members").into());
            }
            Ok(())
        })
        .await?;
        let by_file = ["plan", "-f", "topology.yaml", "--detailed-exitcode"];
        self.check(plan, &by_file, |_, run| {
            if run.stdout().starts_with("No changes.") {
                return Ok(());
            }
            Err("there are changes".into())
        })
        .await
    }

    /// A file that was adopted is all that a plan needs.
    async fn fits(&mut self, file: &str) -> Outcome<()> {
        let plan = ["plan", "-f", file, "--detailed-exitcode"];
        let run = self.stage.run(&plan).await?;
        if let Err(error) = expect(&run, 0) {
            self.problems.push(format!("a plan of {file}: {error}"));
        }
        Ok(())
    }

    /// Applies a file that wants these members.
    async fn apply(&mut self, name: &'static str, wanted: &[Member]) -> Outcome<()> {
        self.stage.write(wanted, "topology.yaml")?;
        let apply = ["apply", "--yes", "-f", "topology.yaml"];
        self.check(name, &apply, |_, run| {
            if run.stdout().contains("Apply complete!") {
                return Ok(());
            }
            Err("it is not complete".into())
        })
        .await?;
        self.stage.members = wanted.to_vec();
        let listed = self.stage.listed().await?;
        let is_learner = |member: &Member| (member.name.clone(), member.role == Role::Learner);
        if listed != wanted.iter().map(is_learner).collect() {
            self.problems.push(format!("{name}: listed are {listed:?}"));
        }
        self.stage.settle().await
    }

    /// Runs one command, which must end with 0 and as `judge` says, and log in seldom enough.
    async fn check(
        &mut self,
        name: &'static str,
        arguments: &[&str],
        judge: impl FnOnce(&Self, &Run) -> Outcome<()>,
    ) -> Outcome<()> {
        let before = Logins::so_far(&self.stage).await?;
        let run = self.stage.run(arguments).await?;
        let judged = expect(&run, 0).and_then(|()| {
            judge(self, &run).map_err(|error| format!("{error}\n{}", run.told()).into())
        });
        let logins = Logins::so_far(&self.stage).await?.since(&before);
        self.logins.push(format!("{logins} by {name}"));
        let members = u64::try_from(self.stage.members.len())?;
        // One is enough, unless whoever is asked first takes longer than a second.
        let enough = match self.stage.mode.users {
            Users::None | Users::ByCertificate => logins.count() == 0,
            Users::ByPassword => (1..=members).contains(&logins.count()),
        };
        match judged {
            Ok(()) if enough => self.tally.ran(name),
            Ok(()) => self.problems.push(format!("{name}: {logins} logins")),
            Err(error) => self.problems.push(format!("{name}: {error}")),
        }
        Ok(())
    }

    fn is_healthy(&self, report: &str) -> Outcome<()> {
        let report: Value = serde_json::from_str(report)?;
        let members = report["members"].as_array().ok_or("no members")?;
        let healthy = members.iter().filter(|one| one["health"] == "healthy");
        let learners = members.iter().filter(|one| one["role"] == "learner");
        let wanted = self.stage.members.iter();
        let wanted_learners = wanted.filter(|one| one.role == Role::Learner).count();
        if healthy.count() == self.stage.members.len()
            && members.len() == self.stage.members.len()
            && learners.count() == wanted_learners
            && !report["leaderID"].is_null()
        {
            return Ok(());
        }
        Err("not everybody is seen as it is".into())
    }

    fn end(self) -> Outcome<()> {
        let name = format!(
            "{:7} {}",
            self.stage.cluster.server.name(),
            self.stage.mode.name
        );
        if self.stage.mode.users == Users::ByPassword {
            self.tally
                .note(format!("logins, {name}: {}", self.logins.join(", ")));
        }
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(self.problems.join("\n").into())
    }
}
