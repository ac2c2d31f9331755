//! Endpoints with TLS, where something about the certificates is wrong.

use insta::assert_snapshot;
use regex::Regex;

use crate::authority::{Authority, Files, Validity};
use crate::etcd::{Door, Etcd, free_address};
use crate::servers::Program;
use crate::told::{status, status_with, text};

#[test]
fn of_the_server() {
    for program in Program::newest() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (
            Authority::new(folder.path(), "ours"),
            Authority::new(folder.path(), "other"),
        );
        let (ours_file, other_file) = (
            folder.path().join("ours.crt"),
            folder.path().join("other.crt"),
        );
        let trusting_ours = ["--cacert", text(&ours_file)];
        let endpoint = |address: &str| format!("https://{address}:2379");

        let address = free_address();
        let files = ours.sign("good", &[&address], Validity::Now);
        let etcd = Etcd::start(&program, &address, &Door::Tls(&files));
        let url = endpoint(&etcd.address);
        assert!(status(&url, &trusting_ours).ends_with("exit code 0"));
        // The roots of a system are those that this variable names, where it is set.
        let roots = [("SSL_CERT_FILE", text(&ours_file))];
        assert!(status_with(&url, &[], &roots).ends_with("exit code 0"));
        let others = [("SSL_CERT_FILE", text(&other_file))];
        assert_snapshot!("no_root_of_the_system", status_with(&url, &[], &others));
        assert_snapshot!(
            "another_authority",
            status(&url, &["--cacert", text(&other_file)])
        );
        assert_snapshot!("http_for_https", status(&url.replace("https", "http"), &[]));

        for (name, host, validity) in [
            ("expired", None, Validity::Past),
            ("not_yet_valid", None, Validity::Future),
            ("another_name", Some("etcd.example.com"), Validity::Now),
        ] {
            let address = free_address();
            let files = ours.sign(name, &[host.unwrap_or(&address)], validity);
            let etcd = Etcd::start(&program, &address, &Door::Tls(&files));
            assert_snapshot!(name, status(&endpoint(&etcd.address), &trusting_ours));
        }
        let _signed = other.sign("unused", &[], Validity::Now);

        let plain = Etcd::start(&program, &free_address(), &Door::Plain);
        let url = endpoint(&plain.address);
        assert_snapshot!("https_for_http", status(&url, &trusting_ours));
    }
}

#[test]
fn of_the_client() {
    let words = Regex::new("unknown authority|certificate expired|bad certificate").unwrap();
    for program in Program::newest() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (
            Authority::new(folder.path(), "ours"),
            Authority::new(folder.path(), "other"),
        );
        let authority = folder.path().join("ours.crt");
        let address = free_address();
        let server = ours.sign("server", &[&address], Validity::Now);
        let etcd = Etcd::start(&program, &address, &Door::Mutual(&server, &authority));
        let url = format!("https://{}:2379", etcd.address);
        let cacert = ["--cacert", text(&authority)];
        // Servers built with an older Go say so of any certificate that they miss.
        let told = status(&url, &cacert).replace("bad certificate", "certificate required");
        assert_snapshot!("no_client_certificate", told);
        // Servers built with an older Go have one word for every bad certificate.
        let with = |files: &Files| {
            let files = ["--cert", text(&files.cert), "--key", text(&files.key)];
            let told = status(&url, &[&cacert[..], &files].concat());
            words.replace(&told, "WORDS").into_owned()
        };
        let good = ours.sign("client", &["client"], Validity::Now);
        assert!(with(&good).ends_with("exit code 0"));
        assert_snapshot!(
            "a_strange_client",
            with(&other.sign("stranger", &["client"], Validity::Now))
        );
        assert_snapshot!(
            "an_expired_client",
            with(&ours.sign("old", &["client"], Validity::Past))
        );
    }
}

#[test]
fn files_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new(folder.path(), "ours");
    let (one, two) = (
        ours.sign("one", &["one"], Validity::Now),
        ours.sign("two", &["two"], Validity::Now),
    );
    let empty = folder.path().join("empty.crt");
    std::fs::write(&empty, "nothing\n").unwrap();
    let missing = folder.path().join("missing.crt");
    let told = |arguments: &[&str]| {
        let told = status("https://127.0.0.1:1", arguments);
        told.replace(text(folder.path()), "FOLDER")
    };
    assert_snapshot!("no_file", told(&["--cacert", text(&missing)]));
    assert_snapshot!("no_certificate_in_it", told(&["--cacert", text(&empty)]));
    let pair = |key| ["--cert", text(&one.cert), "--key", key];
    assert_snapshot!("no_key_in_it", told(&pair(text(&empty))));
    assert_snapshot!("the_key_of_another", told(&pair(text(&two.key))));
    assert_snapshot!("no_key", told(&["--cert", text(&one.cert)]));
    assert_snapshot!("no_certificate", told(&["--key", text(&one.key)]));
}
