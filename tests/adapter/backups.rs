//! Backups of real servers: what is restored is what was written, and what is not whole is found.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use etcd_client::{Client, GetOptions};
use etcdplan::backup::{BackupName, Reading};
use etcdplan::etcd::backup::{Tool, inspect};
use etcdplan::member::Role;
use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use crate::meddler::{Meddler, Mischief};
use crate::servers::{Program, Servers, run, settled, with};

/// Numbers without order, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Writes keys of many lengths, some twice and some no more, and gives what is then there.
async fn write(servers: &Servers, values: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut client = client(servers).await;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for i in 0..values {
        let value: Vec<u8> = (0..dice.below(20_000))
            .map(|_| u8::try_from(dice.below(256)).unwrap())
            .collect();
        client
            .put(format!("key/{}", i % 90), value, None)
            .await
            .unwrap();
    }
    client.delete("key/7", None).await.unwrap();
    content(servers).await
}

async fn client(servers: &Servers) -> Client {
    Client::connect([servers.client_url(1)], None)
        .await
        .unwrap()
}

async fn content(servers: &Servers) -> Vec<(Vec<u8>, Vec<u8>)> {
    let all = GetOptions::new().with_prefix();
    let answer = client(servers).await.get("key/", Some(all)).await.unwrap();
    let pairs = answer.kvs().iter();
    pairs
        .map(|pair| (pair.key().to_vec(), pair.value().to_vec()))
        .collect()
}

fn etcdplan() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_etcdplan"));
    command
        .env("NO_COLOR", "1")
        .env("PATH", "/nowhere")
        .kill_on_drop(true);
    command
}

