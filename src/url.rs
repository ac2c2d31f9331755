//! The URLs of members, as etcd reads them.
//!
//! etcd compares peer URLs as strings and never checks them in `MemberUpdate`:
//! a list that `types.NewURLs` refuses makes every other member crash for ever
//! (etcd issue 9173). So a [`Url`] that will be sent has passed [`Url::parse`],
//! which judges as `client/pkg/types/urls.go` does.

use std::fmt;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One URL of a member: `http://10.0.4.11:2380`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Url(String);

/// Why a text is no URL of a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing between the quotes.
    #[error("the URL is empty")]
    Empty,
    /// White space or a control character, which no client strips in the same way.
    #[error("the URL has a space or a control character")]
    Space,
    /// Neither http nor https.
    #[error("the URL does not begin with http:// or https://")]
    Scheme,
    /// One of them in capital letters, which etcd would compare as another URL.
    #[error("the URL's scheme is written in capital letters")]
    Capitals,
    /// No host.
    #[error("the URL has no host")]
    Host,
    /// No port.
    #[error("the URL has no port")]
    Port,
    /// An IPv6 address that would be cut at its last colon.
    #[error("the URL's host has a colon: an IPv6 address stands in brackets")]
    Brackets,
    /// A port that is none.
    #[error("the URL's port is not a number from 1 to 65535")]
    PortNumber,
    /// User information, a path, a query, or a fragment.
    #[error("the URL has more than a scheme, a host and a port")]
    Path,
}

