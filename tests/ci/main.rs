//! What `action.yml` and `examples/ci` do in a pipeline: every shell of theirs is run, with the
//! program as it was built, recorded observations, and a host of code in memory.
//!
//! Needs bash, curl and jq, as the scripts do.

#![cfg(test)]

mod action;
mod desk;
mod drift;
mod files;
mod github;
mod gitlab;
mod hooks;
mod hostile;
mod hub;
mod install;
