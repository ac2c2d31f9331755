//! Names and addresses as small numbers: `m4` on 10.0.0.4, port 2380.

use std::fmt;

use etcdplan::member::MemberName;
use etcdplan::url::{Url, Urls};

/// A member's name: a letter of [`LETTERS`] and a number below 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(u8);

const LETTERS: [char; 2] = ['m', 'r'];

impl Name {
    pub(crate) fn of(name: &MemberName) -> Self {
        let letter = LETTERS
            .iter()
            .position(|letter| name.as_str().starts_with(*letter));
        let digits = name.as_str().trim_start_matches(LETTERS);
        let number: usize = digits.parse().unwrap();
        Self(u8::try_from(letter.unwrap() * 100 + number).unwrap())
    }

    pub(crate) fn to_member_name(self) -> MemberName {
        MemberName::parse(&self.to_string()).unwrap()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", LETTERS[usize::from(self.0 / 100)], self.0 % 100)
    }
}

/// Where a member is reached by the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) host: u8,
    pub(crate) port: u16,
}

impl Place {
    pub(crate) fn of(urls: &Urls) -> Self {
        let url = urls.first().unwrap();
        Self {
            host: number(url.host()),
            port: url.port().unwrap(),
        }
    }

    pub(crate) fn urls(self) -> Urls {
        [url(self.host, self.port)].into_iter().collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            2380 => write!(f, "{}", self.host),
            port => write!(f, "{}:{port}", self.host),
        }
    }
}

/// Addresses from here on are new ones of the machines that have them less by this: a host that was renumbered.
const RENUMBERED: u8 = 40;

/// The machine of an address.
pub(crate) fn machine(host: &str) -> u8 {
    let number = number(host);
    number.checked_sub(RENUMBERED).unwrap_or(number)
}

/// The last number of an address.
fn number(host: &str) -> u8 {
    host.rsplit('.').next().unwrap().parse().unwrap()
}

/// The host of a client URL, if there is one.
pub(crate) fn client(urls: &Urls) -> Option<u8> {
    urls.first().map(|url| number(url.host()))
}

pub(crate) fn client_urls(host: Option<u8>) -> Urls {
    host.into_iter().map(|host| url(host, 2379)).collect()
}

fn url(host: u8, port: u16) -> Url {
    Url::observed(&format!("http://10.0.0.{host}:{port}"))
}
