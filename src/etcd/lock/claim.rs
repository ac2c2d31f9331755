//! Who holds the lock, as its value says.

use std::fmt;
use std::process;

use serde::{Deserialize, Serialize};

use crate::machine;

/// The value of the lock's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Who runs it.
    pub holder: String,
    /// On which machine.
    pub host: String,
    /// As which process there.
    pub pid: u32,
    /// When that process started, in ticks since the machine's boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid_start: Option<String>,
    /// The boot of the machine within which the pid means something.
    #[serde(rename = "bootID", default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
    /// The plan that is performed.
    #[serde(rename = "planID")]
    pub plan_id: String,
    /// Since when: UTC, RFC 3339.
    pub started_at: String,
}

impl Claim {
    /// The claim of this process.
    pub fn of_this_process(plan_id: &str, started_at: String) -> Self {
        let pid = process::id();
        Self {
            holder: machine::user(),
            host: machine::host_name(),
            pid,
            pid_start: machine::start_of(pid),
            boot_id: machine::boot_id(),
            plan_id: plan_id.to_owned(),
            started_at,
        }
    }

    /// Whether its process is known to be gone: it ran on this machine, since its last boot.
    pub(super) fn is_gone(&self) -> bool {
        let here = self.host == machine::host_name()
            && self.boot_id.is_some()
            && self.boot_id == machine::boot_id();
        here && machine::start_of(self.pid) != self.pid_start
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            holder,
            host,
            pid,
            plan_id,
            started_at,
            ..
        } = self;
        write!(
            f,
            "{holder} on {host} (pid {pid}), plan {plan_id}, since {started_at}"
        )
    }
}
