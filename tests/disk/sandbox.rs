//! A cluster of the program's own making, on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Outcome;
use crate::bed::member::Net;
use crate::bed::server::Server;

pub(crate) struct Sandbox<'a> {
    directory: &'a Path,
    server: &'a Server,
    endpoint: String,
}

impl<'a> Sandbox<'a> {
    pub(crate) fn up(
        directory: &'a Path,
        net: &Net,
        server: &'a Server,
        members: usize,
    ) -> Outcome<Self> {
        let sandbox = Self {
            directory,
            server,
            endpoint: format!("http://{}:2379", net.host(11)),
        };
        let (etcd, count) = (server.directory.join("etcd"), members.to_string());
        let etcd = etcd.display().to_string();
        let address = net.host(11);
        let up = ["sandbox", "up", "--members", &count, "--etcd", &etcd];
        sandbox.run(&[&up[..], &["--first-address", &address]].concat(), 0, "")?;
        Ok(sandbox)
    }

    /// Runs the program, which must end with this code, and say this.
    pub(crate) fn run(&self, arguments: &[&str], code: i32, words: &str) -> Outcome<()> {
        let output = Command::new(env!("CARGO_BIN_EXE_etcdplan"))
            .args(arguments)
            .current_dir(self.directory)
            .env("ETCDPLAN_STATE_DIR", self.directory.join("state"))
            .env("CI", "true")
            .stdin(Stdio::null())
            .output()?;
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        if output.status.code() == Some(code) && told.contains(words) {
            return Ok(());
        }
        let ended = format!("etcdplan {}: {}", arguments.join(" "), output.status);
        Err(format!("{ended}, not {code} with '{words}'\n{told}").into())
    }

    pub(crate) fn write(&self, keys: usize) -> Outcome<()> {
        for key in 0..keys {
            self.etcdctl(&["put", &format!("key/{key}"), "value"])?;
        }
        Ok(())
    }

    /// Whether every key is there.
    pub(crate) fn holds(&self, keys: usize) -> Outcome<()> {
        let told = self.etcdctl(&["get", "key/", "--prefix", "--keys-only"])?;
        let found = told.lines().filter(|line| !line.is_empty()).count();
        if found == keys {
            return Ok(());
        }
        Err(format!("{found} of {keys} keys are there:\n{told}").into())
    }

    /// Ends a member's process without a word, and takes its data.
    pub(crate) fn lose(&self, member: &str) -> Outcome<()> {
        let home = self.home(member)?;
        let noted = fs::read_to_string(home.join("etcd.pid"))?;
        let pid = noted.split_whitespace().next().unwrap_or_default();
        let pid = Pid::from_raw(pid.parse()?).ok_or("no process is noted")?;
        kill_process(pid, Signal::KILL)?;
        while etcdplan::machine::start_of(pid.as_raw_nonzero().get().unsigned_abs()).is_some() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        fs::remove_dir_all(home.join("data"))?;
        Ok(())
    }

    /// The data directory of a member.
    pub(crate) fn data(&self, member: &str) -> PathBuf {
        self.home(member).unwrap_or_default().join("data")
    }

    /// Where a recovery has put its data.
    pub(crate) fn aside(&self, member: &str) -> Outcome<PathBuf> {
        let entries = fs::read_dir(self.home(member)?)?.filter_map(Result::ok);
        let mut names = entries.map(|entry| entry.path());
        let found = names.find(|path| path.to_string_lossy().contains("data.before-"));
        Ok(found.ok_or("nothing was put aside")?)
    }

    /// The only place of a member.
    fn home(&self, member: &str) -> Outcome<PathBuf> {
        let places = self.directory.join("sandbox/members").join(member);
        let mut entries = fs::read_dir(&places)?;
        Ok(entries.next().ok_or("it has no place")??.path())
    }

    fn etcdctl(&self, arguments: &[&str]) -> Outcome<String> {
        let output = Command::new(self.server.directory.join("etcdctl"))
            .env("ETCDCTL_API", "3")
            .args(["--endpoints", &self.endpoint])
            .args(arguments)
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("etcdctl {}: {told}", arguments.join(" ")).into())
    }
}

impl Drop for Sandbox<'_> {
    fn drop(&mut self) {
        let _ = self.run(&["sandbox", "down"], 0, "");
    }
}
