//! etcdplan
pub mod action;
pub mod amount;
pub mod apply;
pub mod member;
pub mod observation;
pub mod plan;
pub mod quorum;
pub mod topology;
pub mod url;
pub mod version;
