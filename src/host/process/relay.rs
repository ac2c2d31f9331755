//! A member's old peer address that leads to its new one, while the others still look for it there.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use process_wrap::std::{CommandWrap, ProcessSession};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::apply::HostError;
use crate::apply::host_action::HostAction;
use crate::host::failure::{failed, refused};
use crate::host::process::{pid_file, running};

/// The file that says which process relays, and what that said.
const NAME: &str = "relay.pid";
const LOG: &str = "relay.log";

/// How long it has to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(10);

/// Starts `etcdplan relay`, in a session of its own: it outlives a run that is interrupted. Repeatable.
pub(super) async fn open(action: &HostAction, home: &Path) -> Result<(), HostError> {
    let (old, new) = (&action.previous.peer_urls, &action.place.peer_urls);
    let (Some(old), Some(new)) = (old.first(), new.first()) else {
        return Err(refused("the member has no peer URL".to_owned()));
    };
    let file = home.join(NAME);
    if pid_file::read(&file).is_none() {
        launch(home, &file, old.authority(), new.authority()).map_err(failed)?;
    }
    let begun = Instant::now();
    while TcpStream::connect(old.authority()).await.is_err() {
        if pid_file::read(&file).is_none() || begun.elapsed() > PATIENCE {
            let log = home.join(LOG);
            return Err(refused(format!(
                "nothing listens at {}; see {}",
                old.authority(),
                log.display()
            )));
        }
        sleep(POLL).await;
    }
    Ok(())
}

fn launch(home: &Path, file: &Path, old: &str, new: &str) -> io::Result<()> {
    let program = std::env::current_exe()?;
    let log = File::create(home.join(LOG))?;
    let mut command = CommandWrap::with_new(program, |command| {
        command
            .args(["relay", old, new])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_or_else(|_| Stdio::null(), Stdio::from))
            .stderr(Stdio::from(log));
    });
    let child = command.wrap(ProcessSession).spawn()?;
    pid_file::write(file, child.id())
}

/// Ends it. Repeatable.
pub(super) async fn end(home: &Path) -> Result<(), HostError> {
    running::end(&home.join(NAME)).await.map_err(failed)
}
