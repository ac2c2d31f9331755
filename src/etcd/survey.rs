//! One look at a whole cluster: every question to every endpoint at once.
//!
//! There are no rounds. The look begins with the endpoints that are known, and
//! each member list that arrives adds the places of its members. It ends when
//! no open question can change the observation: an endpoint that is a black
//! hole is hardly waited for once its member has answered elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::apply::{Depth, ObserveError};
use crate::etcd::Reach;
use crate::etcd::answer::{Answers, Follows, Listed, Site, StatusAnswer};
use crate::etcd::assembly::{Roll, highest_term, roll, unsettled};
use crate::etcd::connect::Connections;
use crate::etcd::login::log_in;
use crate::etcd::places::places;
use crate::etcd::question::{Answer, Question, Questions};
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

/// The members whose word about others can change the judgement of one.
enum Witnesses {
    /// None: everybody speaks for itself.
    None,
    /// The leader, of its learners.
    Leader,
    /// All, of one that does not answer.
    All,
}

/// A look at a cluster while it goes on.
pub(super) struct Survey<'a> {
    reach: &'a Reach,
    /// Members that are not asked, and where they were.
    left: &'a BTreeMap<MemberId, Url>,
    connections: &'a mut Connections,
    questions: Questions,
    answers: Answers,
    /// Whether an endpoint is asked for its `/metrics` with the rest.
    metrics: bool,
}

/// The URLs whose answers can still change the observation.
struct Wanted {
    /// Where members may be that have not been found.
    places: BTreeSet<Url>,
    /// The peer URLs of the members.
    ports: BTreeSet<Url>,
}

impl<'a> Survey<'a> {
    /// Prepares a look; `observed_at` is the time it will carry.
    pub(super) fn new(
        reach: &'a Reach,
        left: &'a BTreeMap<MemberId, Url>,
        connections: &'a mut Connections,
        observed_at: String,
    ) -> Self {
        let questions = Questions::new(connections.access().clone());
        Self {
            reach,
            left,
            connections,
            questions,
            metrics: true,
            answers: Answers {
                observed_at,
                ..Answers::default()
            },
        }
    }

    /// Asks everybody, and once more those that disagree.
    pub(super) async fn look(mut self, depth: Depth) -> Result<Answers, ObserveError> {
        self.metrics = depth == Depth::Whole;
        let known = self.reach.known_endpoints().into_iter();
        let known: Vec<Url> = known
            .filter(|url| !self.left.values().any(|left| left == *url))
            .cloned()
            .collect();
        let logged_in = log_in(self.connections, &known).await;
        logged_in.map_err(|(endpoint, obstacle)| ObserveError::unusable(&endpoint, obstacle))?;
        for endpoint in &known {
            self.ask_endpoint(endpoint).await;
        }
        self.collect().await;
        if depth == Depth::Glance {
            for endpoint in &self.witnesses() {
                self.questions.ask_metrics(endpoint);
            }
            self.collect().await;
        }
        if unsettled(&self.answers) {
            self.answers.earlier_term = highest_term(&self.answers);
            tokio::time::sleep(SECOND_LOOK).await;
            for endpoint in &self.reached() {
                self.ask_calls(endpoint).await;
            }
            self.collect().await;
        }
        Ok(self.answers)
    }

    /// The endpoints that answered.
    fn reached(&self) -> Vec<Url> {
        let sites = self.answers.sites.iter();
        let reached = sites.filter(|(_, site)| site.answered().is_some());
        reached.map(|(url, _)| url.clone()).collect()
    }

    /// The endpoints to be asked for their metrics where they were not asked with the rest.
    fn witnesses(&self) -> Vec<Url> {
        match self.needed_witnesses() {
            Witnesses::None => Vec::new(),
            Witnesses::All => self.reached(),
            Witnesses::Leader => {
                let leads =
                    |status: &StatusAnswer| status.follows == Follows::Member(status.member);
                let sites = self.answers.sites.iter();
                let leader = sites.filter(|(_, site)| site.answered().is_some_and(leads));
                leader.map(|(url, _)| url.clone()).collect()
            }
        }
    }

    fn needed_witnesses(&self) -> Witnesses {
        let Some(list) = roll(&self.answers.sites) else {
            return Witnesses::None;
        };
        let statuses = self.answers.sites.values().filter_map(Site::answered);
        let found: BTreeSet<_> = statuses.map(|status| status.member).collect();
        // What has never started is no peer of anybody.
        let started = || list.members.iter().filter(|member| member.name.is_some());
        if started().any(|member| !found.contains(&member.id)) {
            Witnesses::All
        } else if started().any(|member| member.role == Role::Learner) {
            Witnesses::Leader
        } else {
            Witnesses::None
        }
    }

