//! A person who does what etcdplan says, and nothing else.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::bed::cluster::Cluster;
use crate::bed::{Outcome, script};
use crate::instruction::{self, Instruction};
use crate::terminal::Terminal;

/// How long until something must have been told or done.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(50);

/// A person with a shell on every host.
pub(crate) struct Operator<'a> {
    cluster: &'a Cluster,
    shell: &'static str,
    hosts: BTreeMap<String, Terminal>,
    /// What was done.
    pub(crate) done: Vec<Instruction>,
}

impl<'a> Operator<'a> {
    pub(crate) fn new(cluster: &'a Cluster, shell: &'static str) -> Self {
        Self {
            cluster,
            shell,
            hosts: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    /// A terminal on the machine from which the cluster is looked after.
    pub(crate) fn desk(&self) -> Outcome<Terminal> {
        let program = env!("CARGO_BIN_EXE_etcdplan");
        let program =
            PathBuf::from(env::var("ETCDPLAN_PROGRAM").unwrap_or_else(|_| program.into()));
        let folder = program.parent().ok_or("a program without a folder")?;
        let path = format!("{}:{}", folder.display(), env::var("PATH")?);
        let socket = self.cluster.directory.join("tmux");
        Terminal::open(
            &socket,
            "desk",
            "bash --norc",
            &self.cluster.directory,
            &path,
        )
    }

    /// Waits until what was pasted last is done.
    pub(crate) async fn through(&self) -> Outcome<()> {
        let begun = Instant::now();
        while !self.is_through()? {
            if begun.elapsed() > PATIENCE {
                return Err(format!("a shell is not through:\n{}", self.screens()).into());
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Whether the shell that was pasted into last has done all of it, and waits.
    fn is_through(&self) -> Outcome<bool> {
        let Some(last) = self.done.last() else {
            return Ok(false);
        };
        let shell = self.hosts.get(&last.host).ok_or("no shell")?;
        let pasted = last.commands.lines().last().unwrap_or_default().trim();
        let text = shell.text()?;
        // A shell that reads on while a paste arrives asks for more in the middle of a line.
        let typed = |text: &str| text.replace("> ", "");
        Ok(typed(&text).contains(&typed(pasted)) && text.ends_with('$'))
    }

    /// Does every step that this text tells of, as it grows, until it holds one of these.
    pub(crate) async fn attend(
        &mut self,
        text: impl Fn() -> Outcome<String>,
        ends: &[&str],
    ) -> Outcome<String> {
        let is_there = |text: &str| ends.iter().any(|end| text.contains(end));
        self.attend_until(text, is_there).await
    }

    /// Does every step that this text tells of, as it grows, until this holds of it.
    pub(crate) async fn attend_until(
        &mut self,
        text: impl Fn() -> Outcome<String>,
        holds: impl Fn(&str) -> bool,
    ) -> Outcome<String> {
        let mut since = Instant::now();
        loop {
            let text = text()?;
            for told in instruction::all(&text) {
                let is_new = |done: &Instruction| done.heading != told.heading;
                if self.done.iter().all(is_new) {
                    self.perform(&told)?;
                    self.done.push(told);
                    since = Instant::now();
                }
            }
            if holds(&text) {
                return Ok(text);
            }
            if since.elapsed() > PATIENCE {
                return Err(format!("nothing more happens:\n{text}\n{}", self.screens()).into());
            }
            sleep(POLL).await;
        }
    }

    /// Pastes what was printed into the shell on its host.
    fn perform(&mut self, told: &Instruction) -> Outcome<()> {
        if told.commands.is_empty() {
            return Err(format!("nothing to paste: {}", told.heading).into());
        }
        if !self.hosts.contains_key(&told.host) {
            let folder = self.cluster.directory.join("hosts").join(&told.host);
            fs::create_dir_all(&folder)?;
            let etcd = &self.cluster.server.directory;
            let path = [etcd.as_path(), &self.ssh()?].map(|path| path.display().to_string());
            let path = format!("{}:{}", path.join(":"), env::var("PATH")?);
            let socket = self.cluster.directory.join("tmux");
            let shell = Terminal::open(&socket, &told.host, self.shell, &folder, &path)?;
            self.hosts.insert(told.host.clone(), shell);
        }
        self.hosts
            .get(&told.host)
            .ok_or("no shell")?
            .paste(&told.commands)
    }

    /// A folder with an `ssh` that reaches the other machines, which are folders.
    fn ssh(&self) -> Outcome<PathBuf> {
        let folder = self.cluster.directory.join("ssh");
        let program = folder.join("ssh");
        let hosts = self.cluster.directory.join("hosts");
        let text = format!(
            "#!/bin/sh\ncd {}/$1 && shift && exec sh -c \"$*\"\n",
            hosts.display()
        );
        fs::create_dir_all(&folder)?;
        script::write(&program, &text)?;
        Ok(folder)
    }

    /// What the hosts' shells show.
    pub(crate) fn screens(&self) -> String {
        let mut all = String::new();
        for (host, shell) in &self.hosts {
            let text = shell.text().unwrap_or_else(|error| error.to_string());
            all += &format!("--- {host}\n{text}\n");
        }
        all
    }
}
