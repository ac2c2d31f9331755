//! The command line.

pub mod observe;
pub mod status;
