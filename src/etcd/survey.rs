//! One look at a whole cluster: every question to every endpoint at once.
//!
//! There are no rounds. The look begins with the endpoints that are known, and
//! each member list that arrives adds the places of its members. It ends when
//! no open question can change the observation: an endpoint that is a black
//! hole is hardly waited for once its member has answered elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout_at};

use crate::etcd::Reach;
use crate::etcd::answer::{Answers, Failure, Listed, StatusAnswer};
use crate::etcd::assembly::{Roll, highest_term, roll, unsettled};
use crate::etcd::connect::Connections;
use crate::etcd::metrics::Metrics;
use crate::etcd::places::places;
use crate::etcd::probe;
use crate::member::{MemberId, Role};
use crate::observation::Witness;
use crate::url::Url;

/// How long to wait before looking again at members that disagree.
///
/// Lists behind barriers converge in a few milliseconds, and so does the news
/// of a leader, with the next heartbeat: 100 ms by default, of which two thirds
/// have passed on average when a disagreement is seen at all.
const SECOND_LOOK: Duration = Duration::from_millis(60);

/// How long a look waits at least for endpoints that nobody needs.
///
/// One that is reached like the others answers in the time that they took, so
/// that a look waits as long again; the least is for those that took next to none.
const LEAST_GRACE: Duration = Duration::from_millis(50);

/// A question that has been asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Status,
    Read,
    List,
    Metrics,
    Port,
}

/// The answer to a question.
enum Answer {
    Status(Result<StatusAnswer, Failure>),
    Read(Witness, Option<Result<Vec<Listed>, Failure>>),
    List(Result<Vec<Listed>, Failure>),
    Metrics(Option<Metrics>),
    Port(Witness),
}

type Asked = (Url, Question, Answer);

/// A look at a cluster while it goes on.
pub(super) struct Survey<'a> {
    reach: &'a Reach,
    connections: &'a mut Connections,
    answers: Answers,
    open: BTreeSet<(Url, Question)>,
    questions: FuturesUnordered<LocalBoxFuture<'static, Asked>>,
}

impl<'a> Survey<'a> {
    /// Prepares a look; `observed_at` is the time it will carry.
    pub(super) fn new(
        reach: &'a Reach,
        connections: &'a mut Connections,
        observed_at: String,
    ) -> Self {
        let answers = Answers {
            observed_at,
            ..Answers::default()
        };
        Self {
            reach,
            connections,
            answers,
            open: BTreeSet::new(),
            questions: FuturesUnordered::new(),
        }
    }

    /// Asks everybody, and once more those that disagree.
    pub(super) async fn look(mut self) -> Answers {
        let reach = self.reach;
        for endpoint in reach.known_endpoints() {
            self.ask_endpoint(endpoint).await;
        }
        self.collect().await;
        if unsettled(&self.answers) {
            self.answers.earlier_term = highest_term(&self.answers);
            tokio::time::sleep(SECOND_LOOK).await;
            let sites = self.answers.sites.iter();
            let reached = sites.filter(|(_, site)| site.answered().is_some());
            let reached: Vec<Url> = reached.map(|(url, _)| url.clone()).collect();
            for endpoint in &reached {
                self.ask_rpcs(endpoint).await;
            }
            self.collect().await;
        }
        self.answers
    }

    /// Takes answers until nothing open matters, and a moment longer those of
    /// endpoints that we were told of: one may belong to another cluster.
    async fn collect(&mut self) {
        let began = Instant::now();
        while self.must_wait() {
            self.take_answer().await;
        }
        let grace = Instant::now() + began.elapsed().max(LEAST_GRACE);
        while self.told_of_more() {
            if timeout_at(grace, self.take_answer()).await.is_err() {
                return;
            }
        }
    }

    async fn take_answer(&mut self) {
        let Some((url, question, answer)) = self.questions.next().await else {
            self.open.clear();
            return;
        };
        self.open.remove(&(url.clone(), question));
        let listed = self.note(url, answer);
        for member in &listed {
            self.ask_member(member, &listed).await;
        }
    }

