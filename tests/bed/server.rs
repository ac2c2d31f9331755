//! The etcd builds under `target/etcd`, which `tests/servers/get` puts there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::Outcome;

/// One etcd build: its version, and where `etcd` and `etcdctl` are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Server {
    pub version: [u32; 3],
    pub directory: PathBuf,
}

impl Server {
    /// Every build there is, oldest first.
    pub fn found() -> Outcome<Vec<Self>> {
        let root = root();
        let mut servers = Vec::new();
        for entry in fs::read_dir(&root).map_err(|error| format!("{}: {error}", root.display()))? {
            let directory = entry?.path();
            let version = directory.file_name().and_then(|name| parse(name.to_str()?));
            if let Some(version) = version
                && directory.join("etcd").is_file()
                && directory.join("etcdctl").is_file()
            {
                servers.push(Self { version, directory });
            }
        }
        servers.sort();
        Ok(servers)
    }

    pub fn name(&self) -> String {
        let [major, minor, patch] = self.version;
        format!("{major}.{minor}.{patch}")
    }

    /// Which line of the matrix this build stands for. Both kinds of 3.5 are in it: 3.5.30 relaxed the rule for adding.
    pub fn line(&self) -> &'static str {
        match self.version {
            [3, 4, _] => "3.4",
            [3, 5, 0..30] => "3.5 before 3.5.30",
            [3, 5, _] => "3.5 from 3.5.30 on",
            [3, 6, _] => "3.6",
            [3, 7, _] => LIGHT,
            _ => "other",
        }
    }

    /// Whether a complete run tries but a few cases on it.
    pub fn is_light(&self) -> bool {
        self.line() == LIGHT
    }
}

/// The line on which a complete run tries but a few cases: in nothing that is asked of it does it do otherwise
/// than the line before. What is asked for by name is complete.
const LIGHT: &str = "3.7";

/// The lines that a complete matrix needs.
pub const LINES: [&str; 5] = [
    "3.4",
    "3.5 before 3.5.30",
    "3.5 from 3.5.30 on",
    "3.6",
    LIGHT,
];

fn root() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    target.join("etcd")
}

fn parse(name: &str) -> Option<[u32; 3]> {
    let parts: Vec<u32> = name
        .split('.')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    parts.try_into().ok()
}
