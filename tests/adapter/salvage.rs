//! What a member's log holds and it does not know to be committed: etcd drops it where one begins anew
//! alone, and `etcdplan salvage` keeps it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use etcd_client::{Client, GetOptions};
use etcdplan::host::wal;

use crate::servers::{Program, Servers, run, settled};

const KEYS: usize = 10;

/// How many of the keys are there.
async fn count(endpoint: &str) -> usize {
    let mut client = Client::connect([endpoint], None).await.unwrap();
    let all = GetOptions::new().with_prefix().with_count_only();
    let answer = client.get("key/", Some(all)).await.unwrap();
    usize::try_from(answer.count()).unwrap()
}

/// Ends the log behind the entry of the last key, as a member leaves it that is killed before it hears that
/// its entry is committed. What the server itself proposes, as the version of the cluster, may come later.
fn forget_commit(data: &Path) {
    let log = wal::within(data);
    let mut segments: Vec<_> = fs::read_dir(&log)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wal"))
        .collect();
    segments.sort();
    let segment = segments.last().unwrap();
    let bytes = fs::read(segment).unwrap();
    let last = format!("key/{}", KEYS - 1);
    let (mut at, mut end) = (0, None);
    while let Some(head) = bytes.get(at..at + 8) {
        let field = u64::from_le_bytes(head.try_into().unwrap());
        let length = usize::try_from(field & ((1 << 56) - 1)).unwrap();
        if length == 0 {
            break;
        }
        let padding = if field >> 63 == 1 {
            usize::try_from((field >> 56) & 0b111).unwrap()
        } else {
            0
        };
        // The type stands first in a record: 2 is an entry.
        let record = &bytes[at + 8..at + 8 + length];
        at += 8 + length + padding;
        let is_entry = record.starts_with(&[0x08, 2]);
        if is_entry
            && record
                .windows(last.len())
                .any(|part| part == last.as_bytes())
        {
            end = Some(at);
        }
    }
    let end = end.expect("the last key is in the log");
    let file = File::options().write(true).open(segment).unwrap();
    let whole = u64::try_from(bytes.len()).unwrap();
    file.set_len(u64::try_from(end).unwrap()).unwrap();
    file.set_len(whole).unwrap();
}

/// What etcd itself keeps of it.
async fn kept_by_etcd(program: &Program, servers: &Servers, data: &Path) -> usize {
    let copy = tempfile::tempdir().unwrap();
    let to = copy.path().join("data");
    let copied = Command::new("cp").arg("-a").arg(data).arg(&to).status();
    assert!(copied.unwrap().success());
    let (client, peer) = (servers.client_url(2), servers.peer_url(2));
    let mut etcd = Command::new(&program.path)
        .args(["--force-new-cluster", "--data-dir"])
        .arg(&to)
        .args([
            "--listen-client-urls",
            &client,
            "--advertise-client-urls",
            &client,
        ])
        .args(["--listen-peer-urls", &peer])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while std::net::TcpStream::connect(client.trim_start_matches("http://")).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "etcd does not serve"
        );
        thread::sleep(Duration::from_millis(20));
    }
    let kept = count(&client).await;
    etcd.kill().unwrap();
    etcd.wait().unwrap();
    kept
}

#[test]
fn nothing_of_the_log_is_dropped() {
    for program in Program::newest() {
        println!("etcd {}", program.version);
        let mut servers = Servers::start(&program, 1);
        run(async {
            settled(&mut servers.cluster(), 1).await;
            let mut client = Client::connect([servers.client_url(1)], None)
                .await
                .unwrap();
            for i in 0..KEYS {
                client.put(format!("key/{i}"), "", None).await.unwrap();
            }
        });
        servers.kill(1);
        let data = servers.data(1);
        forget_commit(&data);
        let log = wal::read(&wal::within(&data)).unwrap().unwrap();
        assert!(log.committed < log.last.index, "{log:?}");
        let kept = run(kept_by_etcd(&program, &servers, &data));
        assert!(
            kept < KEYS,
            "etcd keeps all of it: there is nothing to show"
        );

        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("all.db");
        let salvage = |out: &str| {
            Command::new(env!("CARGO_BIN_EXE_etcdplan"))
                .current_dir(folder.path())
                .arg("salvage")
                .arg(&data)
                .args(["-o", out])
                .arg("--etcd")
                .arg(&program.path)
                .output()
                .unwrap()
        };
        let made = salvage("all.db");
        let said = String::from_utf8([made.stdout, made.stderr].concat()).unwrap();
        assert!(made.status.success(), "{said}");
        let owner = format!(
            "all of member {} of cluster {}",
            log.owner.member, log.owner.cluster
        );
        assert!(said.contains(&owner), "{said}");
        // Once more it finds the file there, and a folder is not made. The log was only read, and nothing is left beside it.
        assert_eq!(salvage("all.db").status.code(), Some(1));
        assert_eq!(salvage("nowhere/all.db").status.code(), Some(1));
        assert_eq!(wal::read(&wal::within(&data)).unwrap().unwrap(), log);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let restored = Servers::restored_with(&program, &database, &["--skip-hash-check"]);
        let found = run(async {
            settled(&mut restored.cluster(), 1).await;
            count(&restored.client_url(1)).await
        });
        assert_eq!(found, KEYS);
    }
}
