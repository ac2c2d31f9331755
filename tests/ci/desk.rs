//! The folder that a job works in, with the program on its PATH.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const PROGRAM: &str = env!("CARGO_BIN_EXE_etcdplan");

/// A checkout with topology files and recordings.
pub(crate) struct Desk {
    folder: TempDir,
    /// First on PATH.
    programs: TempDir,
}

/// How a program ended, and all that it printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) printed: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("live")).unwrap();
        let examples = Path::new(ROOT).join("examples");
        for name in [
            "as-it-is.yaml",
            "grow.yaml",
            "replace.yaml",
            "live/healthy.json",
            "live/infra2-dead.json",
        ] {
            fs::copy(examples.join(name), folder.path().join(name)).unwrap();
        }
        Self {
            folder,
            programs: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes what `change` makes of a file.
    pub(crate) fn derive(&self, from: &str, to: &str, change: impl Fn(String) -> String) {
        let before = self.read(from);
        let after = change(before.clone());
        assert_ne!(before, after, "the change finds its place in {from}");
        self.write(to, &after);
    }

    /// From here on `etcdplan plan` finds this recording where it would look at the cluster.
    pub(crate) fn make_live(&self, recording: &str) {
        let path = self.programs.path().join("etcdplan");
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = plan ]; then exec '{PROGRAM}' \"$@\" --live='{}'; fi\nexec '{PROGRAM}' \"$@\"\n",
            self.path().join(recording).display()
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Moves every address in these files to where no cluster of anybody's is.
    pub(crate) fn make_unreachable(&self, names: &[&str]) {
        for name in names {
            self.derive(name, name, |text| text.replace("//10.0.4.", "//127.9.4."));
        }
    }

    /// All files here, sorted.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(self.path()).unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// Runs a script as a step of a job: nothing of this process's environment but PATH.
    pub(crate) fn run(&self, shell: &[&str], environment: &[(String, String)]) -> Ran {
        let path = format!(
            "{}:{}:{}",
            self.programs.path().display(),
            Path::new(PROGRAM).parent().unwrap().display(),
            env::var("PATH").unwrap()
        );
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(shell[0])
            .args(&shell[1..])
            .current_dir(self.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path())
            .env("CI", "true")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [stdout, stderr].concat();
        Ran {
            code: status.code().expect("it ends by itself"),
            printed: String::from_utf8(text).unwrap(),
        }
    }
}

/// Variables as [`Desk::run`] takes them.
pub(crate) fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}
