//! Live members as entries of a file, and what a file cannot say of them.
//!
//! A file tells members apart by name, and gives each addresses of its own that
//! others can reach. etcd asks for neither, so some members are written with
//! something made up: the plan then says what would change, and so does a notice.

use std::collections::BTreeSet;

use crate::member::{MemberName, Role};
use crate::observation::{LiveMember, Observation};
use crate::render::Notice;
use crate::render::plain::acts;
use crate::url::{Scheme, Url};

use super::addresses::{Addresses, Kept};
use super::called;

/// The code of what is told where a member's URLs are not those that it advertises.
const URL_MADE_UP: &str = "W0604";

/// etcd's own port for clients.
const CLIENT_PORT: u16 = 2379;

/// etcd's own port for members.
const PEER_PORT: u16 = 2380;

/// A member as the file will have it.
pub(super) struct Entry<'a> {
    pub(super) live: &'a LiveMember,
    pub(super) name: String,
    pub(super) peer_urls: Vec<Url>,
    pub(super) client_urls: Vec<Url>,
    /// Whether nothing says where other members reach it: its id must say which member it is, and no
    /// plan may act on an address that was made up.
    pub(super) is_nowhere: bool,
}

/// The members in the order of their names, the nameless last.
pub(super) fn entries(observation: &Observation) -> (Vec<Entry<'_>>, Vec<Notice>) {
    let mut members: Vec<&LiveMember> = observation.members.iter().collect();
    members.sort_by_key(|member| (member.name.is_none(), &member.name, member.id));
    let mut writer = Writer {
        scheme: client_scheme(observation),
        addresses: Addresses::default(),
        notices: Vec::new(),
    };
    let names = writer.names(&members);
    // What is live goes before what is made up, and peer URLs, which etcd keeps apart, go first.
    let peers: Vec<Kept> = members
        .iter()
        .map(|live| writer.addresses.keep(&live.peer_urls, live))
        .collect();
    let clients: Vec<Kept> = members
        .iter()
        .map(|live| writer.addresses.keep(&live.client_urls, live))
        .collect();
    let mut entries = Vec::new();
    let found = members
        .iter()
        .zip(names)
        .zip(peers.into_iter().zip(clients));
    for ((live, name), (peers, clients)) in found {
        entries.push(writer.entry(live, name, peers, clients));
    }
    (entries, writer.notices)
}

/// How clients reach the members: as most likely also those that have never started.
fn client_scheme(observation: &Observation) -> Option<Scheme> {
    let mut urls = observation
        .members
        .iter()
        .flat_map(|member| &member.client_urls);
    urls.find_map(Url::scheme)
}

struct Writer {
    scheme: Option<Scheme>,
    addresses: Addresses,
    notices: Vec<Notice>,
}

impl Writer {
    /// A name for each: its own, where a file can have it and no other member has it before.
    fn names(&mut self, members: &[&LiveMember]) -> Vec<String> {
        let mut taken = BTreeSet::new();
        let own: Vec<Option<String>> = members
            .iter()
            .map(|live| {
                let name = MemberName::parse(live.name.as_ref()?.as_str()).ok()?;
                let name = name.as_str().to_owned();
                taken.insert(name.clone()).then_some(name)
            })
            .collect();
        let named = members.iter().zip(own).map(|(live, own)| {
            own.unwrap_or_else(|| {
                let name = made_up(live, &mut taken);
                self.notices.extend(renamed(live, &name));
                name
            })
        });
        named.collect()
    }

