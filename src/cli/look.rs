//! `etcdplan observe`, `status`, and `adopt`: one look at a cluster, or one after the other.

use crate::apply::{Cluster as _, Depth};
use crate::render::Notice;

use super::args::{Observe, Status, StatusFormat};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::status::watch::{self, Display};
use super::{connection, input, observe, runtime, status};

/// Records what is live.
pub(super) fn observe(console: &Console, arguments: &Observe) -> Result<Exit, Failure> {
    let observation = connection::look(&arguments.target)?;
    console.document(&observe::document(&observation))?;
    console.tell(&format!("{}\n", observe::summary(&observation)));
    Ok(Exit::Done)
}

/// Shows how the cluster stands.
pub(super) fn status(console: &Console, arguments: &Status) -> Result<Exit, Failure> {
    let Status {
        target,
        format,
        watch,
    } = arguments;
    let wanted = target.file.as_deref().map(input::topology).transpose()?;
    let mut cluster = connection::cluster(wanted.as_ref(), &target.connection)?;
    if let Some(interval) = watch {
        let display = match format {
            StatusFormat::Text => Display::for_people(console, interval.0),
            StatusFormat::Json => Display::Lines { console },
            StatusFormat::Prometheus => return Err(no_scrape()),
        };
        return watch::run(&mut cluster, interval.0, display);
    }
    let observation = runtime::block_on(cluster.observe(Depth::Whole))??;
    let name = wanted
        .as_ref()
        .map(|wanted| wanted.topology.cluster.name.as_str());
    match format {
        StatusFormat::Text => console.page(&status::text(&observation))?,
        StatusFormat::Json => console.document(&status::json(&observation))?,
        StatusFormat::Prometheus => console.result(&status::prometheus(&observation, name))?,
    }
    Ok(Exit::Done)
}

/// Metrics are a file that is replaced as a whole.
fn no_scrape() -> Failure {
    let notice = Notice {
        details: vec![
            "let a timer write them, to a new file that then takes the place of the old one"
                .to_owned(),
        ],
        ..Notice::error("--watch shows text or JSON; metrics are of one look")
    };
    Failure::new(Exit::Usage, notice)
}
