//! etcdplan
pub mod action;
pub mod amount;
pub mod apply;
pub mod diff;
#[cfg(feature = "live")]
pub mod etcd;
pub mod member;
pub mod model;
pub mod observation;
pub mod plan;
pub mod quorum;
pub mod render;
pub mod safety;
pub mod topology;
pub mod url;
pub mod version;
