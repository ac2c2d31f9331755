//! `etcdplan adopt` itself: where the file goes, and how it says that the cluster is reached.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;

use crate::program::{Run, run_in};

/// How a run ended: its code, and what it printed.
fn adopt(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    adopt_with(folder, arguments, &[])
}

fn adopt_with(
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> (i32, String, String) {
    let live = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/live/healthy.json");
    let live = live.to_str().unwrap();
    let all = [&["adopt", "--live", live], arguments].concat();
    let Run {
        code,
        stdout,
        stderr,
    } = run_in(folder, &all, environment);
    (code, stdout, stderr)
}

#[test]
fn a_file_that_is_there_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prod.yaml");
    let (code, printed, _) = adopt(folder.path(), &[]);
    assert_eq!(code, 0);
    let (code, stdout, stderr) = adopt(folder.path(), &["-o", "prod.yaml"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert_snapshot!(stderr, @"prod.yaml has 3 members. A plan of it says: No changes.");
    assert_eq!(fs::read_to_string(&file).unwrap(), printed);
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o600,
        0o600
    );
    fs::write(&file, "mine").unwrap();
    let (code, stdout, stderr) = adopt(folder.path(), &["-o", "prod.yaml"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert_snapshot!(stderr, @"
    Error: prod.yaml is there already, and was not touched
      Way out: name another file, or pass --force
    ");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let (code, _, _) = adopt(folder.path(), &["-o", "prod.yaml", "--force"]);
    assert_eq!(code, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), printed);
    // Nothing half written stays behind.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(adopt(folder.path(), &["--force"]).0, 64);
    assert_eq!(adopt(folder.path(), &["--name", ""]).0, 64);
    assert_eq!(adopt(folder.path(), &["-o", "missing/prod.yaml"]).0, 1);
}

#[test]
fn the_file_says_how_the_cluster_was_reached() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "--endpoints",
        "10.0.4.11:2379",
        "--cacert",
        "pki/ca.crt",
        "--user",
        "root:planted",
    ];
    let (_, file, told) = adopt(folder.path(), &flags);
    assert!(
        file.contains("\n  endpoints: [http://10.0.4.11:2379]\n"),
        "{file}"
    );
    assert!(file.contains("\n  caFile: pki/ca.crt "), "{file}");
    assert!(file.contains("\n  user: root "), "{file}");
    assert!(!format!("{file}{told}").contains("planted"), "{file}{told}");
    // Its paths are relative to where it stands.
    fs::create_dir(folder.path().join("clusters")).unwrap();
    let (code, _, _) = adopt(
        folder.path(),
        &[&flags[..], &["-o", "clusters/a.yaml"]].concat(),
    );
    let file = fs::read_to_string(folder.path().join("clusters/a.yaml")).unwrap();
    let absolute = folder.path().canonicalize().unwrap().join("pki/ca.crt");
    assert!(
        file.contains(absolute.to_str().unwrap()) && code == 0,
        "{file}"
    );
}

#[test]
fn no_password_of_the_environment_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("ETCDCTL_USER", "root:planted"),
        ("ETCDPLAN_USER", "root:planted"),
        ("ETCDPLAN_PASSWORD", "planted"),
        ("ETCDCTL_PASSWORD", "planted"),
    ] {
        let (code, file, told) = adopt_with(folder.path(), &[], &[(name, value)]);
        assert_eq!(code, 0, "{told}");
        assert!(
            !format!("{file}{told}").contains("planted"),
            "{name}: {file}"
        );
        let names_user = file.contains("\n  user: root ");
        assert_eq!(names_user, name.ends_with("USER"), "{file}");
    }
}
