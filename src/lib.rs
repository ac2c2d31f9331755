//! etcdplan
pub mod amount;
pub mod member;
pub mod quorum;
pub mod topology;
pub mod url;
pub mod version;
