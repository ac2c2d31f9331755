//! The fast tests: one binary, no network, no etcd.

#[cfg(all(test, feature = "cli"))]
mod cli;
#[cfg(test)]
mod files;
#[cfg(test)]
mod notation;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod render;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod topology;
