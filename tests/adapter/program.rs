//! The etcd programs that there are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An etcd program and its version.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) version: String,
}

impl Program {
    /// The programs to test: the directories in `ETCDPLAN_TEST_ETCD`, or `target/etcd/*`.
    pub(crate) fn all() -> Vec<Self> {
        let listed = std::env::var("ETCDPLAN_TEST_ETCD").unwrap_or_default();
        let mut places: Vec<PathBuf> = std::env::split_paths(&listed)
            .filter(|dir| !dir.as_os_str().is_empty())
            .collect();
        if places.is_empty() {
            let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/etcd");
            let entries = std::fs::read_dir(unpacked).into_iter().flatten().flatten();
            places = entries
                .flat_map(|entry| [entry.path(), entry.path().join("usr/bin")])
                .collect();
            places.sort();
        }
        let programs = places.iter().map(|dir| dir.join("etcd"));
        programs
            .filter(|path| path.is_file())
            .map(|path| {
                let output = Command::new(&path).arg("--version").output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                let version = text.lines().next().unwrap_or_default();
                let version = version.trim_start_matches("etcd Version: ").to_owned();
                Self { path, version }
            })
            .collect()
    }

    /// The newest of each minor version.
    pub(crate) fn newest() -> Vec<Self> {
        let mut all = Self::all();
        // They are listed from the oldest on, and the first of those alike stays.
        all.reverse();
        all.dedup_by_key(|program| program.minor().to_owned());
        all.reverse();
        all
    }

    fn minor(&self) -> &str {
        let parted = self.version.rsplit_once('.');
        parted.map_or(&self.version, |(minor, _)| minor)
    }
}
