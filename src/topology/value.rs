//! Single values of a file, read from their texts.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::topology::finding::Finding;
use crate::topology::path::Path;
use crate::topology::problem::Code;
use crate::url::{Url, Urls};

/// Reads a value from text; a finding where it cannot be read.
pub(super) fn read<T: FromStr>(
    text: Option<&str>,
    code: Code,
    at: &Path,
    help: &str,
    findings: &mut Vec<Finding>,
) -> Option<T>
where
    T::Err: Display,
{
    match text?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            findings.push(Finding::at(
                code,
                at.clone(),
                T::Err::to_string(&error),
                "this value",
                help,
            ));
            None
        }
    }
}

/// What URLs are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Others are told them.
    Advertise,
    /// A process listens there.
    Bind,
    /// We go there.
    Reach,
}

/// Reads a list of URLs as etcd judges them.
pub(super) fn urls(texts: &[String], at: &Path, what: Use, findings: &mut Vec<Finding>) -> Urls {
    let mut good = Vec::new();
    if texts.is_empty() {
        let help = "write at least one: [http://10.0.4.11:2380]";
        findings.push(Finding::at(
            Code::NoUrl,
            at.clone(),
            "the list has no URL",
            "an empty list",
            help,
        ));
    }
    for (index, text) in texts.iter().enumerate() {
        match Url::parse(text) {
            Ok(url) if what == Use::Advertise && url.is_wildcard() => {
                let help = "write the address that others use; every interface belongs in \
                            `host.listenPeerURLs` and `host.listenClientURLs`";
                let message = format!("{text} names no host that others could reach");
                let at = at.item(index);
                findings.push(Finding::at(Code::BadUrl, at, message, "this URL", help));
            }
            Ok(url) => good.push(url),
            Err(error) => {
                let help = "write scheme, host and port, as in http://10.0.4.11:2380";
                let message = format!("`{text}` is no URL that etcd takes: {error}");
                findings.push(Finding::at(
                    Code::BadUrl,
                    at.item(index),
                    message,
                    "this URL",
                    help,
                ));
            }
        }
    }
    good.into()
}

/// What etcdplan tells etcd itself, and what would make a process another than the plan's.
const RESERVED: [(&str, &str); 11] = [
    ("ETCD_NAME", "`name:` says it"),
    ("ETCD_DATA_DIR", "`host.dataDir` says it"),
    ("ETCD_WAL_DIR", "`host.walDir` says it"),
    (
        "ETCD_INITIAL_CLUSTER",
        "it is the member list of that moment",
    ),
    ("ETCD_INITIAL_CLUSTER_STATE", "a member joins what exists"),
    ("ETCD_INITIAL_ADVERTISE_PEER_URLS", "`peerURLs:` says it"),
    ("ETCD_ADVERTISE_CLIENT_URLS", "`clientURLs:` says it"),
    ("ETCD_LISTEN_PEER_URLS", "`host.listenPeerURLs` says it"),
    ("ETCD_LISTEN_CLIENT_URLS", "`host.listenClientURLs` says it"),
    ("ETCD_FORCE_NEW_CLUSTER", "it would begin another cluster"),
    ("ETCD_CONFIG_FILE", "etcd would read nothing else"),
];

/// Looks at the names of more environment for etcd.
pub(super) fn variables(env: &BTreeMap<String, String>, at: &Path, findings: &mut Vec<Finding>) {
    for name in env.keys() {
        let reserved = RESERVED.iter().find(|(reserved, _)| reserved == name);
        let (message, help) = match reserved {
            Some((_, why)) => (
                format!("`{name}` cannot be set here"),
                format!("delete it: {why}"),
            ),
            None if name.is_empty() || name.contains(['=', '\0']) => (
                format!("`{name}` cannot name a variable"),
                "write a name and its value: { ETCD_QUOTA_BACKEND_BYTES: \"8589934592\" }"
                    .to_owned(),
            ),
            None => continue,
        };
        let at = at.name(name);
        findings.push(Finding::at(
            Code::ReservedVariable,
            at,
            message,
            "this variable",
            help,
        ));
    }
}
