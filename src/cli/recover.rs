//! `etcdplan recover`: the way back from a lost quorum, as a plan. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::amount::Size;
use crate::apply::{Cluster as _, Depth, Hosts as _, ObserveError, recovery as places};
use crate::backup::BackupName;
use crate::etcd::backup::inspect;
use crate::host::Drivers;
use crate::member::MemberName;
use crate::plan::recovery::{self, Given, Options};
use crate::plan::{self};
use crate::remains::{Remains, Remnant};
use crate::render::Notice;
use crate::render::plain::plain;
use crate::topology::Topology;

use super::args::Recover;
use super::backup::tool;
use super::clock::time_of_day;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input::{self, Wanted};
use super::output::{self, Next};
use super::signals::Signals;
use super::{connection, invocation, plan as planning, runtime};

/// Looks at what is left, and prints the way back.
pub(super) fn run(console: &Console, arguments: &Recover) -> Result<Exit, Failure> {
    let wanted = input::topology(&arguments.file)?;
    let plan = runtime::block_on(planned(console, arguments, &wanted))??;
    if let Some(path) = &arguments.out {
        output::save(path, &plan)?;
    }
    let saved = arguments.out.as_ref();
    let command = saved.map(|path| invocation::apply_saved(path, &arguments.connection));
    let (format, files) = (arguments.format, &arguments.write);
    let next = command.as_deref().map(Next::Command);
    output::print(console, (&plan).into(), format, files, next)?;
    if let Some(path) = saved {
        planning::saved(console, format, path);
    }
    planning::refused(&plan)?;
    Ok(Exit::Done)
}

async fn planned(
    console: &Console,
    arguments: &Recover,
    wanted: &Wanted,
) -> Result<plan::Plan, Failure> {
    let mut signals = Signals::listen()?;
    let lost = arguments.lost.iter().map(|name| MemberName::parse(name));
    let lost: BTreeSet<MemberName> = lost
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::new(Exit::Usage, Notice::error(error.to_string())))?;
    let backup = match &arguments.backup {
        Some(path) => Some(given(arguments, path).await?),
        None => None,
    };
    let mut cluster = connection::cluster(Some(wanted), &arguments.connection)?;
    let seen = match signals.or_stop(cluster.observe(Depth::Whole)).await? {
        Ok(seen) => Some(seen),
        Err(ObserveError::NoAnswer { .. }) => signals.or_stop(cluster.told_by_peers()).await?,
        Err(error) => return Err(error.into()),
    };
    let mut say = |line: &str| console.note(&format!("{}\n", plain(line)));
    let mut hosts = Drivers::new(&wanted.topology, wanted.folder(), &mut say);
    let remains = Remains {
        looked_at: seen
            .as_ref()
            .map_or_else(time_of_day, |seen| seen.observed_at.clone()),
        places: look(&wanted.topology, &mut hosts).await?,
        seen,
    };
    let options = Options {
        source: wanted.source.clone(),
        warnings: wanted.warnings.clone(),
        lost,
        backup,
        foreign_backup: arguments.foreign_backup,
        in_place: arguments.in_place,
    };
    Ok(recovery::build(&wanted.topology, &remains, &options))
}

/// Looks at every place of the file. One that cannot be looked at stays unknown, and it is told why.
async fn look<O: crate::host::Output>(
    topology: &Topology,
    hosts: &mut Drivers<O>,
) -> Result<BTreeMap<MemberName, Remnant>, Failure> {
    let mut places = BTreeMap::new();
    for spec in &topology.members {
        let Some(action) = places::check(topology, spec.name.as_str()) else {
            continue;
        };
        match hosts.check(&action).await {
            Ok(Some(remnant)) => drop(places.insert(spec.name.clone(), remnant)),
            Ok(None) => {}
            Err(error) => hosts.tell(&format!("{}: {error}", spec.name)),
        }
    }
    Ok(places)
}

/// A backup that is whole, as far as can be seen here.
async fn given(arguments: &Recover, path: &Path) -> Result<Given, Failure> {
    let tool = tool(&arguments.reader).await;
    let inspection = inspect(path, &tool).await;
    let inspection = inspection.map_err(|error| input::unreadable(path, &error.to_string()))?;
    // What is not whole is no way back.
    let content = inspection.outcome.map_err(|error| Failure {
        exit: Exit::Refused,
        ..error.into()
    })?;
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.and_then(BackupName::parse);
    let absolute =
        std::path::absolute(path).map_err(|error| input::unreadable(path, &error.to_string()))?;
    Ok(Given {
        path: absolute.display().to_string(),
        sha256: content.sha256,
        size: Size(content.bytes),
        cluster: name.as_ref().map(BackupName::cluster_id),
        at: name.as_ref().map(|name| name.at().to_owned()),
    })
}
