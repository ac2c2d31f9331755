//! Plans of many clusters in one run. What goes wrong with one hides nothing of the others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::plan;
use crate::plan::fleet::{Failed, Fleet, Problem};
use crate::render::Notice;

use super::args::Plan;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::plan::Task;

/// How many clusters are asked at once: each waits for its own network.
const AT_ONCE: usize = 16;

/// What was asked for with `-f`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Files {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

impl Files {
    /// Looks into folders; one file is a fleet only in a folder.
    pub(super) fn of(given: &[PathBuf]) -> Result<Self, Failure> {
        if let [path] = given
            && !path.is_dir()
        {
            return Ok(Self::One(path.clone()));
        }
        let mut files = Vec::new();
        for path in given {
            if path.is_dir() {
                files.extend(topologies(path)?);
            } else {
                files.push(path.clone());
            }
        }
        Ok(Self::Many(files))
    }
}

/// The topology files of a folder, in the order of their names.
fn topologies(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = folder.display();
    let unreadable = |error| Failure::error(format!("cannot read {shown}: {error}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if is_yaml && !name.starts_with(b".") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::error(format!("{shown} holds no .yaml file")));
    }
    Ok(files)
}

/// Prints every plan, and then what went wrong.
pub(super) fn run(console: &Console, arguments: &Plan, files: &[PathBuf]) -> Result<Exit, Failure> {
    possible(arguments)?;
    let saved = arguments.out.as_deref();
    let saved = saved.map(|folder| places(folder, files)).transpose()?;
    let made = each(files, |file| {
        let live = arguments
            .live
            .as_deref()
            .map(|folder| recording(folder, file));
        let task = Task {
            file,
            live: live.as_deref(),
            requests: &arguments.requests,
            connection: &arguments.connection,
        };
        task.plan()
    });
    let mut plans = Vec::new();
    let mut failures = Vec::new();
    let mut notices = Vec::new();
    for (index, (file, made)) in files.iter().zip(made).enumerate() {
        match made {
            Ok(plan) => {
                if let Some(place) = saved.as_ref().and_then(|saved| saved.get(index)) {
                    output::save(place, &plan)?;
                }
                plans.push(plan);
            }
            Err(failure) => {
                failures.push(Failed {
                    file: file.display().to_string(),
                    problems: failure.notices.iter().map(Problem::from).collect(),
                });
                notices.extend(
                    failure
                        .notices
                        .into_iter()
                        .map(|notice| about(file, notice)),
                );
            }
        }
    }
    let fleet = Fleet::new(plans, failures);
    let (format, files) = (arguments.format, &arguments.write);
    output::print(console, (&fleet).into(), format, files, None)?;
    ended(&fleet, notices, arguments.detailed_exitcode)
}

/// How it ends: the worst of all (DESIGN 7).
fn ended(fleet: &Fleet, mut notices: Vec<Notice>, detailed: bool) -> Result<Exit, Failure> {
    let refusals = fleet.plans.iter().flat_map(|plan| {
        let about = |refusal| {
            let mut notice = Notice::refused(refusal);
            notice.message = format!("{}: {}", plan.source.file, notice.message);
            notice
        };
        plan.refusals.iter().map(about).collect::<Vec<_>>()
    });
    notices.extend(refusals);
    let exit = match fleet.summary {
        summary if summary.failed > 0 => Exit::Error,
        summary if summary.refused > 0 => Exit::Refused,
        summary if summary.changed > 0 && detailed => return Ok(Exit::Changes),
        _ => return Ok(Exit::Done),
    };
    Err(Failure { exit, notices })
}

/// Fails where something was asked for that is of one cluster.
fn possible(arguments: &Plan) -> Result<(), Failure> {
    let of_one = [
        (!arguments.connection.endpoints.is_empty(), "--endpoints"),
        (!arguments.requests.replace.is_empty(), "--replace"),
        (!arguments.requests.restart.is_empty(), "--restart"),
        (arguments.requests.allow_outage, "--allow-outage"),
        (
            arguments.files.iter().any(|file| file == Path::new("-")),
            "-f -",
        ),
    ];
    match of_one.iter().find(|(is_given, _)| *is_given) {
        None => Ok(()),
        Some((_, flag)) => Err(Failure::new(
            Exit::Usage,
            Notice::error(format!(
                "{flag} is for one cluster, and there are several files"
            )),
        )),
    }
}

/// Where the plan of each file is saved: `NAME.plan.json` for `NAME.yaml`.
fn places(folder: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut taken: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    let mut places = Vec::new();
    for file in files {
        let mut name = file.file_stem().unwrap_or_default().to_owned();
        name.push(".plan.json");
        let place = folder.join(name);
        if let Some(other) = taken.insert(place.clone(), file) {
            let message = format!(
                "the plans of {} and {} would both be {}",
                other.display(),
                file.display(),
                place.display()
            );
            return Err(Failure::error(message));
        }
        places.push(place);
    }
    let shown = folder.display();
    fs::create_dir_all(folder)
        .map_err(|error| Failure::error(format!("cannot make {shown}: {error}")))?;
    Ok(places)
}

/// Where the recording of a file's cluster is: `NAME.json` for `NAME.yaml`.
fn recording(folder: &Path, file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(".json");
    folder.join(name)
}

/// Does something for each file, several at once; the results are in the order of the files.
fn each(
    files: &[PathBuf],
    work: impl Fn(&Path) -> Result<plan::Plan, Failure> + Sync,
) -> Vec<Result<plan::Plan, Failure>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(file) = files.get(index)
        {
            done.push((index, work(file)));
        }
        done
    };
    let mut done: Vec<_> = thread::scope(|scope| {
        let workers = 0..AT_ONCE.min(files.len());
        let workers: Vec<_> = workers.map(|_| scope.spawn(worker)).collect();
        let ended = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ended.flatten().collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, made)| made).collect()
}

/// A notice that says of which file no plan could be made.
fn about(file: &Path, mut notice: Notice) -> Notice {
    let file = file.display().to_string();
    if notice.file.as_ref() != Some(&file) {
        notice.message = format!("{file}: {}", notice.message);
    }
    notice.file.get_or_insert(file);
    notice
}
