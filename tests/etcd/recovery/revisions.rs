//! Whether revisions go back in a restore, which depends on etcd's own program.

use tokio::process::Command;

use crate::bed::Outcome;
use crate::bed::program::Run;
use crate::recovery::Scene;

impl Scene<'_> {
    /// A restore whose program cannot raise revisions says so.
    pub(super) async fn told_of_revisions(&self, run: &Run) -> Outcome<()> {
        let told = run.told();
        if !told.contains(" done     ! restore ") {
            return Ok(());
        }
        let places = ["bin/etcdutl", "bin/etcdctl"].map(|tool| self.cluster.directory.join(tool));
        let tool = places.iter().find(|path| path.exists());
        let help = Command::new(tool.ok_or("no tool restores")?)
            .args(["snapshot", "restore", "--help"])
            .env("ETCDCTL_API", "3")
            .output()
            .await?;
        let raises = String::from_utf8_lossy(&help.stdout).contains("--bump-revision");
        if told.contains("revisions are not raised") == raises {
            return Err(format!("revisions can be raised: {raises}, and it says otherwise").into());
        }
        Ok(())
    }
}
