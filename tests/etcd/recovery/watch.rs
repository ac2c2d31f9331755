//! Looks all the while whether two processes run on one data directory, or as one member.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use etcdplan::host::wal::{self, Owner};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::bed::{Outcome, processes};

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(100);

/// A look that goes on.
#[derive(Debug)]
pub struct Watch {
    found: Arc<Mutex<Option<String>>>,
    _looking: JoinSet<()>,
}

impl Watch {
    pub fn begin(directory: &Path) -> Self {
        let found = Arc::new(Mutex::new(None));
        let mut looking = JoinSet::new();
        let (directory, note) = (directory.to_owned(), Arc::clone(&found));
        looking.spawn(async move {
            loop {
                if let Some(double) = double(&directory) {
                    *note.lock().unwrap_or_else(PoisonError::into_inner) = Some(double);
                    return;
                }
                sleep(POLL).await;
            }
        });
        Self {
            found,
            _looking: looking,
        }
    }

    /// Fails if it was ever so.
    pub fn end(self) -> Outcome<()> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match &*found {
            None => Ok(()),
            Some(double) => Err(double.clone().into()),
        }
    }
}

/// Two processes that should be one.
fn double(directory: &Path) -> Option<String> {
    let mut places: BTreeMap<PathBuf, i32> = BTreeMap::new();
    let mut owners: Vec<(Owner, i32)> = Vec::new();
    for pid in processes::etcds(directory) {
        let pid = pid.as_raw_nonzero().get();
        let Some(data) = data_of(pid) else { continue };
        let owner = wal::owner(&wal::within(&data));
        if let Some(other) = places.insert(data.clone(), pid) {
            return Some(format!("{other} and {pid} run on {}", data.display()));
        }
        let Some(owner) = owner else { continue };
        if let Some((_, other)) = owners.iter().find(|(known, _)| *known == owner) {
            return Some(format!("{other} and {pid} run as member {}", owner.member));
        }
        owners.push((owner, pid));
    }
    None
}

/// The data directory of an etcd, by its environment or its arguments.
fn data_of(pid: i32) -> Option<PathBuf> {
    let words = |file: &str| {
        let text = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let words = text.split(|byte| *byte == 0);
        let words = words.map(|word| String::from_utf8_lossy(word).into_owned());
        words.collect::<Vec<String>>()
    };
    let arguments = words("cmdline");
    let mut given = arguments
        .iter()
        .skip_while(|word| *word != "--data-dir")
        .skip(1);
    if let Some(data) = given.next() {
        return Some(data.into());
    }
    let environment = words("environ");
    let mut set = environment
        .iter()
        .filter_map(|word| word.strip_prefix("ETCD_DATA_DIR="));
    set.next().map(PathBuf::from)
}
