//! The fast tests: one binary, no network, no etcd.

#[cfg(test)]
mod adopt;
#[cfg(test)]
mod apply;
#[cfg(test)]
#[cfg(feature = "cli")]
mod backups;
#[cfg(test)]
#[cfg(feature = "cli")]
mod bad;
#[cfg(test)]
#[cfg(feature = "cli")]
mod cli;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod conformance;
#[cfg(test)]
#[cfg(feature = "cli")]
mod errors;
#[cfg(test)]
#[cfg(feature = "cli")]
mod explain;
#[cfg(test)]
mod files;
#[cfg(test)]
#[cfg(feature = "cli")]
mod fleet;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod gate;
#[cfg(test)]
#[cfg(feature = "cli")]
mod hostile;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod layers;
#[cfg(test)]
#[cfg(feature = "cli")]
mod metrics;
#[cfg(test)]
#[cfg(feature = "cli")]
mod mutations;
#[cfg(test)]
mod notation;
#[cfg(test)]
mod oracle;
#[cfg(test)]
#[cfg(feature = "cli")]
mod outcome;
#[cfg(test)]
mod page;
#[cfg(test)]
mod places;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod planned;
#[cfg(test)]
mod position;
#[cfg(test)]
#[cfg(feature = "cli")]
mod program;
#[cfg(test)]
mod progress;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod render;
#[cfg(test)]
mod safety;
#[cfg(test)]
mod saved;
#[cfg(test)]
mod schemas;
#[cfg(test)]
#[cfg(feature = "cli")]
mod shells;
#[cfg(test)]
mod topology;
#[cfg(test)]
mod zones;
