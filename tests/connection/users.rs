//! Endpoints that want to know who asks.

use insta::assert_snapshot;

use crate::etcd::{Door, Etcd, free_address};
use crate::servers::Program;
use crate::told::{status, status_with};

#[test]
fn logins() {
    for program in Program::all() {
        let etcd = Etcd::start(&program, &free_address(), &Door::Plain);
        let url = format!("http://{}:2379", etcd.address);
        // A user where there are none is no mistake: etcdctl takes it so too.
        let planned = ("ETCDPLAN_PASSWORD", "good");
        let told = status_with(&url, &["--user", "root"], &[planned]);
        assert!(told.ends_with("exit code 0"), "{told}");

        etcd.control(&["user", "add", "root:good"]);
        etcd.control(&["user", "grant-role", "root", "root"]);
        etcd.control(&["user", "add", "plain:good"]);
        etcd.control(&["auth", "enable"]);
        assert!(status(&url, &["--user", "root:good"]).ends_with("exit code 0"));
        assert!(status(&url, &["--user", "plain:good"]).ends_with("exit code 0"));
        assert_snapshot!("no_password", status(&url, &["--user", "root"]));
        assert_snapshot!("a_wrong_password", status(&url, &["--user", "root:bad"]));
        assert_snapshot!("no_such_user", status(&url, &["--user", "nobody:good"]));
        let anonymous = status(&url, &[]);
        if asks_for_a_login(&program) {
            assert_snapshot!("no_login", anonymous);
        } else {
            assert!(anonymous.ends_with("exit code 0"), "{anonymous}");
        }
    }
}

/// From 3.5.28 and 3.6.9 on, the member list is for users (ETCD 1.8).
fn asks_for_a_login(program: &Program) -> bool {
    let version: etcdplan::version::Version = program.version.parse().unwrap();
    let first = if version.minor >= 6 { 9 } else { 28 };
    version.minor >= 5 && version.patch >= first
}
