//! What a command works on: a file or standard input, and the cluster behind it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::diff::Requests;
use crate::member::MemberName;
use crate::observation::{Observation, recording};
use crate::plan::{Diagnostic, Plan, Source, saved, sha256};
use crate::render::Notice;
use crate::topology::{self, Problem, Topology};

use super::args;
use super::diagnostics;
use super::exit::Exit;
use super::failure::Failure;

/// The largest recording that is read: a few kilobytes a member, with room.
const LARGEST_RECORDING: u64 = 16 << 20;

/// The largest saved plan that is read: a few kilobytes a step, with room.
const LARGEST_PLAN: u64 = 64 << 20;

/// A topology file, read and found valid.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// For the record.
    pub(super) source: Source,
    /// What is wanted.
    pub(super) topology: Topology,
    /// What people should know of the file.
    pub(super) warnings: Vec<Diagnostic>,
}

impl Wanted {
    /// The folder of the topology file: relative paths start there.
    pub(super) fn folder(&self) -> PathBuf {
        let file = std::path::absolute(&self.source.file).unwrap_or_default();
        file.parent().unwrap_or(Path::new(".")).to_owned()
    }
}

impl From<&Plan> for Wanted {
    /// What a saved plan was made from.
    fn from(plan: &Plan) -> Self {
        Self {
            source: plan.source.clone(),
            topology: plan.topology.clone(),
            warnings: Vec::new(),
        }
    }
}

/// Reads a topology file.
pub(super) fn topology(path: &Path) -> Result<Wanted, Failure> {
    let file = path.display().to_string();
    let bytes = topology_bytes(path)?;
    let loaded = topology::read(&file, &bytes).map_err(|problems| Failure {
        exit: Exit::Error,
        notices: diagnostics::notices(&problems),
    })?;
    let problems = &loaded.warnings;
    let warning = |problem: &Problem| Diagnostic {
        code: problem.code.to_string(),
        message: problem.message.clone(),
        details: vec![problem.help.clone()],
        steps: Vec::new(),
        line: problem
            .labels
            .first()
            .map(|label| problems.line_and_column(label.span.start).0),
    };
    let sha256 = sha256(&bytes);
    Ok(Wanted {
        source: Source { file, sha256 },
        warnings: problems.list.iter().map(warning).collect(),
        topology: loaded.topology,
    })
}

/// Reads a recorded observation.
pub(super) fn recorded(path: &Path) -> Result<Observation, Failure> {
    let text = text(path, LARGEST_RECORDING)?;
    recording::read(&text).map_err(|error| {
        let place = error.place();
        let mut failure = Failure::from(error);
        for notice in &mut failure.notices {
            let file = path.display().to_string();
            notice.message = format!("{file}: {}", notice.message);
            notice.ranges = vec![diagnostics::point(&file, &text, place)];
            notice.file = Some(file);
        }
        failure
    })
}

/// Reads a saved plan.
pub(super) fn saved(path: &Path) -> Result<Plan, Failure> {
    let text = text(path, LARGEST_PLAN)?;
    saved::read(&text).map_err(|error| {
        let mut failure = Failure::from(error);
        for notice in &mut failure.notices {
            let file = path.display().to_string();
            notice.message = format!("{file}: {}", notice.message);
            notice.file = Some(file);
        }
        failure
    })
}

/// What is asked for beyond the file; `all` are all members of the file.
pub(super) fn requests(
    arguments: &args::Requests,
    topology: &Topology,
) -> Result<Requests, Failure> {
    let named = |names: &[String]| -> Result<BTreeSet<MemberName>, Failure> {
        let parse = |name: &String| {
            MemberName::parse(name)
                .map_err(|error| Failure::new(Exit::Usage, Notice::error(error.to_string())))
        };
        names.iter().map(parse).collect()
    };
    let restart = if arguments.restart.iter().any(|name| name == "all") {
        let all = topology.members.iter().map(|member| member.name.clone());
        all.collect()
    } else {
        named(&arguments.restart)?
    };
    Ok(Requests {
        restart,
        replace: named(&arguments.replace)?,
    })
}

/// Reads the bytes of a topology file: all of them, or as many as tell that it is none.
pub(super) fn topology_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let most = u64::try_from(topology::SIZE_LIMIT + 1).unwrap_or(u64::MAX);
    bytes(path, most).map_err(|error| unreadable(path, &error.to_string()))
}

/// Reads a text.
fn text(path: &Path, limit: u64) -> Result<String, Failure> {
    let bytes = bytes(path, limit + 1).map_err(|error| unreadable(path, &error.to_string()))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
        let reason = format!("it is larger than {} MiB", limit >> 20);
        return Err(unreadable(path, &reason));
    }
    String::from_utf8(bytes).map_err(|error| unreadable(path, &error.utf8_error().to_string()))
}

/// Reads so many bytes of a file, or of standard input for `-`.
fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().take(most).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

pub(super) fn unreadable(path: &Path, reason: &str) -> Failure {
    let file = path.display().to_string();
    Failure::new(
        Exit::Error,
        Notice {
            code: Some("E0130".to_owned()),
            file: Some(file.clone()),
            ..Notice::error(format!("cannot read {file}: {reason}"))
        },
    )
}