    fn entry<'a>(
        &mut self,
        live: &'a LiveMember,
        name: String,
        mut peers: Kept,
        mut clients: Kept,
    ) -> Entry<'a> {
        let mut instead = None;
        let mut is_nowhere = false;
        if peers.urls.is_empty() {
            let usual = self.peer_url(live);
            is_nowhere = usual.is_none();
            let url = usual.unwrap_or_else(|| {
                let url = format!("http://member-{}.invalid:{PEER_PORT}", live.id);
                let url = Url::observed(&url);
                // Nobody else has it, but this member may be given a client URL there.
                let _free = self.addresses.take(&url, live);
                url
            });
            instead = Some(url.to_string());
            peers.urls.push(url);
        }
        if live.peer_urls.is_empty() {
            self.silent(live, "peer", "members", instead.as_deref());
        }
        for (url, reason) in &peers.refused {
            let what = format!("the peer URL `{url}` of {}", called(live));
            self.refused(&what, reason, instead.as_deref());
        }
        let mut instead = None;
        if clients.urls.is_empty() {
            let url = self.client_url(live, &peers.urls);
            instead = Some(url.to_string());
            clients.urls.push(url);
        }
        for (url, reason) in &clients.refused {
            let what = format!("the client URL `{url}` of {}", called(live));
            self.refused(&what, reason, instead.as_deref());
        }
        if live.name.is_none() {
            self.unstarted(live, &name, instead.as_deref());
        } else if live.client_urls.is_empty() {
            self.silent(live, "client", "clients", instead.as_deref());
        }
        Entry {
            live,
            name,
            peer_urls: peers.urls,
            client_urls: clients.urls,
            is_nowhere,
        }
    }

    /// A peer URL on a host that the member advertises.
    fn peer_url(&mut self, live: &LiveMember) -> Option<Url> {
        let advertised = live.peer_urls.iter().chain(&live.client_urls);
        let mut urls = advertised.map(|url| {
            let scheme = url.scheme().unwrap_or(Scheme::Http);
            Url::observed(&format!("{scheme}://127.0.0.1:{PEER_PORT}")).on_host(url.host())
        });
        urls.find(|url| self.addresses.take(url, live).is_ok())
    }

    /// A client URL on the member's own host.
    fn client_url(&mut self, live: &LiveMember, peers: &[Url]) -> Url {
        let first = peers.first();
        let host = first.map_or("", Url::host);
        let scheme = self.scheme.or_else(|| first.and_then(Url::scheme));
        let scheme = scheme.unwrap_or(Scheme::Http);
        let with_port =
            |port: u16| Url::observed(&format!("{scheme}://127.0.0.1:{port}")).on_host(host);
        let advertised = live.client_urls.iter().map(|url| url.on_host(host));
        let mut urls = advertised.chain((CLIENT_PORT..=u16::MAX).map(with_port));
        let free = urls.find(|url| self.addresses.take(url, live).is_ok());
        free.unwrap_or_else(|| with_port(CLIENT_PORT))
    }

    fn refused(&mut self, what: &str, reason: &str, instead: Option<&str>) {
        let written = match instead {
            Some(url) => format!("the file says {url} instead"),
            None => "the file leaves it out".to_owned(),
        };
        self.notices.push(Notice {
            code: Some(URL_MADE_UP.to_owned()),
            details: vec![format!("{written}: its plan changes that")],
            ways_out: vec!["write the URL that others use, and look at the plan".to_owned()],
            ..Notice::warning(format!("{what} cannot stand in a topology file: {reason}"))
        });
    }

    /// It does not say where it is.
    fn silent(&mut self, live: &LiveMember, kind: &str, whom: &str, instead: Option<&str>) {
        let url = instead.unwrap_or_default();
        self.notices.push(Notice {
            code: Some(URL_MADE_UP.to_owned()),
            details: vec![format!(
                "the file says {url}: its plan gives the member that one"
            )],
            ways_out: vec![format!("write where {whom} reach it")],
            ..Notice::warning(format!("{} advertises no {kind} URL", called(live)))
        });
    }

    fn unstarted(&mut self, live: &LiveMember, name: &str, url: Option<&str>) {
        let url = url.map_or_else(String::new, |url| format!(", and the client URL {url}"));
        let plan = match live.role {
            Role::Voter => "its plan is to start it",
            Role::Learner => "its plan is to start it, as a learner",
        };
        self.notices.push(Notice {
            code: Some("W0602".to_owned()),
            details: vec![format!(
                "the file makes up the name `{name}` for it{url}: {plan}"
            )],
            ways_out: vec![
                "write the name and the client URLs that it is started with".to_owned(),
                "take its entry out: the plan then removes it from the cluster".to_owned(),
            ],
            ..Notice::warning(format!(
                "{} has never started, and so has no name",
                called(live)
            ))
        });
    }
}

/// A name that nobody has yet.
fn made_up(live: &LiveMember, taken: &mut BTreeSet<String>) -> String {
    let own = live.name.as_ref().map(|name| writable(name.as_str()));
    let base = own
        .filter(|name| name.chars().any(char::is_alphanumeric))
        .unwrap_or_else(|| format!("member-{}", live.id));
    let numbered = (2..).map(|number: u64| format!("{base}-{number}"));
    let mut names = std::iter::once(base.clone()).chain(numbered);
    let free = names.find(|name| taken.insert(name.clone()));
    free.unwrap_or(base)
}

/// A name without what cannot stand in one.
fn writable(name: &str) -> String {
    let sign = |c: char| match MemberName::parse(&c.to_string()) {
        Ok(_) if !acts(c) => c,
        Ok(_) | Err(_) => '-',
    };
    name.chars().map(sign).collect()
}

/// What is told of a member that has another name in the file; it is told elsewhere of who has none.
fn renamed(live: &LiveMember, name: &str) -> Option<Notice> {
    let own = live.name.as_ref()?;
    let message = match MemberName::parse(own.as_str()) {
        Ok(_) => format!(
            "member {} is called `{own}`, and so is another: a file tells members apart by name",
            live.id
        ),
        Err(error) => format!(
            "the name `{own}` of member {} cannot stand in a topology file: {error}",
            live.id
        ),
    };
    Some(Notice {
        code: Some("W0603".to_owned()),
        details: vec![format!(
            "it is `{name}` in the file: its plan restarts it under that name"
        )],
        ways_out: vec!["write the name that it is to have".to_owned()],
        ..Notice::warning(message)
    })
}
