//! The bed that tests and benches lie on: real etcd clusters on loopback, the
//! program under test, writers beside it, and what is read back afterwards.
//!
//! Every cluster has a directory and a network of its own (`127.x.y.0/24`), in
//! which an address stands for a machine. All processes that belong to it are
//! found by that directory, and ended by their pid.

use std::error::Error;

pub mod client;
pub mod cluster;
pub mod ground;
pub mod interruption;
pub mod ledger;
pub mod member;
pub mod processes;
pub mod program;
pub mod runner;
pub mod script;
pub mod server;
pub mod topology;
pub mod writers;

/// A failure is told to a person, so any error will do.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
