//! Where each setting comes from: a flag, our variable, the file, etcdctl's variable.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::authority::{Authority, Validity};

/// The places that have a setting, first the one that wins.
const PLACES: [&str; 4] = ["flag", "ours", "file", "etcdctl"];

/// Runs `etcdplan status` where only these places have a setting, each under its own name.
fn told(folder: &Path, places: &[&str], setting: &Setting) -> String {
    let has = |place: &str| places.contains(&place);
    let mut command = Command::new(env!("CARGO_BIN_EXE_etcdplan"));
    command.arg("status").env_clear();
    let value = |place: &str| (setting.value)(place);
    let field = if has("file") {
        let value = format!("{:?}", value("file"));
        let value = if setting.field == "endpoints" {
            format!("[{value}]")
        } else {
            value
        };
        format!("connect: {{ {}: {value} }}", setting.field)
    } else {
        String::new()
    };
    let file = folder.join("topology.yaml");
    let text = format!(
        "apiVersion: etcdplan/v1
cluster: {{ name: test }}
{field}
members:
- {{ name: m1, peerURLs: ['http://127.0.0.1:2'], clientURLs: ['http://127.0.0.1:1'] }}
"
    );
    fs::write(&file, text).unwrap();
    command.arg("-f").arg(&file);
    if has("flag") {
        command.args([setting.flag.to_owned(), value("flag")]);
    }
    for (place, prefix) in [("ours", "ETCDPLAN"), ("etcdctl", "ETCDCTL")] {
        if has(place) {
            command.env(format!("{prefix}_{}", setting.variable), value(place));
        }
    }
    if let Some(variable) = setting.other_half {
        command.env(variable, folder.join("good.crt"));
    }
    let ran = command.output().unwrap();
    String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap()
}

/// A setting, and how its value is seen in what is printed.
struct Setting {
    flag: &'static str,
    variable: &'static str,
    field: &'static str,
    value: fn(&str) -> String,
    /// What must be there as well, by etcdctl's variable.
    other_half: Option<&'static str>,
}

const SETTINGS: [Setting; 5] = [
    Setting {
        flag: "--cacert",
        variable: "CACERT",
        field: "caFile",
        value: |place| format!("/nowhere/{place}"),
        other_half: None,
    },
    Setting {
        flag: "--cert",
        variable: "CERT",
        field: "certFile",
        value: |place| format!("/nowhere/{place}"),
        other_half: Some("ETCDCTL_KEY"),
    },
    Setting {
        flag: "--user",
        variable: "USER",
        field: "user",
        value: str::to_owned,
        other_half: None,
    },
    Setting {
        flag: "--endpoints",
        variable: "ENDPOINTS",
        field: "endpoints",
        value: |place| format!("http://{place}.invalid:1"),
        other_half: None,
    },
    Setting {
        flag: "--key",
        variable: "KEY",
        field: "keyFile",
        value: |place| format!("/nowhere/{place}"),
        other_half: Some("ETCDCTL_CERT"),
    },
];

#[test]
fn the_first_place_that_has_it_wins() {
    let folder = tempfile::tempdir().unwrap();
    Authority::new(folder.path(), "ours").sign("good", &["good"], Validity::Now);
    for setting in &SETTINGS {
        for first in 0..PLACES.len() {
            let told = told(folder.path(), &PLACES[first..], setting);
            let seen = |place: &str| told.contains(&shown(setting, place));
            assert!(seen(PLACES[first]), "{} {first}: {told}", setting.flag);
            for other in &PLACES[first + 1..] {
                assert!(!seen(other), "{} {first}: {told}", setting.flag);
            }
        }
    }
}

/// How a value is told of.
fn shown(setting: &Setting, place: &str) -> String {
    match setting.flag {
        "--user" => format!("`{place}`"),
        "--endpoints" => format!("{place}.invalid"),
        _ => format!("/nowhere/{place}"),
    }
}
