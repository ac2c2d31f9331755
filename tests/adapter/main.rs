//! The etcd adapter against real servers, of every version that is at hand.
//!
//! Each test runs on each etcd in `ETCDPLAN_TEST_ETCD`, a list of directories
//! like `PATH`, or under `target/etcd`. Networks are of 127.0.0.0/8 only.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "these tests measure how long a look takes"
)]

#[cfg(test)]
mod adopting;
#[cfg(test)]
#[cfg(feature = "cli")]
mod backups;
#[cfg(test)]
#[path = "../bed/black_hole.rs"]
mod black_hole;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod logins;
#[cfg(test)]
#[cfg(feature = "cli")]
mod meddler;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
#[cfg(feature = "cli")]
mod salvage;
#[cfg(test)]
mod servers;
#[cfg(test)]
#[cfg(feature = "cli")]
mod terminal;
#[cfg(test)]
mod views;
#[cfg(test)]
#[cfg(feature = "cli")]
mod watching;