fn told(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

/// Every file of a folder, hidden ones too.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn what_is_restored_is_what_was_written() {
    for program in Program::newest() {
        println!("etcd {}", program.version);
        let servers = Servers::start(&program, 3);
        let folder = tempfile::tempdir().unwrap();
        let written = run(async {
            let seen = settled(&mut servers.cluster(), 3).await;
            let written = write(&servers, 300).await;
            let output = etcdplan()
                .args([
                    "backup",
                    "--format",
                    "json",
                    "--endpoints",
                    &servers.client_url(1),
                ])
                .arg("--etcdutl")
                .arg(servers.etcdutl())
                .arg("-o")
                .arg(folder.path())
                .output()
                .await
                .unwrap();
            assert!(output.status.success(), "{}", told(&output));
            let record: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            println!("{record:#}");
            let leader = seen.member(seen.leader.unwrap()).unwrap();
            assert_eq!(leader.role, Role::Voter);
            assert_ne!(record["from"], leader.label().as_str());
            assert_eq!(record["readBack"], true);
            // 300 writes and a deletion, after the first revision.
            assert_eq!(record["revision"], 302);
            let name = Path::new(record["path"].as_str().unwrap())
                .file_name()
                .unwrap();
            let name = name.to_str().unwrap();
            assert!(BackupName::parse(name).is_some(), "{name}");
            assert!(name.starts_with(&format!("etcd-{}-rev302-", seen.cluster_id)));
            written
        });
        let [backup] = &files(folder.path())[..] else {
            panic!("{:?}", files(folder.path()));
        };
        assert_eq!(
            fs::metadata(backup).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let restored = Servers::restored(&program, backup);
        let found = run(async {
            settled(&mut restored.cluster(), 1).await;
            content(&restored).await
        });
        assert_eq!(written.len(), 89);
        assert!(
            found == written,
            "{} of {} keys",
            found.len(),
            written.len()
        );
    }
}

/// A backup of a cluster of one that has something in it.
async fn backup(servers: &Servers, folder: &Path) -> PathBuf {
    settled(&mut servers.cluster(), 1).await;
    write(servers, 200).await;
    let output = save(servers, &servers.client_url(1), folder)
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let found = files(folder);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn save(servers: &Servers, endpoint: &str, folder: &Path) -> Command {
    let mut command = etcdplan();
    command.args(["backup", "--endpoints", endpoint, "--etcdutl"]);
    command.arg(servers.etcdutl()).arg("-o").arg(folder);
    command
}

#[test]
fn a_file_that_is_cut_or_changed_is_found() {
    with(1, &async |servers: &mut Servers| {
        let folder = tempfile::tempdir().unwrap();
        let path = backup(servers, folder.path()).await;
        let whole = fs::read(&path).unwrap();
        let tool = Tool::Program(servers.etcdutl());
        let content = inspect(&path, &tool).await.unwrap().outcome.unwrap();
        assert!(
            matches!(content.reading, Reading::Read { revision: 202, .. }),
            "{content:?}"
        );
        let mut dice = Dice(0x2545_f491_4f6c_dd1d);
        let bad = folder.path().join("bad");
        for i in 0..60 {
            let at = dice.below(whole.len());
            let mut bytes = whole.clone();
            if i % 2 == 0 {
                bytes[at] ^= 1 << dice.below(8);
            } else {
                bytes.truncate(at);
            }
            fs::write(&bad, &bytes).unwrap();
            let found = inspect(&bad, &Tool::Absent).await.unwrap();
            assert!(
                found.outcome.is_err(),
                "{i}: {at} of {}: {found:?}",
                whole.len()
            );
        }
        // One byte less, one more, and one page less are told of, and the good one with them.
        let mut more = whole.clone();
        more.push(0);
        for bytes in [
            &whole[..whole.len() - 1],
            &more[..],
            &whole[..whole.len() - 4096],
        ] {
            fs::write(&bad, bytes).unwrap();
            let mut verify = etcdplan();
            verify
                .args(["backup", "verify", "--etcdutl"])
                .arg(servers.etcdutl());
            let output = verify.arg(&bad).arg(&path).output().await.unwrap();
            let told = told(&output);
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(told.contains("E0474") || told.contains("E0475"), "{told}");
            assert!(told.contains("revision  202"), "{told}");
            assert!(told.contains("2 files checked, 1 bad"), "{told}");
        }
    });
}

#[test]
fn a_stream_that_is_cut_or_changed_leaves_no_file() {
    with(1, &async |servers: &mut Servers| {
        let folder = tempfile::tempdir().unwrap();
        let path = backup(servers, folder.path()).await;
        let length = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
        fs::remove_file(&path).unwrap();
        let server: SocketAddr = format!("{}:2379", servers.address(1)).parse().unwrap();
        let mut dice = Dice(0x1405_7b7e_f767_814f);
        let mut codes = Vec::new();
        let code = Regex::new("E04[0-9]{2}").unwrap();
        for i in 0..12 {
            // Past what the other questions take, and what HTTP/2 says before.
            let at = 200_000 + dice.below(length - 250_000);
            let mischief = if i % 3 == 0 {
                Mischief::Cut(at)
            } else {
                Mischief::Flip(at)
            };
            let door: SocketAddr = format!("{}:{}", servers.address(9), 3000 + i)
                .parse()
                .unwrap();
            let meddler = Meddler::open(door, server, mischief).await;
            let endpoint = format!("http://{door}");
            let output = save(servers, &endpoint, folder.path())
                .output()
                .await
                .unwrap();
            let told = told(&output);
            assert!(meddler.is_done(), "{mischief:?}: {told}");
            assert_eq!(output.status.code(), Some(1), "{mischief:?}: {told}");
            assert_eq!(
                files(folder.path()),
                [""; 0].map(PathBuf::from),
                "{mischief:?}"
            );
            codes.push(code.find(&told).expect("it has a code").as_str().to_owned());
        }
        println!("{codes:?}");
        // Most bytes are of the database; some are HTTP/2's own.
        assert!(codes.iter().any(|code| code == "E0474"), "{codes:?}");
        assert!(codes.iter().any(|code| code == "E0473"), "{codes:?}");
        assert!(
            codes.iter().all(|code| code == "E0473" || code == "E0474"),
            "{codes:?}"
        );
    });
}

#[test]
fn a_disk_that_runs_full_leaves_no_file() {
    with(1, &async |servers: &mut Servers| {
        let folder = tempfile::tempdir().unwrap();
        fs::remove_file(backup(servers, folder.path()).await).unwrap();
        // No file may be longer than 64 blocks of at most 1 KiB.
        let mut full = Command::new("sh");
        full.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_etcdplan"))
            .args(["backup", "--endpoints", &servers.client_url(1), "-o"])
            .arg(folder.path());
        let output = full.output().await.unwrap();
        let said = told(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("E0472") && said.contains("too large"),
            "{said}"
        );
        assert_eq!(files(folder.path()), [""; 0].map(PathBuf::from));
        // Where nothing is free, nothing is begun.
        let output = save(servers, &servers.client_url(1), Path::new("/proc"))
            .output()
            .await;
        let said = told(&output.unwrap());
        assert!(
            said.contains("E0471") && said.contains("0 B are free"),
            "{said}"
        );
    });
}

#[test]
fn an_interruption_leaves_no_file() {
    with(1, &async |servers: &mut Servers| {
        let folder = tempfile::tempdir().unwrap();
        fs::remove_file(backup(servers, folder.path()).await).unwrap();
        let server: SocketAddr = format!("{}:2379", servers.address(1)).parse().unwrap();
        let door: SocketAddr = format!("{}:3000", servers.address(9)).parse().unwrap();
        let meddler = Meddler::open(door, server, Mischief::Stop(1_000_000)).await;
        let mut saving = save(servers, &format!("http://{door}"), folder.path());
        let saving = saving
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !meddler.is_done() || files(folder.path()).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let pid = i32::try_from(saving.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::INT).unwrap();
        let output = saving.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", told(&output));
        assert_eq!(files(folder.path()), [""; 0].map(PathBuf::from));
    });
}

#[test]
fn only_so_many_are_kept() {
    let program = Program::newest().pop().expect("some version is here");
    let servers = Servers::start(&program, 1);
    let folder = tempfile::tempdir().unwrap();
    let stranger = folder.path().join("etcd-1-rev1-20200101T000000Z.db");
    fs::write(&stranger, "").unwrap();
    run(async {
        let first = backup(&servers, &folder.path().join("deep")).await;
        let mut left = vec![first];
        for _ in 0..3 {
            client(&servers).await.put("more", "", None).await.unwrap();
            let mut command = save(&servers, &servers.client_url(1), left[0].parent().unwrap());
            let output = command.args(["--keep", "2"]).output().await.unwrap();
            assert!(output.status.success(), "{}", told(&output));
            let path = String::from_utf8(output.stdout).unwrap();
            left.push(PathBuf::from(path.lines().next().unwrap()));
            left.drain(..left.len() - 2);
            let mut found = files(left[0].parent().unwrap());
            found.sort();
            assert_eq!(found, left);
        }
    });
    assert!(stranger.is_file());
}

#[test]
fn only_root_may_take_one() {
    with(1, &async |servers: &mut Servers| {
        settled(&mut servers.cluster(), 1).await;
        let mut auth = client(servers).await;
        auth.user_add("root", "secret", None).await.unwrap();
        auth.user_add("guest", "secret", None).await.unwrap();
        auth.role_add("root").await.unwrap();
        auth.user_grant_role("root", "root").await.unwrap();
        auth.auth_enable().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let save_as = async |user: &str| {
            let mut command = save(servers, &servers.client_url(1), folder.path());
            command
                .args(["--user", user])
                .env("ETCDPLAN_PASSWORD", "secret");
            command.output().await.unwrap()
        };
        let output = save_as("guest").await;
        let said = told(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("E0473") && said.contains("the role `root`"),
            "{said}"
        );
        assert_eq!(files(folder.path()), [""; 0].map(PathBuf::from));
        let output = save_as("root").await;
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!(files(folder.path()).len(), 1);
    });
}
