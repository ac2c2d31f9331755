//! Logging in: at the endpoint that accepts a connection first, for as long as it can come to anything.
//!
//! A login passes through raft, so that without a leader nobody can log in, and etcd says so after
//! 7 s. With one it takes as long as etcd needs to hash the password: 50 ms, and seconds where the
//! processor is busy. Which of the two it is, a member shows to everybody.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep, sleep_until};

use crate::apply::Obstacle;
use crate::etcd::connect::dial;
use crate::etcd::connect::session::LoginError;
use crate::etcd::connect::tls::Protocol;
use crate::etcd::connect::{Access, Connections};
use crate::etcd::probe::page;
use crate::url::Url;

/// After how long it is asked whether there is a leader.
const PROMPT: Duration = Duration::from_secs(1);

/// How long a login may take where nobody shows whether there is one.
const UNSURE: Duration = Duration::from_secs(3);

/// How long where there is one: longer than etcd itself waits.
const LED: Duration = Duration::from_secs(8);

/// Logs in, if that is wanted and not done: at the endpoint that accepts a connection first, and at
/// the next where that one is no help. Where nobody is, nothing is said here: the questions that
/// follow will tell why.
pub(super) async fn log_in(
    connections: &mut Connections,
    endpoints: &[Url],
) -> Result<(), (Url, Obstacle)> {
    let access = connections.access().clone();
    let Some(session) = access.session() else {
        return Ok(());
    };
    if session.token().is_some() {
        return Ok(());
    }
    let mut accepting = FuturesUnordered::new();
    for endpoint in endpoints {
        let Ok(channel) = connections.channel(endpoint).await else {
            continue;
        };
        let access = &access;
        accepting.push(async move {
            let dialled = dial::dial(endpoint, &access.tls, Protocol::Http2, access.limit).await;
            dialled.ok().map(|_| (endpoint, channel))
        });
    }
    let begun = Instant::now();
    let mut end = begun + UNSURE;
    let mut patience = end;
    let mut asked = FuturesUnordered::new();
    let mut led = pin!(async {
        sleep(PROMPT).await;
        is_led(endpoints, &access).await
    });
    let mut is_told = false;
    while !(accepting.is_empty() && asked.is_empty()) {
        let is_late = Instant::now() >= patience;
        tokio::select! {
            Some(found) = accepting.next(), if asked.is_empty() || is_late => {
                let Some((endpoint, channel)) = found else { continue };
                patience = Instant::now() + access.limit;
                let session = Arc::clone(session);
                asked.push(async move { (endpoint, session.log_in(&channel).await) });
            }
            Some((endpoint, answer)) = asked.next() => match answer {
                Ok(()) | Err(LoginError::NoUsers) => return Ok(()),
                Err(LoginError::Denied) => {
                    let user = session.user().to_owned();
                    return Err((endpoint.clone(), Obstacle::Login { user }));
                }
                Err(LoginError::Unclear) => {}
            },
            told = &mut led, if !is_told => {
                is_told = true;
                match told {
                    Some(true) => end = begun + LED,
                    Some(false) => break,
                    None => {}
                }
            }
            () = sleep_until(patience), if !is_late => {}
            () = sleep_until(end) => break,
        }
    }
    Ok(())
}

/// Whether any of them knows a leader; nothing where none shows it.
async fn is_led(endpoints: &[Url], access: &Access) -> Option<bool> {
    let pages = endpoints.iter().map(|url| page::metrics(url, access));
    let pages = join_all(pages).await;
    let words = pages.iter().flatten().filter_map(|page| page.own);
    words
        .map(|word| word.has_leader)
        .reduce(|one, other| one || other)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::etcd::connect::credentials::{Credentials, Login};
    use crate::etcd::connect::secret::Secret;

    #[test]
    fn nobody_waits_where_nobody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let login = Login {
            user: "root".to_owned(),
            password: Secret::new("secret".to_owned()),
        };
        let access = Access::new(Credentials {
            login: Some(login),
            ..Credentials::default()
        });
        let mut connections = Connections::new(access.unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let waited = runtime.block_on(async {
            let begun = Instant::now();
            let nobody = Url::parse(&format!("http://{address}")).unwrap();
            let logged_in = log_in(&mut connections, &[nobody]).await;
            assert!(logged_in.is_ok());
            begun.elapsed()
        });
        assert_eq!(waited, Duration::ZERO);
    }
}
