//! Every state that a small cluster can come to while plans are applied to it.
//!
//! The rule book, the planner and the state machine of apply are those of the
//! crate; only the cluster, its machines and what happens to them are a model
//! ([`world::World`], [`environment::Event`]). Our own run may end at any
//! moment, and the next one begins on what it then sees ([`scenario::Again`]);
//! everything else that goes wrong has a budget ([`scenario::Budget`]).
//!
//! Checked are the [laws](law::Law) of what a run does, and that the goal can
//! be reached from every state, or that somebody else's change has put it out
//! of reach and a rule says so ([`ledger::Ledger::reachability`]).
//!
//! One thing goes wrong in each scenario: about 330 000 states, and under a minute of one core.
//! `ETCDPLAN_MODEL_DEPTH=2` lets two things go wrong, with ten to forty times as many states;
//! `ETCDPLAN_MODEL_ONLY=move` takes the scenarios with that word in their name.

#[cfg(test)]
mod budget;
#[cfg(test)]
mod call;
#[cfg(test)]
mod course;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod exploration;
#[cfg(test)]
mod law;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod look;
#[cfg(test)]
mod machines;
#[cfg(test)]
#[path = "../it/notation.rs"]
mod notation;
#[cfg(test)]
mod place;
#[cfg(test)]
mod report;
#[cfg(test)]
mod run;
#[cfg(test)]
mod sabotage;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;
