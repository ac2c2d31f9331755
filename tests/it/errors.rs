//! Errors of commands: each with its code, its place, and a way out.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use etcdplan::apply::{ObserveError, Obstacle};
use etcdplan::cli::failure::Failure;
use etcdplan::etcd::CredentialsError;
use etcdplan::etcd::lock::AcquireError;
use etcdplan::render::palette::Palette;
use etcdplan::sandbox::SandboxError;
use insta::assert_snapshot;
use serde_json::Value;

use crate::program::run_in;

/// Both streams of a run in a folder, and its exit code.
fn told(folder: &Path, arguments: &[&str]) -> String {
    run_in(folder, arguments, &[]).told()
}

/// The repository: its examples and bad files.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn texts(failures: impl IntoIterator<Item = Failure>) -> String {
    let notices = failures.into_iter().flat_map(|failure| failure.notices);
    let texts: Vec<String> = notices.map(|notice| notice.text(Palette::Plain)).collect();
    texts.join("\n")
}

#[test]
fn looks_and_locks() {
    let endpoint = || "http://10.0.0.1:2379".to_owned();
    let unseen = [
        ObserveError::NoEndpoint,
        ObserveError::NoAnswer {
            tried: vec![
                (endpoint(), Obstacle::Refused),
                ("http://10.0.0.2:2379".to_owned(), Obstacle::Https),
            ],
        },
        ObserveError::ClustersDiffer {
            first: format!("{} (00000000000000c1)", endpoint()),
            second: "http://10.0.0.9:2379 (00000000000000c2)".to_owned(),
        },
        ObserveError::OtherMember {
            endpoint: endpoint(),
            expected: "m1 (0000000000000001)".to_owned(),
            answered: "m2 (0000000000000002)".to_owned(),
        },
    ];
    // What no server could be brought to do; `tests/connection` meets the others.
    let reason = || "in its own words".to_owned();
    let obstacles = [
        Obstacle::Tls { reason: reason() },
        Obstacle::Unsupported { reason: reason() },
    ];
    let unusable = obstacles.map(|obstacle| ObserveError::Unusable {
        endpoint: endpoint(),
        obstacle,
    });
    let no_roots = Failure::from(CredentialsError::NoRoots { reason: reason() });
    let refused = [
        AcquireError::Held {
            holder: "ann on box (pid 7), since 12:04".to_owned(),
        },
        AcquireError::Unreachable {
            reason: "no member answers".to_owned(),
        },
        AcquireError::Denied {
            reason: "etcdserver: permission denied".to_owned(),
        },
    ];
    let unseen = unseen.into_iter().chain(unusable).map(Failure::from);
    let refused = refused.into_iter().map(Failure::from);
    assert_snapshot!(texts(unseen.chain([no_roots]).chain(refused)));
}

#[test]
fn sandboxes() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path();
    fs::write(folder.join("file"), "").unwrap();
    fs::create_dir(folder.join("work")).unwrap();
    fs::write(folder.join("work/precious"), "work").unwrap();
    fs::create_dir(folder.join("stopped")).unwrap();
    fs::write(folder.join("stopped/.etcdplan-sandbox"), "").unwrap();
    let _taken = TcpListener::bind("127.77.2.1:2380").unwrap();
    let mut all = Vec::new();
    for arguments in [
        &["--dir", "work"][..],
        &["--dir", "stopped"],
        &["--dir", "file/sandbox"],
        &["--first-address", "10.0.0.1"],
        &["--first-address", "127.77.2.1", "--members", "1"],
        &[
            "--first-address",
            "127.77.2.2",
            "--members",
            "1",
            "--etcd",
            "no-such-etcd",
        ],
        &["--name", ""],
    ] {
        let words: Vec<&str> = ["sandbox", "up"].iter().chain(arguments).copied().collect();
        all.push(format!(
            "$ etcdplan {}\n{}",
            words.join(" "),
            told(folder, &words)
        ));
    }
    assert_snapshot!(all.join("\n"));
    assert!(!folder.join("sandbox").exists());
    // It takes a process that runs for a while and does not serve.
    let dir = "sandbox".into();
    let error = SandboxError::NoLeader { dir };
    assert_snapshot!(texts([Failure::from(error)]));
}

