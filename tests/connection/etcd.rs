//! One etcd of one member, which ends with the value.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::authority::Files;
use crate::servers::{Program, free_network};

/// How long etcd may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running etcd.
pub(crate) struct Etcd {
    pub(crate) address: String,
    program: Program,
    process: Child,
    data: tempfile::TempDir,
}

/// How it is reached.
#[derive(Clone, Debug)]
pub(crate) enum Door<'a> {
    Plain,
    /// With this certificate.
    Tls(&'a Files),
    /// And only with a client certificate that this authority has signed.
    Mutual(&'a Files, &'a Path),
}

impl Etcd {
    /// Starts it on an address of its own, which the certificate is made for once it is known.
    pub(crate) fn start(program: &Program, address: &str, door: &Door<'_>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let scheme = match door {
            Door::Plain => "http",
            Door::Tls(_) | Door::Mutual(..) => "https",
        };
        let (client, peer) = (
            format!("{scheme}://{address}:2379"),
            format!("http://{address}:2380"),
        );
        let log = File::create(data.path().join("log")).unwrap();
        let mut command = Command::new(&program.path);
        command
            .args(["--name", "m1", "--initial-cluster", &format!("m1={peer}")])
            .args([
                "--listen-client-urls",
                &client,
                "--advertise-client-urls",
                &client,
            ])
            .args([
                "--listen-peer-urls",
                &peer,
                "--initial-advertise-peer-urls",
                &peer,
            ])
            .arg("--data-dir")
            .arg(data.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if let Door::Tls(files) | Door::Mutual(files, _) = door {
            command.arg("--cert-file").arg(&files.cert);
            command.arg("--key-file").arg(&files.key);
        }
        if let Door::Mutual(_, authority) = door {
            command.arg("--client-cert-auth");
            command.arg("--trusted-ca-file").arg(authority);
        }
        let etcd = Self {
            address: address.to_owned(),
            program: program.clone(),
            process: command.spawn().unwrap(),
            data,
        };
        etcd.wait();
        etcd
    }

    /// It accepts connections long before it answers.
    fn wait(&self) {
        let began = Instant::now();
        let serves = || {
            let log = fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
            log.contains("ready to serve client requests")
        };
        while !serves() {
            assert!(began.elapsed() < PATIENCE, "etcd does not serve");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs etcdctl beside it, with plain http and these arguments.
    pub(crate) fn control(&self, arguments: &[&str]) {
        let program = self.program.path.with_file_name("etcdctl");
        let ran = Command::new(program)
            .env("ETCDCTL_API", "3")
            .args(["--endpoints", &format!("http://{}:2379", self.address)])
            .args(arguments)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "etcdctl {arguments:?}: {told}");
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// An address that nobody uses.
pub(crate) fn free_address() -> String {
    format!("{}.1", free_network())
}
