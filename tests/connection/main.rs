//! Each way in which an endpoint can be of no use, made by a real server or socket, and what
//! etcdplan then says in full.
//!
//! Needs etcd programs, as the tests of the adapter do.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "real servers run in real time")]

mod adopting;
mod authority;
mod certificates;
mod etcd;
mod ports;
#[path = "../adapter/servers.rs"]
#[expect(dead_code, reason = "shared with the tests of the adapter")]
mod servers;
mod settings;
mod told;
mod users;
