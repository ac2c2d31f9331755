//! Where a run's clusters live: a directory, and a part of the loopback network.
//!
//! Both are claimed together by making the directory, so that two runs on one
//! machine never meet. Whatever ends a run, the next one clears what it left.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Outcome;
use super::member::Net;
use super::processes;

/// Second octets that a run may claim; 127.0.x.y is left to everyone else.
const OCTETS: std::ops::Range<u8> = 20..250;

/// A run's directory and network. Dropping it ends every process in it.
#[derive(Debug)]
pub struct Ground {
    directory: PathBuf,
    octet: u8,
    plots: AtomicUsize,
}

impl Ground {
    pub fn claim() -> Outcome<Self> {
        let parent = env::temp_dir();
        for octet in OCTETS {
            let directory = parent.join(format!("etcdplan-tests-{octet}"));
            if abandoned(&directory) {
                clear(&directory);
            }
            match fs::create_dir(&directory) {
                Ok(()) => {
                    fs::write(directory.join("pid"), process::id().to_string())?;
                    let plots = AtomicUsize::new(0);
                    return Ok(Self {
                        directory,
                        octet,
                        plots,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("{}: {error}", directory.display()).into()),
            }
        }
        Err("no part of the loopback network is free".into())
    }

    /// What no other run is called that goes on at the same time.
    pub fn name(&self) -> String {
        format!("etcdplan-tests-{}", self.octet)
    }

    /// A directory and a network for one cluster.
    pub fn plot(&self) -> Outcome<Plot> {
        // Reused after 250 clusters, when the first ones are long gone.
        let number = self.plots.fetch_add(1, Ordering::Relaxed) % 250;
        let directory = self.directory.join(number.to_string());
        fs::create_dir(&directory)?;
        let net = Net(format!("127.{}.{number}", self.octet));
        Ok(Plot { directory, net })
    }

    /// Ends every process of this run and removes its files.
    pub fn clear(&self) {
        clear(&self.directory);
    }
}

/// One cluster's part of it. Dropping it ends every process in it.
#[derive(Debug)]
pub struct Plot {
    directory: PathBuf,
    net: Net,
}

impl Plot {
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn net(&self) -> &Net {
        &self.net
    }
}

impl Drop for Plot {
    fn drop(&mut self) {
        clear(&self.directory);
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Whether the run that made this directory has ended.
fn abandoned(directory: &Path) -> bool {
    fs::read_to_string(directory.join("pid"))
        .is_ok_and(|pid| !Path::new("/proc").join(pid.trim()).exists())
}

fn clear(directory: &Path) {
    processes::end(directory);
    let _ = fs::remove_dir_all(directory);
}