    async fn ask_endpoint(&mut self, endpoint: &Url) {
        if self.answers.sites.contains_key(endpoint) {
            return;
        }
        self.site(endpoint);
        self.ask_calls(endpoint).await;
        if self.metrics && self.questions.is_open(endpoint, Question::Status) {
            self.questions.ask_metrics(endpoint);
        }
    }

    async fn ask_calls(&mut self, endpoint: &Url) {
        match self.connections.client(endpoint).await {
            Ok(client) => self.questions.ask_calls(endpoint, &client),
            Err(obstacle) => self.site(endpoint).status = Some(Err(obstacle)),
        }
    }

    fn site(&mut self, endpoint: &Url) -> &mut Site {
        self.answers.sites.entry(endpoint.clone()).or_default()
    }

    /// Takes answers until nothing open matters, and a moment longer those of
    /// endpoints that we were told of: one may belong to another cluster.
    async fn collect(&mut self) {
        let began = Instant::now();
        let mut grace_ends = None;
        loop {
            if self.must_wait() {
                self.take_answer().await;
                continue;
            }
            let now = Instant::now();
            let end = *grace_ends.get_or_insert(now + (now - began).max(LEAST_GRACE));
            let more = self.told_of_more();
            if !more || timeout_at(end, self.take_answer()).await.is_err() {
                return;
            }
        }
    }

    async fn take_answer(&mut self) {
        let Some((url, answer)) = self.questions.next().await else {
            return;
        };
        let Some(listed) = self.note(&url, answer) else {
            return;
        };
        for member in &listed {
            self.ask_member(member, &listed).await;
        }
    }

    /// Writes an answer down; gives the member list that came with it.
    fn note(&mut self, url: &Url, answer: Answer) -> Option<Vec<Listed>> {
        match answer {
            Answer::Status(status) => {
                if status.is_err() {
                    self.connections.forget(url);
                }
                self.site(url).status = Some(status);
                None
            }
            Answer::Read(read, list) => {
                let site = self.site(url);
                site.read = read;
                site.list.clone_from(&list);
                list
            }
            Answer::List(list) => {
                self.site(url).local_list = Some(list.clone());
                list.ok()
            }
            Answer::Metrics(metrics) => {
                self.site(url).metrics = metrics;
                None
            }
            Answer::Port(accepts) => {
                self.answers.ports.insert(url.clone(), accepts);
                None
            }
        }
    }

    async fn ask_member(&mut self, member: &Listed, list: &[Listed]) {
        for url in &member.peer_urls {
            if !self.answers.ports.contains_key(url) {
                self.answers.ports.insert(url.clone(), Witness::Unknown);
                self.questions.ask_port(url);
            }
        }
        if member.name.is_some() && !self.left.contains_key(&member.id) {
            for place in places(member, list, self.reach) {
                self.ask_endpoint(&place.url).await;
            }
        }
    }

    /// Whether an endpoint that we were told of has not said yet whose it is.
    fn told_of_more(&self) -> bool {
        let mut told = self.reach.known_endpoints().into_iter();
        told.any(|url| self.questions.is_open(url, Question::Status))
    }

    /// Whether an open question can still change the observation.
    fn must_wait(&self) -> bool {
        let mut open = self.questions.open();
        let Some(wanted) = self.wanted() else {
            return open.next().is_some();
        };
        open.any(|(url, question)| match question {
            Question::Port => wanted.ports.contains(url),
            Question::Status | Question::Read | Question::List | Question::Metrics => {
                let status = self.answers.sites.get(url).and_then(|s| s.status.as_ref());
                status.map_or_else(|| wanted.places.contains(url), Result::is_ok)
            }
        })
    }

    /// What is wanted; `None` as long as no list behind a barrier says who the members are.
    fn wanted(&self) -> Option<Wanted> {
        let list = roll(&self.answers.sites).filter(Roll::behind_barrier)?;
        let statuses = self.answers.sites.values().filter_map(Site::answered);
        let found: BTreeSet<_> = statuses.map(|status| status.member).collect();
        let mut wanted = Wanted {
            places: BTreeSet::new(),
            ports: BTreeSet::new(),
        };
        for member in list.members {
            let missing = !found.contains(&member.id);
            if missing && member.name.is_some() {
                let places = places(member, list.members, self.reach).into_iter();
                wanted.places.extend(places.map(|place| place.url));
                // It may be behind any of these.
                wanted.places.extend(self.reach.endpoints.iter().cloned());
            }
            // Whether a member listens where it is listed decides what becomes of it, not how
            // fast it said so.
            wanted.ports.extend(member.peer_urls.iter().cloned());
        }
        Some(wanted)
    }
}