/// Files that are no recording, and those that cannot be read at all.
#[test]
fn recordings() {
    let desk = tempfile::tempdir().unwrap();
    let live = fs::read_to_string(Path::new(ROOT).join("examples/live/healthy.json")).unwrap();
    let id = "5ee545002b0071b9";
    let texts = [
        ("half.json", live.split_at(live.len() / 2).0.to_owned()),
        ("later.json", live.replace("\"1.0\"", "\"2.0\"")),
        ("twice.json", live.replacen("1c97f4d50f4ecbd9", id, 1)),
        ("role.json", live.replacen("\"voter\"", "\"größer\"", 1)),
    ];
    let file = Path::new(ROOT)
        .join("examples/grow.yaml")
        .display()
        .to_string();
    let mut all = String::new();
    for (name, text) in texts {
        fs::write(desk.path().join(name), text).unwrap();
        all += &told(desk.path(), &["plan", "-f", &file, "--live", name]);
    }
    fs::write(desk.path().join("latin-1.json"), b"\"gr\xf6\xdfer\"").unwrap();
    for name in ["latin-1.json", "nowhere.json", "."] {
        all += &told(desk.path(), &["plan", "-f", &file, "--live", name]);
    }
    assert_snapshot!(all);
    let json = told(
        desk.path(),
        &[
            "plan",
            "-f",
            &file,
            "--live",
            "role.json",
            "--format",
            "json",
        ],
    );
    let document: Value = serde_json::from_str(json.split("exit code").next().unwrap()).unwrap();
    let problem = &document["diagnostics"][0];
    assert_eq!(
        (&problem["code"], &problem["file"]),
        (&"E0131".into(), &"role.json".into())
    );
    let byte = usize::try_from(problem["ranges"][0]["start"]["byte"].as_u64().unwrap()).unwrap();
    let text = fs::read_to_string(desk.path().join("role.json")).unwrap();
    let (before, _) = text.split_at(byte);
    assert!(before.ends_with("\"größer"), "{before}");
}

/// The files of `tests/bad` that the forms for programs are tried with.
const BAD: [&str; 3] = [
    "tests/bad/E0111-one-address-written-twice.yaml",
    "tests/bad/E0102-among-others.yaml",
    "tests/bad/W0201-zone-spread.yaml",
];

#[test]
fn problems_as_workflow_commands() {
    let mut arguments = vec!["validate", "--format", "github", "nowhere.yaml"];
    arguments.extend(BAD);
    assert_snapshot!(told(Path::new(ROOT), &arguments));
    let good = ["validate", "--format", "github", "examples/grow.yaml"];
    assert_eq!(told(Path::new(ROOT), &good), "exit code 0\n");
}

/// What is told of a place is what stands there.
#[test]
fn problems_as_json() {
    let mut arguments = vec!["validate", "--format", "json", "nowhere.yaml"];
    arguments.extend(BAD);
    let json = told(Path::new(ROOT), &arguments);
    let (json, code) = json.rsplit_once("exit code ").unwrap();
    assert_eq!(code, "1\n");
    let document: Value = serde_json::from_str(json).unwrap();
    let mut lines = Vec::new();
    for problem in document["diagnostics"].as_array().unwrap() {
        lines.push(format!(
            "{} {} {}",
            problem["file"].as_str().unwrap(),
            problem["severity"].as_str().unwrap(),
            problem["code"].as_str().unwrap()
        ));
        for range in problem["ranges"].as_array().into_iter().flatten() {
            let text =
                fs::read_to_string(Path::new(ROOT).join(range["file"].as_str().unwrap())).unwrap();
            let number = |end: &str, what: &str| {
                usize::try_from(range[end][what].as_u64().unwrap()).unwrap()
            };
            let (start, end) = (number("start", "byte"), number("end", "byte"));
            for (end, byte) in [("start", start), ("end", end)] {
                let (before, _) = text.split_at(byte);
                let line = before.rsplit('\n').next().unwrap();
                assert_eq!(number(end, "line"), before.matches('\n').count() + 1);
                assert_eq!(number(end, "column"), line.chars().count() + 1);
            }
            lines.push(format!(
                "  `{}` {}",
                text.get(start..end).unwrap(),
                range["label"].as_str().unwrap()
            ));
        }
    }
    assert_snapshot!(lines.join("\n"));
}

/// Where more can be read is told once, and not to those who asked for less.
#[test]
fn more_is_told_of_codes() {
    let more = |arguments: &[&str]| -> Vec<String> {
        let told = told(Path::new(ROOT), arguments);
        told.lines()
            .filter(|line| line.starts_with("More: "))
            .map(str::to_owned)
            .collect()
    };
    let mut arguments = vec!["validate"];
    arguments.extend(BAD);
    let codes = "E0111 E0102 E0114 E0112";
    assert_eq!(
        more(&arguments),
        [format!("More: etcdplan explain {codes}")]
    );
    assert_eq!(
        more(&["plan", "-f", "nowhere.yaml"]),
        ["More: etcdplan explain E0130"]
    );
    assert_eq!(more(&["plan", "-q", "-f", "nowhere.yaml"]), [""; 0]);
    assert_eq!(more(&["validate", "examples/grow.yaml"]), [""; 0]);
    assert_eq!(more(&["plan"]), [""; 0]);
    let live = "examples/live/infra2-dead.json";
    assert_eq!(
        more(&["plan", "-f", "examples/replace.yaml", "--live", live]),
        ["More: etcdplan explain E0315 E0310"]
    );
}
