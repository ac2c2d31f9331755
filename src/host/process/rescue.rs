//! What a recovery does at a place: look, put the old data aside, make new data of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::apply::HostError;
use crate::apply::host_action::{HostAction, Rescue};
use crate::host::failure::{failed, refused};
use crate::host::process::snapshot::{self, Seed};
use crate::host::process::{data_of, holding, running};
use crate::host::{copy, orphans, place, salvage, wal};
use crate::member::ClusterId;
use crate::remains::Remnant;

/// What a data directory is called while it is made.
const UNFINISHED: &str = "data.restoring";

/// Looks at a place.
pub(super) fn check(home: &Path) -> Result<Remnant, HostError> {
    place::look(&data_of(home), None, running::is_running(home)).map_err(failed)
}

/// Gives the old data a name at which nothing starts it. Repeatable.
pub(super) fn put_aside(action: &HostAction, home: &Path) -> Result<(), HostError> {
    let rescue = rescue(action)?;
    let data = data_of(home);
    // Where the cluster keeps its id, the data of both looks the same.
    let is_new = Some(rescue.new_cluster) != rescue.old_cluster
        && cluster_of(&data) == Some(rescue.new_cluster);
    if copy::is_empty(&data) || is_new {
        return Ok(());
    }
    if running::is_running(home) {
        return Err(refused(format!("etcd still runs in {}", home.display())));
    }
    let aside = aside(home, rescue);
    if aside.exists() {
        return Err(refused(format!(
            "{} is there already, and so is {}: put one of them elsewhere",
            aside.display(),
            data.display()
        )));
    }
    fs::rename(&data, &aside).map_err(failed)?;
    holding::forget(home).map_err(failed)
}

/// Makes new data from a backup, or from what was put aside; gives what whoever is there should know.
/// Repeatable.
pub(super) async fn restore(
    etcd: &Path,
    action: &HostAction,
    home: &Path,
) -> Result<Option<&'static str>, HostError> {
    let rescue = rescue(action)?;
    let data = data_of(home);
    if cluster_of(&data) == Some(rescue.new_cluster) {
        return Ok(None);
    }
    if !copy::is_empty(&data) {
        return Err(refused(format!(
            "{} holds data already; put it aside first",
            data.display()
        )));
    }
    let unfinished = home.join(UNFINISHED);
    orphans::end(&unfinished, &snapshot::RESTORE).await?;
    copy::cleared(&unfinished).map_err(failed)?;
    copy::cleared(&data).map_err(failed)?;
    fs::create_dir_all(home).map_err(failed)?;
    let seed = match &rescue.backup {
        Some(path) => Seed::Backup(PathBuf::from(path)),
        None => Seed::Directory(aside(home, rescue)),
    };
    let told = snapshot::restore(etcd, action, rescue, &seed, &unfinished).await?;
    fs::rename(&unfinished, &data).map_err(failed)?;
    holding::note(action, home).map_err(failed)?;
    Ok(told)
}

/// Makes the member the only one of its cluster, where its data is. Repeatable.
pub(super) async fn force_new(
    etcd: &Path,
    action: &HostAction,
    home: &Path,
) -> Result<(), HostError> {
    let data = data_of(home);
    if copy::is_empty(&data) {
        return Err(refused(format!("{} holds no data", data.display())));
    }
    if running::is_running(home) {
        return Err(refused(format!("etcd still runs in {}", home.display())));
    }
    let quota = action.settings.env.get(salvage::QUOTA).map(String::as_str);
    salvage::begin_anew(etcd, quota, &data, None).await
}

fn rescue(action: &HostAction) -> Result<&Rescue, HostError> {
    let missing = || refused("this is done in a recovery only".to_owned());
    action.rescue.as_ref().ok_or_else(missing)
}

fn aside(home: &Path, rescue: &Rescue) -> PathBuf {
    let mut name = data_of(home).into_os_string();
    name.push(&rescue.aside);
    name.into()
}

fn cluster_of(data: &Path) -> Option<ClusterId> {
    wal::owner(&wal::within(data)).map(|owner| owner.cluster)
}
