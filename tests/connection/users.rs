//! Endpoints that want to know who asks.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use regex::Regex;

use crate::etcd::{Door, Etcd, free_address};
use crate::servers::Program;
use crate::told::{run, status, status_with, text};

#[test]
fn logins() {
    let times = Regex::new(r"\S+Z |\([0-9.]+s\)").unwrap();
    for program in Program::newest() {
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
        assert_snapshot!("too_few_rights", apply(&etcd, "plain:good", &[]));
        let unlocked = apply(&etcd, "plain:good", &["--lock", "none"]);
        let told = times.replace_all(&unlocked, "TIME ");
        assert_snapshot!("too_few_rights_for_a_member", told);
        let anonymous = status(&url, &[]);
        if asks_for_a_login(&program) {
            assert_snapshot!("no_login", anonymous);
        } else {
            assert!(anonymous.ends_with("exit code 0"), "{anonymous}");
        }
    }
}

/// What is said beside the plan where another member is to be added by this user.
fn apply(etcd: &Etcd, user: &str, more: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.yaml");
    let member = |name: &str, host: &str| {
        format!(
            "- {{ name: {name}, peerURLs: ['http://{host}:2380'], clientURLs: ['http://{host}:2379'] }}\n"
        )
    };
    let head = "apiVersion: etcdplan/v1\ncluster: { name: test }\npolicy: { allowEvenVoters: true }\nmembers:\n";
    let members = member("m1", &etcd.address) + &member("m2", &free_address());
    fs::write(&file, format!("{head}{members}")).unwrap();
    let arguments = ["apply", "--yes", "-f", text(&file), "--user", user];
    let state = [("ETCDPLAN_STATE_DIR", text(folder.path()))];
    run(&[&arguments, more].concat(), &state).1
}

/// From 3.5.28 and 3.6.9 on, the member list is for users (ETCD 1.8).
fn asks_for_a_login(program: &Program) -> bool {
    let version: etcdplan::version::Version = program.version.parse().unwrap();
    match version.minor {
        ..=4 => false,
        5 => version.patch >= 28,
        6 => version.patch >= 9,
        7.. => true,
    }
}

/// A machine that is busy takes seconds to hash a password. As long as there is a leader that is no
/// reason to go on without the login, which versions up to 3.5.27 would let pass.
#[test]
fn a_late_login_is_waited_for() {
    let program = &Program::newest()[0];
    let etcd = Etcd::start(program, &free_address(), &Door::Plain);
    etcd.control(&["user", "add", "root:good"]);
    etcd.control(&["user", "grant-role", "root", "root"]);
    etcd.control(&["auth", "enable"]);
    let late = relay(format!("{}:2379", etcd.address));
    let told = status(&format!("http://{late}"), &["--user", "root:bad"]);
    assert!(told.contains("[E0406]"), "{told}");
}

/// Opens a way to a server on which nothing that gRPC answers arrives in the first seconds; pages do.
fn relay(server: String) -> String {
    let listener = TcpListener::bind(format!("{}:0", free_address())).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let until = Instant::now() + Duration::from_secs(4);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = server.clone();
            thread::spawn(move || relayed(client, &server, until));
        }
    });
    address
}

fn relayed(mut client: TcpStream, server: &str, until: Instant) -> io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let mut first = [0; 24];
    client.read_exact(&mut first)?;
    server.write_all(&first)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || io::copy(&mut from_client, &mut to_server));
    // RFC 9113, section 3.4: so begins HTTP/2.
    if first.starts_with(b"PRI * HTTP/2") {
        thread::sleep(until.saturating_duration_since(Instant::now()));
    }
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}
