//! The names of members in the topology file that stands on the command line.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap_complete::engine::CompletionCandidate;

use crate::render::shell::quoted;
use crate::topology::{self, Topology};

use super::super::input;

/// What `--replace` may name.
pub(in crate::cli) fn replaceable(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, &[])
}

/// What `--restart` may name.
pub(in crate::cli) fn restartable(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, &["all"])
}

fn candidates(current: &OsStr, more: &[&str]) -> Vec<CompletionCandidate> {
    let words: Vec<String> = env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .skip_while(|word| word != "--")
        .collect();
    let begun = current.to_string_lossy();
    let names = of_line(&words).unwrap_or_default();
    let all = names
        .into_iter()
        .chain(more.iter().map(ToString::to_string));
    all.filter(|name| name.starts_with(&*begun))
        .map(CompletionCandidate::new)
        .collect()
}

/// The names in the file of a command line, in its order.
fn of_line(words: &[String]) -> Option<Vec<String>> {
    let file = file(words)?;
    // Whoever presses TAB does not wait for a pipe.
    if !file.is_file() {
        return None;
    }
    let bytes = input::topology_bytes(&file).ok()?;
    let loaded = topology::read("", &bytes).ok()?;
    Some(offered(&loaded.topology))
}

/// A shell puts a name into the line as it stands, and runs the line: a name that it would take for
/// more than a word is not offered.
fn offered(topology: &Topology) -> Vec<String> {
    let names = topology.members.iter().map(|member| member.name.as_str());
    names
        .filter(|name| quoted(name) == **name)
        .map(str::to_owned)
        .collect()
}

/// The file that a command line names, as the shell would find it.
fn file(words: &[String]) -> Option<PathBuf> {
    let mut words = words.iter().map(String::as_str).peekable();
    let mut file = None;
    while let Some(word) = words.next() {
        let named = match word {
            "-f" | "--file" => {
                // bash takes `--file=x` apart.
                words.next_if_eq(&"=");
                words.next()
            }
            _ => word
                .strip_prefix("--file=")
                .or_else(|| word.strip_prefix("-f").filter(|rest| !rest.is_empty())),
        };
        file = named.or(file);
    }
    let file = file.filter(|file| !file.is_empty())?;
    Some(match (file.strip_prefix("~/"), env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        (Some(_), None) | (None, _) => Path::new(file).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(line: &str) -> Option<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        file(&words).map(|file| file.display().to_string())
    }

    #[test]
    fn the_file_is_found_wherever_it_stands() {
        for line in [
            "etcdplan plan -f a.yaml --restart ",
            "etcdplan plan --restart m1 --file a.yaml",
            "etcdplan plan --file=a.yaml --restart ",
            "etcdplan plan --file = a.yaml --restart ",
            "etcdplan plan -fa.yaml --restart ",
            "etcdplan plan -f b.yaml -f a.yaml --restart ",
        ] {
            assert_eq!(named(line).as_deref(), Some("a.yaml"), "{line}");
        }
        assert_eq!(named("etcdplan plan --restart "), None);
        assert_eq!(named("etcdplan plan --restart m1 -f"), None);
    }

    #[test]
    fn what_a_shell_would_obey_is_not_offered() {
        let member = |number: u32, name: &str| {
            format!(
                "  - {{ name: {name}, peerURLs: [http://a:{number}1], clientURLs: [http://a:{number}2] }}\n"
            )
        };
        let names = ["m1", "'$(reboot)'", "a;b", "größer", "\"\\e[2Jx\""];
        let members: String = (1..).zip(names).map(|(n, name)| member(n, name)).collect();
        let text = format!("apiVersion: etcdplan/v1\ncluster: {{ name: a }}\nmembers:\n{members}");
        match topology::load("", &text.replace("\"\\e[2Jx\"", "z")) {
            Ok(loaded) => assert_eq!(offered(&loaded.topology), ["m1", "z"]),
            Err(problems) => panic!("{problems:?}"),
        }
    }
}
