//! What an apply is to perform: a new plan, or what an earlier run has left of one.

use std::path::PathBuf;
use std::time::Duration;

use crate::action::Kind;
use crate::apply::darkness;
use crate::apply::halt::Halt;
use crate::apply::journal::Record;
use crate::apply::passage::{Passage, is_disputed};
use crate::apply::position;
use crate::apply::{Clock as _, Cluster as _, Depth, GRACE, ObserveError};
use crate::diff::Requests;
use crate::etcd::EtcdCluster;
use crate::journal::Run;
use crate::observation::Observation;
use crate::plan::{Plan, Refusal, Step};
use crate::render::counted;

use super::args::Apply;
use super::clock::SystemClock;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input::Wanted;
use super::state::{self, Asked};
use super::{outcome, plan};

/// How often a cluster that is not ready is looked at.
const POLL: Duration = Duration::from_millis(250);

/// What is to be performed, and how.
pub(super) struct Application<'a> {
    pub(super) console: &'a Console,
    pub(super) arguments: &'a Apply,
    /// The plan that was reviewed; else one is made.
    pub(super) saved: Option<&'a Plan>,
    pub(super) wanted: &'a Wanted,
    pub(super) requests: Requests,
    /// The plan of which `saved` is the rest, as people know it.
    pub(super) whole: Option<&'a Plan>,
    /// How long what came before `saved` has taken.
    pub(super) spent: Duration,
    /// The folder of journals.
    pub(super) state: PathBuf,
}

/// A plan that is to be performed, from its beginning or from where an earlier run stopped.
pub(super) struct Work {
    pub(super) plan: Plan,
    pub(super) record: Record,
    /// Whether its cluster answered; else the plan itself has taken its quorum away.
    pub(super) is_seen: bool,
    /// Whether its journal holds the plan already.
    pub(super) is_written: bool,
    /// Whether nothing of it is left to do.
    pub(super) is_applied: bool,
    /// What is to be told before the plan.
    pub(super) preface: String,
}

/// What a look at the cluster comes to.
struct Outlook {
    work: Result<Work, Failure>,
    /// Whether what stands in the way may pass by itself.
    may_pass: bool,
}

/// Looks at the cluster until it can be told what is to be done.
///
/// Right after a run that was stopped a process may still be starting, or an
/// election under way: what a rule forbids must last for a moment before it
/// counts, as it must while a plan is performed.
pub(super) async fn find(
    application: &Application<'_>,
    cluster: &mut EtcdCluster,
) -> Result<Work, Failure> {
    let clock = SystemClock::start();
    loop {
        let observed = cluster.observe(Depth::Whole).await;
        let Outlook { work, may_pass } = match application.saved {
            Some(plan) => application.of_saved(plan, observed),
            None => application.of_file(observed),
        };
        if !may_pass || clock.now() >= GRACE {
            return work;
        }
        clock.sleep(POLL).await;
    }
}

impl Application<'_> {
    /// The plan that was reviewed, if it fits the cluster.
    fn of_saved(&self, plan: &Plan, observed: Result<Observation, ObserveError>) -> Outlook {
        let run = Run::of(&self.state, plan);
        let record = run.as_ref().map(|run| run.record.clone());
        let work = Work {
            plan: plan.clone(),
            record: record.unwrap_or_default(),
            is_seen: true,
            is_written: run.is_some(),
            is_applied: false,
            preface: String::new(),
        };
        let live = match observed {
            Ok(live) => live,
            // The plan itself has taken the quorum away, and gives it back.
            Err(_) if darkness::of(plan, &work.record, "").is_some() => {
                return Outlook::sure(Ok(Work {
                    is_seen: false,
                    ..work
                }));
            }
            Err(error) => return Outlook::unseen(error),
        };
        if let Err(misfit) = position::place(plan, &Passage::of(plan), &live) {
            // A backup changes nothing.
            let acts = |step: &Step| step.kind != Kind::Backup && work.record.is_done(step.id);
            let has_acted = plan.steps.iter().any(acts);
            let halt = Halt::misfit(plan, misfit, &live);
            let exit = if has_acted {
                Exit::Partial
            } else {
                outcome::exit_before(&halt)
            };
            let notice = outcome::drawn(plan, &halt, Some(&live), self.console.stderr);
            return Outlook {
                work: Err(Failure::new(exit, notice)),
                may_pass: is_disputed(&live),
            };
        }
        let position = position::of(plan, &live, &work.record);
        let (next, all) = (position.next, plan.steps.len());
        let id = &plan.plan_id;
        let preface = match next {
            0 => format!("Plan {id}: the cluster is as it was planned.\n\n"),
            next if next < all => {
                let done = counted(next, "step");
                format!(
                    "Plan {id}: {done} of {all} done; going on with step {}.\n\n",
                    next + 1
                )
            }
            _ => String::new(),
        };
        Outlook::sure(Ok(Work {
            is_applied: next == all && all > 0,
            preface,
            ..work
        }))
    }

    /// The plan: that of an unfinished run of the same topology, else a new one.
    fn of_file(&self, observed: Result<Observation, ObserveError>) -> Outlook {
        let asked = Asked {
            topology: &self.wanted.topology,
            requests: &self.requests,
            allow_outage: self.arguments.requests.allow_outage,
        };
        let observation = match observed {
            Ok(observation) => observation,
            Err(error) => {
                return match state::in_the_dark(&self.state, asked) {
                    Some(run) => Outlook::sure(Ok(Self::continued(run, false))),
                    None => Outlook::unseen(error),
                };
            }
        };
        let earlier = state::earlier(&self.state, asked, &observation);
        if let Some(run) = earlier.unfinished {
            return Outlook::sure(Ok(Self::continued(run, true)));
        }
        let plan = match plan::build(self.wanted, &observation, &self.arguments.requests) {
            Ok(plan) => plan,
            Err(failure) => return Outlook::sure(Err(failure)),
        };
        let left_behind = (!earlier.left_behind.is_empty())
            .then(|| outcome::left_behind(earlier.left_behind).text(self.console.stderr));
        Outlook {
            may_pass: plan.refusals.iter().any(Refusal::is_of_the_rule_book),
            work: Ok(Work {
                plan,
                record: Record::default(),
                is_seen: true,
                is_written: false,
                is_applied: false,
                preface: left_behind.unwrap_or_default(),
            }),
        }
    }

    fn continued(run: Run, is_seen: bool) -> Work {
        let all = counted(run.plan.steps.len(), "step");
        let preface = format!(
            "Going on with plan {}: a run that began {} was stopped after {} of {all}.\n\n",
            run.plan.plan_id,
            run.begun_at,
            run.record.done()
        );
        Work {
            plan: run.plan,
            record: run.record,
            is_seen,
            is_written: true,
            is_applied: false,
            preface,
        }
    }
}

impl Outlook {
    /// One that waiting does not change.
    fn sure(work: Result<Work, Failure>) -> Self {
        Self {
            work,
            may_pass: false,
        }
    }

    /// Nobody could be seen; who does not answer at all may be about to.
    fn unseen(error: ObserveError) -> Self {
        Self {
            may_pass: matches!(error, ObserveError::NoAnswer { .. }),
            work: Err(error.into()),
        }
    }
}
