//! What a person is told to do on a host: complete, and ready to be copied.

use std::fmt::Write as _;

use crate::apply::host_action::{ExpectedData, HostAction};
use crate::render::plain::plain;
use crate::topology::HostActionKind;

/// The instructions for an action.
pub fn of(action: &HostAction) -> String {
    let member = plain(action.member.as_str()).into_owned();
    let host = plain(&action.place.host).into_owned();
    let previous = plain(&action.previous.host).into_owned();
    let dir = |dir: &Option<String>| {
        dir.as_deref()
            .map_or_else(|| "its data directory".to_owned(), quoted)
    };
    let (here, there) = (dir(&action.place.data_dir), dir(&action.previous.data_dir));
    let mut text = format!("by hand, on {host}: ");
    // Writing to a string does not fail.
    let _ = match action.kind {
        HostActionKind::Start => {
            let expected = match action.data {
                ExpectedData::Empty => "empty: it joins as a new member",
                ExpectedData::Present => "with its data: never start it on an empty one",
                ExpectedData::Any => "as it is",
            };
            write!(
                text,
                "start etcd for {member}; {here} must be {expected}\n{}",
                process(action)
            )
        }
        HostActionKind::Restart => {
            write!(
                text,
                "restart etcd for {member} with these settings, on its data\n{}",
                process(action)
            )
        }
        HostActionKind::Stop => {
            writeln!(
                text,
                "stop etcd of {member}, and disable it: nothing may start it again"
            )
        }
        HostActionKind::MoveData => writeln!(
            text,
            "bring the data of {member} from {previous}:{there} to {here}, with etcd stopped;\n  \
             copy to a temporary name, compare, rename, and put the old directory aside"
        ),
        HostActionKind::Wipe => writeln!(text, "clear {here} of {member}; nothing may run on it"),
    };
    text
}

/// The environment and the command line of the process: either is enough.
fn process(action: &HostAction) -> String {
    let mut text = String::new();
    for (name, value) in action.etcd_environment() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  export {name}={}", quoted(&value));
    }
    text.push_str("  etcd\n");
    text
}

/// A word for a POSIX shell, with nothing in it that a terminal would obey.
fn quoted(word: &str) -> String {
    let word = plain(word);
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
