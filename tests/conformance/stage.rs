//! A cluster of real servers, set up from notation.

use std::time::Duration;

use etcd_client::{Client, ConnectOptions, Error, MemberAddOptions};
use etcdplan::apply::{Cluster as _, Depth};
use etcdplan::member::MemberId;
use etcdplan::observation::Observation;
use etcdplan::sim::Request;
use tokio::time::timeout;

use crate::servers::{Program, Servers, run, until};
use crate::table::{NO_ANSWER, Stage};

/// How long a caller waits for an answer that does not come.
const CALLER_WAITS: Duration = Duration::from_secs(5);

/// How long a read before a call may take. etcd up to 3.5 may drop a change that comes right
/// after another, before raft has moved on; a read behind the barrier comes after that (ETCD 1.7).
const BARRIER: Duration = Duration::from_millis(200);

/// A little more than etcd's five seconds.
const SETTLES: Duration = Duration::from_millis(5_500);

/// A cluster of real servers.
pub(crate) struct Real {
    servers: Servers,
}

impl Real {
    /// Sets a cluster up; its members have been connected for over five seconds.
    pub(crate) fn set(program: &Program, notation: &str) -> Self {
        let (voters, learners) = notation.split_once(" learners=").unwrap_or((notation, ""));
        let words = |text: &str| -> Vec<String> {
            let inner = text.trim_start_matches("voters=").trim_matches(['(', ')']);
            inner.split_whitespace().map(str::to_owned).collect()
        };
        let (voters, learners) = (words(voters), words(learners));
        let started = voters.iter().filter(|word| !word.ends_with('?'));
        let mut real = Self {
            servers: Servers::start(program, started.clone().count()),
        };
        run(real.lead(&voters, started.count()));
        for word in &learners {
            let url = real.peer_url(number(word));
            real.insist(&Request::Add {
                peer_urls: etcdplan::url::Urls::observed(&[url]),
                learner: true,
            });
            real.start(number(word));
        }
        std::thread::sleep(SETTLES);
        for word in &voters {
            let i = number(word);
            match word.chars().last() {
                Some('!') => real.servers.kill(i),
                Some('~') => real.servers.freeze(i),
                Some('?') => real.insist(&Request::Add {
                    peer_urls: real.servers.peer_urls(i),
                    learner: false,
                }),
                Some(_) | None => {}
            }
        }
        real
    }

    /// Waits until all serve, and lets the member with the star lead.
    async fn lead(&self, voters: &[String], count: usize) {
        let leader = voters.iter().find(|word| word.contains('*')).unwrap();
        let name = format!("m{}", number(leader));
        let mut cluster = self.servers.cluster();
        let leads = |look: &Observation| {
            let leader = look.leader.and_then(|id| look.member(id));
            leader.is_some_and(|live| live.label() == name)
        };
        let look = until(&mut cluster, |look| look.standing().healthy == count).await;
        if !leads(&look) {
            let wanted = look.members.iter().find(|live| live.label() == name);
            let call = etcdplan::apply::Call::MoveLeader {
                to: wanted.unwrap().id,
            };
            cluster.send(look.leader.unwrap(), &call).await.unwrap();
        }
        let ready = |look: &Observation| leads(look) && look.standing().healthy == count;
        until(&mut cluster, ready).await;
    }

    /// Sends a call of the setting until it is accepted.
    fn insist(&mut self, request: &Request) {
        let mut last = String::new();
        for _ in 0..100 {
            last = self.call(1, request);
            if last == "ok" {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{request:?}: {last}");
    }
}

impl Stage for Real {
    fn peer_url(&self, i: usize) -> String {
        self.servers.peer_url(i)
    }

    fn start(&mut self, i: usize) {
        assert_eq!(self.servers.join(), i);
        let name = format!("m{i}");
        run(async {
            let mut cluster = self.servers.cluster();
            until(&mut cluster, |look| {
                let found = look.members.iter().find(|live| live.label() == name);
                found.is_some_and(|live| look.lag(live.id) == Some(0))
            })
            .await;
        });
    }

    fn wait(&mut self, seconds: u64) {
        std::thread::sleep(Duration::from_secs(seconds));
    }

    fn call(&mut self, via: usize, request: &Request) -> String {
        let answer = run(async {
            let options = ConnectOptions::default().with_connect_timeout(Duration::from_secs(2));
            let client = Client::connect([self.servers.client_url(via)], Some(options));
            let sent = async {
                let mut client = client.await?;
                // Without quorum nothing passes it, and the call itself tells.
                let _ = timeout(BARRIER, client.get("barrier", None)).await;
                send(client, request).await
            };
            timeout(CALLER_WAITS, Box::pin(sent)).await
        });
        match answer {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(Error::GRpcStatus(status)))
                if status.message().starts_with("etcdserver: ")
                    && !status.message().contains("timed out") =>
            {
                status.message().to_owned()
            }
            Ok(Err(_)) | Err(_) => NO_ANSWER.to_owned(),
        }
    }

    fn id_at(&mut self, peer_url: &str) -> Option<MemberId> {
        run(async {
            let look = self.servers.cluster().observe(Depth::Whole).await.ok()?;
            let found = look.members.iter().find(|live| {
                let mut urls = live.peer_urls.iter();
                urls.any(|url| url.as_str() == peer_url)
            });
            found.map(|live| live.id)
        })
    }
}

async fn send(mut client: Client, request: &Request) -> Result<(), Error> {
    match request.clone() {
        Request::Add { peer_urls, learner } => {
            let options = learner.then(|| MemberAddOptions::new().with_is_learner());
            client.member_add(peer_urls.to_strings(), options).await?;
        }
        Request::Promote { id } => {
            client.member_promote(id.get()).await?;
        }
        Request::Update { id, peer_urls } => {
            client
                .member_update(id.get(), peer_urls.to_strings())
                .await?;
        }
        Request::Remove { id } => {
            client.member_remove(id.get()).await?;
        }
        Request::MoveLeader { to } => {
            client.move_leader(to.get()).await?;
        }
    }
    Ok(())
}

fn number(word: &str) -> usize {
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}
