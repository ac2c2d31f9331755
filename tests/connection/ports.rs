//! Endpoints where nobody is, or somebody else.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use insta::assert_snapshot;

use crate::etcd::{Door, Etcd, free_address};
use crate::servers::{Program, Servers, run, until};
use crate::told::{status, status_with};

/// A server that says this to whoever connects, and ends the connection.
fn server(says: &'static str) -> String {
    let listener = TcpListener::bind((free_address(), 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 1024]);
            let _gone = stream.write_all(says.as_bytes());
        }
    });
    address.to_string()
}

fn without_port(told: &str) -> String {
    let port = regex::Regex::new(r"ADDRESS:\d+").unwrap();
    port.replace_all(told, "ADDRESS:PORT").into_owned()
}

#[test]
fn nobody_listens() {
    let told = status(&format!("http://{}:2379", free_address()), &[]);
    assert_snapshot!(told);
}

#[test]
fn no_such_host() {
    assert_snapshot!(status("http://no-such-host.invalid:2379", &[]));
}

#[test]
fn nobody_answers() {
    // The system accepts connections that the program never takes.
    let listener = TcpListener::bind((free_address(), 0)).unwrap();
    let told = status(&format!("http://{}", listener.local_addr().unwrap()), &[]);
    assert_snapshot!(without_port(&told));
}

#[test]
fn a_web_server() {
    let server = server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert_snapshot!(without_port(&status(&format!("http://{server}"), &[])));
}

#[test]
fn a_shell_server() {
    let server = server("SSH-2.0-OpenSSH_9.2p1\r\n");
    assert_snapshot!(
        "a_shell_server",
        without_port(&status(&format!("http://{server}"), &[]))
    );
    assert_snapshot!(
        "a_shell_server_by_https",
        without_port(&status(&format!("https://{server}"), &[]))
    );
}

#[test]
fn connections_that_end() {
    let server = format!("http://{}", server(""));
    let told = without_port(&status(&server, &[]));
    assert_snapshot!(told);
    // Whether this machine knows authorities is nothing to it: a container may have none.
    let bare = [
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ];
    assert_eq!(without_port(&status_with(&server, &[], &bare)), told);
}

#[test]
fn another_member_and_another_cluster() {
    let ids = regex::Regex::new("[0-9a-f]{16}").unwrap();
    for program in Program::newest() {
        let one = Etcd::start(&program, &free_address(), &Door::Plain);
        let other = Etcd::start(&program, &free_address(), &Door::Plain);
        let both = format!("http://{}:2379,http://{}:2379", one.address, other.address);
        let told = status(&both, &[]);
        assert_snapshot!("another_cluster", ids.replace_all(&told, "ID"));

        let servers = Servers::start(&program, 2);
        run(async { until(&mut servers.cluster(), |seen| seen.standing().healthy == 2).await });
        let file = tempfile::NamedTempFile::new().unwrap();
        let entry = |i: usize, client: usize| {
            format!(
                "  - name: m{i}\n    peerURLs: [{}]\n    clientURLs: [{}]\n",
                servers.peer_url(i),
                servers.client_url(client)
            )
        };
        let text = "apiVersion: etcdplan/v1\ncluster: { name: test }\npolicy: { allowEvenVoters: true }\nmembers:\n";
        std::fs::write(file.path(), format!("{text}{}{}", entry(1, 2), entry(2, 1))).unwrap();
        let file = file.path().to_str().unwrap();
        let told = status_with(&servers.client_url(1), &["-f", file], &[]);
        // Which of the two is found out first depends on their ids.
        let told = ids.replace_all(&told, "ID").replace("m2", "m1");
        assert_snapshot!("another_member", told);
    }
}
