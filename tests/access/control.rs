//! What etcd's own program tells of a stage, and does to it.

use std::collections::BTreeMap;
use std::process::Stdio;

use tokio::process::Command;

use crate::bed::Outcome;
use crate::bed::member::Member;
use crate::mode::{PASSWORD, ROOT, Users};
use crate::stage::Stage;

impl Stage<'_> {
    /// Runs etcdctl as the one who may do everything, at all voters.
    pub(crate) async fn etcdctl(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = self.bare_etcdctl();
        for (flag, _, file) in self.mode.files() {
            command.args([flag, &file]);
        }
        if self.has_users && self.mode.users == Users::ByPassword {
            command.args(["--user", &format!("{ROOT}:{PASSWORD}")]);
        }
        let output = command.args(arguments).output().await?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(format!("etcdctl {arguments:?}: {told}").into())
    }

    /// etcdctl without credentials.
    pub(crate) fn bare_etcdctl(&self) -> Command {
        let mut command = Command::new(self.cluster.server.directory.join("etcdctl"));
        command
            .current_dir(&self.cluster.directory)
            .env("ETCDCTL_API", "3")
            .args(["--command-timeout", "5s", "--endpoints", &self.endpoints()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The voter that leads.
    pub(crate) async fn leader(&self) -> Outcome<Member> {
        let told = self.etcdctl(&["endpoint", "status", "-w", "json"]).await?;
        let all: serde_json::Value = serde_json::from_str(&told)?;
        for one in all.as_array().ok_or("a status that is no list")? {
            let status = &one["Status"];
            if status["leader"] == status["header"]["member_id"] {
                let endpoint = one["Endpoint"].as_str().unwrap_or_default();
                let found = self.members.iter().find(|m| m.client_url() == endpoint);
                return Ok(found.ok_or("an unknown endpoint leads")?.clone());
            }
        }
        Err(format!("nobody leads: {told}").into())
    }

    /// The members as the cluster lists them, by name: whether each is a learner.
    pub(crate) async fn listed(&self) -> Outcome<BTreeMap<String, bool>> {
        let told = self.etcdctl(&["member", "list"]).await?;
        let rows = told.lines().filter_map(|line| {
            let mut columns = line.split(", ").skip(2);
            let name = columns.next()?.to_owned();
            Some((name, line.ends_with("true")))
        });
        Ok(rows.collect())
    }
}
