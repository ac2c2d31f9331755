//! The fast tests: one binary, no network, no etcd.

mod files;
mod notation;
mod plan;
mod schemas;
mod topology;