    /// Writes an answer down; gives the member list that came with it.
    fn note(&mut self, url: Url, answer: Answer) -> Vec<Listed> {
        if let Answer::Port(witness) = answer {
            self.answers.ports.insert(url, witness);
            return Vec::new();
        }
        let site = self.answers.sites.entry(url.clone()).or_default();
        let mut listed = None;
        match answer {
            Answer::Status(status) => {
                if status.is_err() {
                    self.connections.forget(&url);
                }
                site.status = Some(status);
            }
            Answer::Read(read, list) => {
                site.read = read;
                site.list = list.and_then(Result::ok);
                listed.clone_from(&site.list);
            }
            Answer::List(list) => {
                listed = list.as_ref().ok().cloned();
                site.local_list = Some(list);
            }
            Answer::Metrics(metrics) => site.metrics = metrics,
            Answer::Port(_) => {}
        }
        listed.unwrap_or_default()
    }

    async fn ask_member(&mut self, member: &Listed, list: &[Listed]) {
        for url in &member.peer_urls {
            if !self.answers.ports.contains_key(url) {
                self.answers.ports.insert(url.clone(), Witness::Unknown);
                let limit = self.reach.connect_timeout;
                let peer = url.clone();
                let port = async move { Answer::Port(probe::port(&peer, limit).await) };
                self.ask(url, Question::Port, port);
            }
        }
        if member.name.is_none() {
            return;
        }
        for place in places(member, list, self.reach) {
            self.ask_endpoint(&place.url).await;
        }
    }

    async fn ask_endpoint(&mut self, endpoint: &Url) {
        if self.answers.sites.contains_key(endpoint) {
            return;
        }
        self.answers.sites.entry(endpoint.clone()).or_default();
        self.ask_rpcs(endpoint).await;
        if self.open.contains(&(endpoint.clone(), Question::Status)) {
            let (url, limit) = (endpoint.clone(), self.reach.connect_timeout);
            let metrics = async move { Answer::Metrics(probe::metrics(&url, limit).await) };
            self.ask(endpoint, Question::Metrics, metrics);
        }
    }

    async fn ask_rpcs(&mut self, endpoint: &Url) {
        let limit = self.reach.connect_timeout;
        let client = match self.connections.client(endpoint, limit).await {
            Ok(client) => client,
            Err(failure) => {
                let site = self.answers.sites.entry(endpoint.clone()).or_default();
                site.status = Some(Err(failure));
                return;
            }
        };
        let status = probe::status(client.clone(), limit);
        self.ask(endpoint, Question::Status, async {
            Answer::Status(status.await)
        });
        let read = probe::read(client.clone(), limit);
        self.ask(endpoint, Question::Read, async {
            let (read, list) = read.await;
            Answer::Read(read, list)
        });
        let list = probe::list(client, limit);
        self.ask(endpoint, Question::List, async { Answer::List(list.await) });
    }

    fn ask(
        &mut self,
        url: &Url,
        question: Question,
        answer: impl Future<Output = Answer> + 'static,
    ) {
        self.open.insert((url.clone(), question));
        let url = url.clone();
        self.questions
            .push(Box::pin(async move { (url, question, answer.await) }));
    }

    /// Whether an endpoint that we were told of has not said yet whose it is.
    fn told_of_more(&self) -> bool {
        let mut told = self.reach.known_endpoints().into_iter();
        told.any(|url| self.open.contains(&(url.clone(), Question::Status)))
    }

    /// Whether an open question can still change the observation.
    fn must_wait(&self) -> bool {
        let Some(list) = roll(&self.answers.sites).filter(Roll::behind_barrier) else {
            return !self.open.is_empty();
        };
        let reached = |id: MemberId| {
            let mut statuses = self.answers.sites.values().filter_map(|s| s.answered());
            statuses.any(|status| status.member == id)
        };
        // The members that are still looked for, and those whose peer port tells something.
        let mut wanted = BTreeMap::new();
        let mut ports = BTreeSet::new();
        for member in list.members {
            let missing = !reached(member.id);
            if missing && member.name.is_some() {
                for place in places(member, list.members, self.reach) {
                    wanted.insert(place.url, member.id);
                }
            }
            if missing || member.role == Role::Learner {
                ports.extend(member.peer_urls.iter().cloned());
            }
        }
        let anyone_missing = !wanted.is_empty();
        self.open.iter().any(|(url, question)| match question {
            Question::Port => ports.contains(url),
            Question::Status | Question::Read | Question::List | Question::Metrics => {
                match self.answers.sites.get(url).and_then(|s| s.status.as_ref()) {
                    Some(status) => status.is_ok(),
                    None => {
                        wanted.contains_key(url)
                            || (anyone_missing && self.reach.endpoints.iter().any(|e| e == url))
                    }
                }
            }
        })
    }
}
