//! The search for what should be nowhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use crate::bed::Outcome;
use crate::bed::cluster::DATA_DIR;
use crate::bed::processes;
use crate::bed::program::{Run, Running};
use crate::mode::PASSWORD;
use crate::pki::FOLDER;
use crate::secrets::PASSWORD_FILE;
use crate::stage::Stage;

/// How often running processes are looked at: the shortest live longer.
const POLL: Duration = Duration::from_millis(10);

/// Where secrets are given to etcdplan, and the key lies.
const PLANTED: [&str; 2] = [PASSWORD_FILE, "client.key"];

/// etcdplan, to which secrets are given, also while it becomes another program; and the test's own.
const OWN: [&str; 2] = ["etcdplan", "etcdctl"];

/// What is looked for, what was found, and what was looked at.
pub(crate) struct Search {
    secrets: Vec<String>,
    found: BTreeSet<String>,
    programs: BTreeSet<String>,
    /// Whether the lock was there when the keys of the cluster were looked at.
    saw_lock: bool,
}

impl Search {
    /// For the password, and each line of the client's key.
    pub(crate) fn new(directory: &Path) -> Outcome<Self> {
        let key = fs::read_to_string(directory.join(FOLDER).join("client.key"))?;
        let lines = key.lines().filter(|line| !line.starts_with("-----"));
        let secrets: Vec<String> = lines.chain([PASSWORD]).map(str::to_owned).collect();
        let search = Self {
            secrets,
            found: BTreeSet::new(),
            programs: BTreeSet::new(),
            saw_lock: false,
        };
        // A search that finds nothing where something is proves nothing.
        for (file, count) in [
            (PASSWORD_FILE, 1),
            ("pki/client.key", search.secrets.len() - 1),
        ] {
            let bytes = fs::read(directory.join(file))?;
            let there = search.secrets.iter().filter(|secret| holds(&bytes, secret));
            if count == 0 || there.count() != count {
                return Err(format!("{file} does not hold what was planted").into());
            }
        }
        Ok(search)
    }

    /// Runs etcdplan, and searches what it prints, what it starts, and what is in the cluster
    /// meanwhile.
    pub(crate) async fn run(
        &mut self,
        stage: &Stage<'_>,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Outcome<Run> {
        let directory = &stage.cluster.directory;
        let running = Running::start_with(directory, arguments, environment)?;
        let ended = running.ended();
        tokio::pin!(ended);
        let watched = arguments[0] == "apply";
        let mut keys = Box::pin(stage.etcdctl(&["get", "", "--prefix"]));
        let run = loop {
            tokio::select! {
                run = &mut ended => break run?,
                told = &mut keys, if watched => {
                    // A member that leaves may not answer.
                    let told = told.unwrap_or_default();
                    self.saw_lock |= told.contains("etcdplan/lock");
                    self.read("the cluster's keys", told.as_bytes());
                    keys = Box::pin(stage.etcdctl(&["get", "", "--prefix"]));
                }
                () = sleep(POLL) => self.look_at_processes(directory),
            }
        };
        self.look_at_processes(directory);
        let what = format!("the output of {}", run.command.replace(PASSWORD, "..."));
        self.read(&what, run.stdout().as_bytes());
        self.read(&what, run.stderr().as_bytes());
        Ok(run)
    }

    /// Searches the files that are left.
    pub(crate) fn end(mut self, directory: &Path) -> Outcome<()> {
        self.read_folder(directory)?;
        for program in ["bash", "etcd"] {
            if !self.programs.contains(program) {
                return Err(format!("no {program} was looked at, of {:?}", self.programs).into());
            }
        }
        if !self.saw_lock {
            return Err("the cluster's keys were never looked at under the lock".into());
        }
        if !directory.join("state").is_dir() {
            return Err("there is no journal".into());
        }
        if self.found.is_empty() {
            return Ok(());
        }
        let found: Vec<String> = self.found.into_iter().collect();
        Err(format!("a secret is in:\n{}", found.join("\n")).into())
    }

    /// What etcdplan started, and what that started.
    fn look_at_processes(&mut self, directory: &Path) {
        for pid in processes::within(directory) {
            let folder = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
            let Ok(program) = fs::read_link(folder.join("exe")) else {
                continue;
            };
            let program = program
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if OWN.contains(&program.as_str()) {
                continue;
            }
            for file in ["cmdline", "environ"] {
                if let Ok(bytes) = fs::read(folder.join(file)) {
                    self.read(&format!("{file} of {program}"), &bytes);
                }
            }
            self.programs.insert(program);
        }
    }

    /// All but the servers' data: etcd 3.4 itself writes passwords into its log.
    fn read_folder(&mut self, folder: &Path) -> Outcome<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let is_data = path.to_string_lossy().ends_with(DATA_DIR);
            if kind.is_dir() && !is_data {
                self.read_folder(&path)?;
            } else if kind.is_file() && !PLANTED.iter().any(|name| path.ends_with(name)) {
                let bytes = fs::read(&path)?;
                self.read(&path.display().to_string(), &bytes);
            }
        }
        Ok(())
    }

    fn read(&mut self, what: &str, bytes: &[u8]) {
        if self.secrets.iter().any(|secret| holds(bytes, secret)) {
            self.found.insert(what.to_owned());
        }
    }
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes
        .windows(secret.len())
        .any(|part| part == secret.as_bytes())
}
