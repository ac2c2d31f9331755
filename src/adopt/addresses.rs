//! The addresses of a file, each of which stands there once.

use std::collections::BTreeMap;

use crate::observation::LiveMember;
use crate::url::{Url, Urls};

use super::called;

/// URLs that can stand in a file, and those that cannot, each with the reason.
pub(super) struct Kept {
    pub(super) urls: Vec<Url>,
    pub(super) refused: Vec<(Url, String)>,
}

/// Which addresses are in the file by now, whatever way they are written in, and whose they are.
#[derive(Default)]
pub(super) struct Addresses {
    used: BTreeMap<(String, Option<u16>), String>,
}

impl Addresses {
    /// Takes an address for a member, or says why it cannot stand in the file.
    pub(super) fn take(&mut self, url: &Url, live: &LiveMember) -> Result<(), String> {
        Url::parse(url.as_str()).map_err(|error| error.to_string())?;
        if url.is_wildcard() {
            return Err("it names no host that others could reach".to_owned());
        }
        let address = (url.canonical_host(), url.port());
        if let Some(owner) = self.used.get(&address) {
            return Err(format!("{owner} has the same address"));
        }
        self.used.insert(address, called(live));
        Ok(())
    }

    /// Takes all that can be taken.
    pub(super) fn keep(&mut self, urls: &Urls, live: &LiveMember) -> Kept {
        let mut kept = Kept {
            urls: Vec::new(),
            refused: Vec::new(),
        };
        for url in urls {
            match self.take(url, live) {
                Ok(()) => kept.urls.push(url.clone()),
                Err(reason) => kept.refused.push((url.clone(), reason)),
            }
        }
        kept
    }
}
