//! The fast tests: one binary, no network, no etcd.

#[cfg(feature = "cli")]
mod cli;
mod files;
mod notation;
mod plan;
mod render;