/// The scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Plain.
    Http,
    /// TLS.
    Https,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl Url {
    /// Checks a URL that will be given to etcd.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(UrlError::Space);
        }
        let (_, authority) = split_scheme(text).ok_or_else(|| scheme_error(text))?;
        if authority.contains(['/', '?', '#', '@']) {
            return Err(UrlError::Path);
        }
        let (host, port) = split_port(authority).ok_or(UrlError::Port)?;
        if host.is_empty() || host == "[]" {
            return Err(UrlError::Host);
        }
        if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
            return Err(UrlError::Brackets);
        }
        match port.parse::<u16>() {
            Ok(1..) if port.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(text.to_owned())),
            _ if port.is_empty() => Err(UrlError::Port),
            Ok(_) | Err(_) => Err(UrlError::PortNumber),
        }
    }

    /// Takes a URL as a live member advertises it, well formed or not.
    pub fn observed(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scheme, if it is one that members use.
    pub fn scheme(&self) -> Option<Scheme> {
        split_scheme(&self.0).map(|(scheme, _)| scheme)
    }

    /// The host without the brackets of an IPv6 address; empty if there is none.
    pub fn host(&self) -> &str {
        let authority = split_scheme(&self.0).map_or("", |(_, authority)| authority);
        let host = split_port(authority).map_or(authority, |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The host in the one way of writing it that is compared with others.
    pub fn canonical_host(&self) -> String {
        let host = self.host();
        match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().to_string(),
            Err(_) => host.trim_end_matches('.').to_ascii_lowercase(),
        }
    }

    /// Whether it names every interface of a machine, and so no machine.
    pub fn is_wildcard(&self) -> bool {
        let address = self.host().parse::<IpAddr>();
        address.is_ok_and(|address| address.to_canonical().is_unspecified())
    }

    /// The same URL on another host.
    #[must_use]
    pub fn on_host(&self, host: &str) -> Self {
        let scheme = self.scheme().unwrap_or(Scheme::Http);
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        let port = self.port().map(|port| format!(":{port}"));
        Self(format!("{scheme}://{host}{}", port.unwrap_or_default()))
    }

    /// The same URL with another scheme.
    #[must_use]
    pub fn with_scheme(&self, scheme: Scheme) -> Self {
        Self::observed(&format!("{scheme}://{}", self.authority()))
    }

    /// The port, if there is one.
    pub fn port(&self) -> Option<u16> {
        let (_, authority) = split_scheme(&self.0)?;
        split_port(authority)?.1.parse().ok()
    }

    /// `host:port`, as a socket address is written.
    pub fn authority(&self) -> &str {
        split_scheme(&self.0).map_or("", |(_, authority)| authority)
    }
}

fn scheme_error(text: &str) -> UrlError {
    let small = text.to_ascii_lowercase();
    if split_scheme(&small).is_some() {
        UrlError::Capitals
    } else {
        UrlError::Scheme
    }
}

fn split_scheme(text: &str) -> Option<(Scheme, &str)> {
    let plain = text
        .strip_prefix("http://")
        .map(|rest| (Scheme::Http, rest));
    plain.or_else(|| {
        text.strip_prefix("https://")
            .map(|rest| (Scheme::Https, rest))
    })
}

fn split_port(authority: &str) -> Option<(&str, &str)> {
    let (host, port) = authority.rsplit_once(':')?;
    // The colon of `[::1]` belongs to the address.
    (!port.contains(']')).then_some((host, port))
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A set of URLs, sorted, each once.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(from = "Vec<Url>", into = "Vec<Url>")]
#[schemars(with = "Vec<Url>")]
pub struct Urls(Vec<Url>);

impl Urls {
    /// Takes the URLs that a live member advertises.
    pub fn observed<S: AsRef<str>>(texts: &[S]) -> Self {
        texts
            .iter()
            .map(|text| Url::observed(text.as_ref()))
            .collect()
    }

    /// The URLs in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Url> {
        self.0.iter()
    }

    /// The first URL in order.
    pub fn first(&self) -> Option<&Url> {
        self.0.first()
    }

    /// The host of the first URL in order; empty if there is none.
    pub fn first_host(&self) -> &str {
        self.first().map_or("", Url::host)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both sets have a URL in common.
    pub fn shares_any(&self, other: &Self) -> bool {
        self.0.iter().any(|url| other.0.contains(url))
    }

    /// Whether some host of `self` is also a host of `other`.
    pub fn shares_host(&self, other: &Self) -> bool {
        self.0.iter().any(|mine| {
            other
                .0
                .iter()
                .any(|theirs| mine.canonical_host() == theirs.canonical_host())
        })
    }

    /// The URLs as etcd takes them.
    pub fn to_strings(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl<'a> IntoIterator for &'a Urls {
    type Item = &'a Url;
    type IntoIter = std::slice::Iter<'a, Url>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<Url> for Urls {
    fn from_iter<I: IntoIterator<Item = Url>>(urls: I) -> Self {
        let mut urls: Vec<Url> = urls.into_iter().collect();
        urls.sort();
        urls.dedup();
        Self(urls)
    }
}

impl From<Vec<Url>> for Urls {
    fn from(urls: Vec<Url>) -> Self {
        urls.into_iter().collect()
    }
}

impl From<Urls> for Vec<Url> {
    fn from(urls: Urls) -> Self {
        urls.0
    }
}

impl fmt::Display for Urls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_strings().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_as_etcd_does() {
        for good in [
            "http://10.0.0.1:2380",
            "https://[::1]:1",
            "http://infra0.example:65535",
        ] {
            assert_eq!(Url::parse(good).unwrap().as_str(), good);
        }
        for (bad, error) in [
            ("", UrlError::Empty),
            ("http://a:1 ", UrlError::Space),
            ("10.0.0.1:2380", UrlError::Scheme),
            ("unix://a:1", UrlError::Scheme),
            ("http://a", UrlError::Port),
            ("http://a:0", UrlError::PortNumber),
            ("http://a:+1", UrlError::PortNumber),
            ("http://a:65536", UrlError::PortNumber),
            ("http://::1:2380", UrlError::Brackets),
            ("http://a:", UrlError::Port),
            ("HTTP://a:1", UrlError::Capitals),
            ("http://[::1]", UrlError::Port),
            ("http://:2380", UrlError::Host),
            ("http://a:1/", UrlError::Path),
            ("http://u@a:1", UrlError::Path),
        ] {
            assert_eq!(Url::parse(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn takes_apart() {
        let url = Url::parse("https://[fd00::1]:2380").unwrap();
        assert_eq!(
            (url.scheme(), url.host(), url.port()),
            (Some(Scheme::Https), "fd00::1", Some(2380))
        );
        assert_eq!(url.authority(), "[fd00::1]:2380");
        let host = |text: &str| Url::observed(text).canonical_host();
        assert_eq!(host("http://[FD00:0::1]:1"), host("http://[fd00::1]:1"));
        assert_eq!(host("http://[::ffff:10.0.0.1]:1"), "10.0.0.1");
        assert_eq!(host("http://Infra0.Example.:1"), "infra0.example");
        assert!(Url::observed("http://[::]:1").is_wildcard());
    }
}
