//! etcdplan plans changes of an etcd cluster's membership, and performs them one safe step at a time.
//!
//! This is the architecture; the README is the user's manual. Two texts go in, one
//! document comes out, and everything else reads that document:
//!
//! ```text
//! topology file ─ load ─> Topology ────┐
//!                                      ├─ diff ─> changes ─ plan ─> Plan ─┬─ render ─> text, JSON
//! cluster ─ observe ─> Observation ────┘                                  └─ apply ──> calls, driver actions
//! ```
//!
//! # Layers
//!
//! A module imports from the layers below its own, and a test holds it to that.
//!
//! | | modules | |
//! |--:|---|---|
//! | 7 | [`cli`] | arguments in, documents and exit codes out |
//! | 6 | [`etcd`] [`host`] [`journal`] [`machine`] [`sandbox`] [`sim`] | what touches the world, and a cluster in memory that is like it |
//! | 5 | [`apply`] | performing a plan: ports, and a state machine without input or output |
//! | 4 | [`render`] [`adopt`] | a plan as text or JSON, a live cluster as a topology file |
//! | 3 | [`plan`] | changes become steps, a graph, an order and a forecast |
//! | 2 | [`model`] [`safety`] [`diff`] | what we believe of a cluster, what is safe on it, what differs from the wanted |
//! | 1 | [`action`] [`observation`] [`remains`] [`topology`] [`backup`] | what can be done, what is live, what is wanted, and copies of it |
//! | 0 | [`member`] [`quorum`] [`url`] [`version`] [`amount`] [`spelling`] | the words |
//!
//! Layers 0 to 5 and the simulated cluster are pure: no network, no files, no clock, no runtime.
//! They are what is left of the crate without its features. `live` adds what reaches clusters and
//! hosts, and needs `protoc` to build; `cli` adds the program.
//!
//! # The rule book
//!
//! Whether an action is safe is decided in one place, [`safety::assess`], a function of a
//! [`model::ClusterModel`] and an [`action::Action`]. The planner asks it to find an order, the
//! forecast to print the numbers, apply before each step on a fresh observation, and a
//! breadth-first search in the tests to prove that the planner misses nothing. `tests/model` explores
//! every state that small clusters come to while plans are applied and one thing goes wrong.
//!
//! # From difference to plan
//!
//! [`diff::between`] pairs the file's entries with the live members and names what becomes of each
//! ([`diff::change::Change`]). Each change is written as steps, which touch one member each. The
//! steps are the vertices of a graph whose edges carry the reason for the order, and of the orders
//! that the graph and the rule book allow, the first by fixed preferences is taken. The same two
//! inputs give the same [`plan::Plan`], byte for byte:
//!
//! ```
//! use etcdplan::observation::recording;
//! use etcdplan::{plan, topology};
//!
//! let file = include_str!("../examples/replace.yaml");
//! let wanted = topology::load("replace.yaml", file).unwrap().topology;
//! let live = recording::read(include_str!("../examples/live/healthy.json")).unwrap();
//!
//! let plan = plan::build(&wanted, &live, &plan::Options::default());
//!
//! let steps: Vec<String> = plan.steps.iter().map(|s| format!("{} {}", s.kind, s.member)).collect();
//! assert_eq!(steps, [
//!     "addLearner infra3",
//!     "start infra3",
//!     "promote infra3",
//!     "moveLeader infra1",
//!     "remove infra1",
//!     "stop infra1",
//! ]);
//! assert_eq!(plan.summary.min_can_lose, 1);
//! ```
//!
//! # From plan to cluster
//!
//! [`apply::executor`] drives a plan through its ports: the cluster, the hosts, a folder of
//! backups, a clock, a lock, a journal, somebody who may interrupt and somebody who is told. What to do next is decided by
//! [`apply::progress`], from one observation at a time. A run that was stopped goes on by being
//! started again: where it is, is read off the cluster ([`apply::position`]), and the journal adds
//! what no cluster shows ([`apply::journal`]). The ports are implemented by [`etcd`], [`host`] and
//! [`journal`] for the world, and by [`sim`] for the laws, which perform whole plans in memory. One
//! table of calls holds the simulated cluster against real servers of every version, and a model
//! check explores every state of small clusters in which everything goes wrong that can.
//!
//! # Where a change belongs
//!
//! | | |
//! |---|---|
//! | a field of the topology file | [`topology::document`], then `validate` beside it |
//! | something that a member says | [`observation`], then [`etcd`] |
//! | a rule | [`safety`], with a [`safety::Hazard`] that has a code and a way out |
//! | what a change becomes | [`plan`], the recipes of `draft` |
//! | what can stand in the way of an endpoint | [`apply::Obstacle`], then `dial` and `diagnosis` in [`etcd`] |
//! | a code | where it is given, and its page in `cli::explain` |
//! | a refusal of etcd's | [`sim`], and the table in `tests/conformance` |
//! | how something reads | [`render`] for plans, [`cli`] for all else |

pub mod action;
pub mod adopt;
pub mod amount;
pub mod apply;
pub mod backup;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diff;
#[cfg(feature = "live")]
pub mod etcd;
#[cfg(feature = "live")]
pub mod host;
#[cfg(feature = "live")]
pub mod journal;
#[cfg(feature = "live")]
pub mod machine;
pub mod member;
pub mod model;
pub mod observation;
pub mod plan;
pub mod quorum;
pub mod remains;
pub mod render;
pub mod safety;
#[cfg(feature = "live")]
pub mod sandbox;
pub mod sim;
pub mod spelling;
pub mod topology;
pub mod url;
pub mod version;
