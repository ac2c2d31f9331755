//! A file that is adopted from a cluster says how it was reached, and is enough to reach it again.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::authority::{Authority, Validity};
use crate::etcd::{Door, Etcd, free_address};
use crate::servers::Program;
use crate::told::text;

/// Runs the program in a folder, and gives all that it printed.
fn etcdplan(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_etcdplan"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let told = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    assert!(ran.status.success(), "{arguments:?}: {told}");
    told
}

#[test]
fn certificates_are_named_where_the_file_finds_them() {
    for program in Program::newest() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("clusters")).unwrap();
        let authority = Authority::new(folder.path(), "ours");
        let address = free_address();
        let server = authority.sign("server", &[&address], Validity::Now);
        authority.sign("client", &[], Validity::Now);
        let signer = folder.path().join("ours.crt");
        let etcd = Etcd::start(&program, &address, &Door::Mutual(&server, &signer));
        let url = format!("https://{}:2379", etcd.address);
        let flags = [
            "--cacert",
            "ours.crt",
            "--cert",
            "client.crt",
            "--key",
            "client.key",
        ];
        let adopt = ["adopt", "--endpoints", &url, "-o", "clusters/prod.yaml"];
        let told = etcdplan(folder.path(), &[&adopt[..], &flags].concat(), &[]);
        assert!(told.ends_with("A plan of it says: No changes.\n"), "{told}");
        let plan = ["plan", "-f", "clusters/prod.yaml"];
        let told = etcdplan(folder.path(), &plan, &[]);
        assert!(told.starts_with("No changes. "), "{told}");
        let told = etcdplan(
            Path::new("/"),
            &[
                "plan",
                "-f",
                text(&folder.path().join("clusters/prod.yaml")),
            ],
            &[],
        );
        assert!(told.starts_with("No changes. "), "{told}");
    }
}

#[test]
fn a_user_is_named_and_its_password_is_not() {
    for program in Program::newest() {
        let folder = tempfile::tempdir().unwrap();
        let etcd = Etcd::start(&program, &free_address(), &Door::Plain);
        etcd.control(&["user", "add", "root:planted"]);
        etcd.control(&["user", "grant-role", "root", "root"]);
        etcd.control(&["auth", "enable"]);
        let url = format!("http://{}:2379", etcd.address);
        let adopt = [
            "adopt",
            "--endpoints",
            &url,
            "-o",
            "prod.yaml",
            "--user",
            "root:planted",
        ];
        let told = etcdplan(folder.path(), &adopt, &[]);
        let file = fs::read_to_string(folder.path().join("prod.yaml")).unwrap();
        assert!(!format!("{told}{file}").contains("planted"), "{told}{file}");
        let password = [("ETCDPLAN_PASSWORD", "planted")];
        let told = etcdplan(folder.path(), &["plan", "-f", "prod.yaml"], &password);
        assert!(told.starts_with("No changes. "), "{told}");
    }
}
