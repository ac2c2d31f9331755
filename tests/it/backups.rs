//! Backups without a cluster: files that are none, and every way in which there is none.

use std::fs;

use etcdplan::amount::Size;
use etcdplan::backup::BackupError;
use etcdplan::cli::failure::Failure;
use etcdplan::render::palette::Palette;
use insta::assert_snapshot;
use sha2::{Digest as _, Sha256};

use crate::program::run_in;

/// The pages of a database, as far as they tell that it is one, and its digest.
pub(crate) fn backup() -> Vec<u8> {
    let mut bytes = vec![7; 1024];
    bytes[16..20].copy_from_slice(&0xED0C_DAED_u32.to_le_bytes());
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

#[test]
fn every_file_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let whole = backup();
    let mut changed = whole.clone();
    changed[600] ^= 1;
    let files = [
        ("whole.db", &whole[..]),
        ("changed.db", &changed),
        ("cut.db", &whole[..1000]),
        ("no-digest.db", &whole[..1024]),
        ("empty.db", b""),
        ("text.db", b"apiVersion: etcdplan/v1"),
    ];
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let mut arguments = vec!["backup", "verify", "missing.db"];
    arguments.extend(files.map(|(name, _)| name));
    let text = run_in(folder.path(), &arguments, &[]).told();
    arguments.extend(["--format", "json"]);
    let json = run_in(folder.path(), &arguments, &[]);
    assert_eq!(json.code, 1);
    assert_snapshot!(format!("{text}\n{}", json.stdout));
    serde_json::from_str::<serde_json::Value>(&json.stderr).unwrap();
    let run = run_in(folder.path(), &["backup", "verify", "whole.db"], &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

/// The digest is right here, and there is no database behind the first page's promise.
#[test]
fn a_program_that_does_not_read_it_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("whole.db"), backup()).unwrap();
    let verify = |program: &str| {
        let arguments = ["backup", "verify", "--etcdutl", program, "whole.db"];
        run_in(folder.path(), &arguments, &[]).told()
    };
    assert_snapshot!([verify("/bin/false"), verify("/nowhere/etcdutl")].join("\n"));
}

#[test]
fn every_error_has_a_way_out() {
    let what = || "the backup from infra1".to_owned();
    let broken = |reason: &str| BackupError::Broken {
        member: "infra1".to_owned(),
        received: Size(5 << 20),
        reason: reason.to_owned(),
    };
    let errors = [
        BackupError::NoSource,
        BackupError::NoRoom {
            folder: "/backups".to_owned(),
            free: Size(3 << 20),
            needed: Size(9 << 20),
        },
        BackupError::Unwritten {
            path: "/backups".to_owned(),
            reason: "No space left on device (os error 28)".to_owned(),
        },
        broken("transport error: connection reset"),
        broken("etcdserver: permission denied"),
        BackupError::Changed {
            what: what(),
            sent: "a9".repeat(32),
            found: "3c".repeat(32),
        },
    ];
    let notices = errors.map(Failure::from).into_iter();
    let notices = notices.flat_map(|failure| failure.notices);
    let texts: Vec<String> = notices.map(|notice| notice.text(Palette::Plain)).collect();
    assert_snapshot!(texts.join("\n"));
}
