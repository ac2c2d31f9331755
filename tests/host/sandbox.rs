//! `sandbox`: what it takes for its own, and what it leaves alone.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use etcdplan::sandbox::{self, Data, FILE, Options, SandboxError, Up};
use tempfile::TempDir;

fn options(dir: &Path, first_address: Ipv4Addr) -> Options {
    Options {
        dir: dir.to_owned(),
        name: "sandbox".to_owned(),
        members: 1,
        etcd: "/bin/true".to_owned(),
        first_address,
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(future)
}

fn up(dir: &Path, number: u8) -> Result<Up, SandboxError> {
    block_on(sandbox::up(&options(
        dir,
        Ipv4Addr::new(127, 0, 77, number),
    )))
}

fn down(dir: &Path) -> Option<usize> {
    block_on(sandbox::down(dir, Data::Cleared)).unwrap()
}

/// A folder with a work of somebody's in it, that looks much like a sandbox.
fn somebodys() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), "apiVersion: etcdplan/v1\n").unwrap();
    fs::create_dir_all(folder.path().join("members/infra0/127.0.77.1")).unwrap();
    fs::write(folder.path().join("members/precious"), "work").unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = somebodys();
    let before = names(folder.path());
    let refused = up(folder.path(), 1).unwrap_err();
    assert!(matches!(refused, SandboxError::Foreign { .. }), "{refused}");
    assert_eq!(down(folder.path()), None);
    assert_eq!(names(folder.path()), before);
    assert!(folder.path().join("members/precious").exists());
    assert_eq!(down(&folder.path().join("nowhere")), None);
}

/// A port that is taken: nothing of the attempt stays, and nothing else goes.
#[test]
fn what_did_not_come_up_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.77.2:2380").unwrap();
    let dir = folder.path().join("sandbox");
    let refused = up(&dir, 2).unwrap_err();
    assert!(matches!(refused, SandboxError::Address { .. }), "{refused}");
    assert!(!dir.exists());
    drop(taken);
    let refused = up(&dir, 3).unwrap_err().to_string();
    assert_eq!(
        refused,
        "cannot start infra0: `etcd` ended with nothing in its log"
    );
    assert!(!dir.exists());
}

/// One that ends later is not waited for as long as an election may take.
#[test]
fn what_ends_after_a_while_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("etcd");
    fs::write(&program, "#!/bin/sh\nsleep 1\necho no quota\nexit 1\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let dir = folder.path().join("sandbox");
    let refused = block_on(sandbox::up(&Options {
        etcd: program.display().to_string(),
        ..options(&dir, Ipv4Addr::new(127, 0, 77, 6))
    }));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "cannot start infra0: `etcd` ended with an error: no quota"
    );
    assert!(!dir.exists());
}

/// What somebody put into the folder of a sandbox outlives it.
#[test]
fn down_removes_only_what_is_the_sandboxs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".etcdplan-sandbox"), "").unwrap();
    fs::write(folder.path().join(FILE), "").unwrap();
    fs::create_dir_all(folder.path().join("members/infra0/127.0.77.4/data")).unwrap();
    fs::write(folder.path().join("notes"), "").unwrap();
    assert_eq!(down(folder.path()), Some(0));
    assert_eq!(names(folder.path()), ["notes"]);
}

/// It serves no more: that is told, and not taken for a sandbox that is up.
#[test]
fn a_sandbox_that_does_not_serve_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".etcdplan-sandbox"), "").unwrap();
    let refused = up(folder.path(), 5).unwrap_err();
    assert!(matches!(refused, SandboxError::Stopped { .. }), "{refused}");
}
