//! Questions on their way, and what is still open.

use std::collections::BTreeSet;

use etcd_client::Client;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::apply::Obstacle;
use crate::etcd::answer::{Listed, StatusAnswer};
use crate::etcd::connect::Access;
use crate::etcd::probe::metrics::Metrics;
use crate::etcd::probe::{self, page};
use crate::observation::Witness;
use crate::url::Url;

/// What a URL is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Status,
    /// A linearizable read, and the member list behind it.
    Read,
    /// The member list as it is there.
    List,
    Metrics,
    /// Whether a peer URL accepts a connection.
    Port,
}

/// What it answered.
pub(super) enum Answer {
    Status(Result<StatusAnswer, Obstacle>),
    Read(Witness, Option<Vec<Listed>>),
    List(Result<Vec<Listed>, Obstacle>),
    Metrics(Option<Metrics>),
    Port(Witness),
}

type Asked = (Url, Question, Answer);

/// The questions of one look. All of them are on their way at once.
pub(super) struct Questions {
    access: Access,
    on_their_way: FuturesUnordered<LocalBoxFuture<'static, Asked>>,
    open: BTreeSet<(Url, Question)>,
}

impl Questions {
    /// None yet; each will have as long as a connection may take.
    pub(super) fn new(access: Access) -> Self {
        Self {
            access,
            on_their_way: FuturesUnordered::new(),
            open: BTreeSet::new(),
        }
    }

    /// The questions without an answer.
    pub(super) fn open(&self) -> impl Iterator<Item = &(Url, Question)> {
        self.open.iter()
    }

    /// Whether this one has no answer.
    pub(super) fn is_open(&self, url: &Url, question: Question) -> bool {
        self.open.contains(&(url.clone(), question))
    }

    /// The next answer; `None` if there are no questions.
    pub(super) async fn next(&mut self) -> Option<(Url, Answer)> {
        let Some((url, question, answer)) = self.on_their_way.next().await else {
            self.open.clear();
            return None;
        };
        self.open.remove(&(url.clone(), question));
        Some((url, answer))
    }

    /// Asks all that etcd's own API answers.
    pub(super) fn ask_calls(&mut self, endpoint: &Url, client: &Client) {
        let status = Box::pin(probe::status(
            client.clone(),
            endpoint.clone(),
            self.access.clone(),
        ));
        self.ask(endpoint, Question::Status, async {
            Answer::Status(status.await)
        });
        let read = Box::pin(probe::read(client.clone(), self.access.clone()));
        self.ask(endpoint, Question::Read, async {
            let (went_through, list) = read.await;
            Answer::Read(went_through, list)
        });
        let list = probe::list(client.clone(), self.access.clone());
        self.ask(endpoint, Question::List, async { Answer::List(list.await) });
    }

    /// Asks for the `/metrics` page.
    pub(super) fn ask_metrics(&mut self, endpoint: &Url) {
        let (url, access) = (endpoint.clone(), self.access.clone());
        self.ask(endpoint, Question::Metrics, async move {
            Answer::Metrics(page::metrics(&url, &access).await)
        });
    }

    /// Tries a peer URL.
    pub(super) fn ask_port(&mut self, peer: &Url) {
        let (url, limit) = (peer.clone(), self.access.limit);
        self.ask(peer, Question::Port, async move {
            Answer::Port(probe::port(&url, limit).await)
        });
    }

    fn ask(
        &mut self,
        url: &Url,
        question: Question,
        answer: impl Future<Output = Answer> + 'static,
    ) {
        self.open.insert((url.clone(), question));
        let url = url.clone();
        let asked = async move { (url, question, answer.await) };
        self.on_their_way.push(Box::pin(asked));
    }
}
