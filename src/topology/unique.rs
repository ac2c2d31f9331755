//! What stands once in a file: names, ids, addresses, and directories.

use std::collections::BTreeMap;

use crate::member::MemberId;
use crate::topology::MemberSpec;
use crate::topology::document::Document;
use crate::topology::finding::Finding;
use crate::topology::path::Path;
use crate::topology::problem::Code;
use crate::url::Url;

/// A value and the member that has it.
struct Owner<'d> {
    index: usize,
    member: &'d str,
    at: Path,
}

/// Names, ids, and addresses stand once.
pub(super) fn check(document: &Document, findings: &mut Vec<Finding>) {
    let list = Path::default().field("members");
    let mut names: BTreeMap<&str, Owner<'_>> = BTreeMap::new();
    let mut ids: BTreeMap<MemberId, Owner<'_>> = BTreeMap::new();
    let mut addresses = Addresses::default();
    for (index, member) in document.members.iter().enumerate() {
        let at = list.item(index);
        let owner = |at: Path| Owner {
            index,
            member: &member.name,
            at,
        };
        if let Some(first) = names.get(member.name.as_str()) {
            let message = format!("the name `{}` is used by two members", member.name);
            let help = "give one of them another name: the file tells them apart by it";
            let finding = Finding::at(
                Code::NameUsedTwice,
                first.at.clone(),
                message,
                "first here",
                help,
            );
            findings.push(finding.and(at.field("name"), "and again here"));
        } else {
            names.insert(&member.name, owner(at.field("name")));
        }
        // An id may be written in several ways.
        if let Some(id) = member.id.as_ref().and_then(|id| id.parse().ok()) {
            if let Some(first) = ids.get(&id) {
                let message = format!("the id {id} is used by two members");
                let help = "an id belongs to one member: delete one of the two";
                let finding = Finding::at(
                    Code::IdUsedTwice,
                    first.at.clone(),
                    message,
                    "first here",
                    help,
                );
                findings.push(finding.and(at.field("id"), "and again here"));
            } else {
                ids.insert(id, owner(at.field("id")));
            }
        }
        for (field, texts) in [
            (Field::Peer, &member.peer_urls),
            (Field::Client, &member.client_urls),
        ] {
            for (number, text) in texts.iter().enumerate() {
                let at = at.field(field.name()).item(number);
                findings.extend(addresses.used_before(field, text, owner(at)));
            }
        }
    }
}

/// Which list a URL stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Peer,
    Client,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::Peer => "peerURLs",
            Self::Client => "clientURLs",
        }
    }
}

/// The addresses of a file, whatever way they are written in.
#[derive(Default)]
struct Addresses<'d> {
    used: BTreeMap<(String, Option<u16>), (Field, &'d str, Owner<'d>)>,
}

impl<'d> Addresses<'d> {
    fn used_before(&mut self, field: Field, text: &'d str, owner: Owner<'d>) -> Option<Finding> {
        let address = match Url::parse(text) {
            Ok(url) => (url.canonical_host(), url.port()),
            Err(_) => (text.to_owned(), None),
        };
        let Some((first_field, first_text, first)) = self.used.get(&address) else {
            self.used.insert(address, (field, text, owner));
            return None;
        };
        let is_same = first.index == owner.index;
        let what = if *first_text != text {
            format!("{first_text} and {text} are the same address")
        } else if is_same {
            format!("{text} stands twice in `{}`", owner.member)
        } else {
            format!("{text} is used by two members")
        };
        let help = if is_same {
            "an address is for peers or for clients, once".to_owned()
        } else if *first_field == Field::Peer && field == Field::Peer {
            let help = "etcd refuses a peer URL that is already taken; give";
            format!("{help} `{}` its own address", owner.member)
        } else {
            let help = "only one process can listen there; give";
            format!("{help} `{}` its own address", owner.member)
        };
        let again = format!("and `{}` again here", owner.member);
        let uses = format!("`{}` uses it here", first.member);
        let finding = Finding::at(Code::UrlUsedTwice, first.at.clone(), what, uses, help);
        Some(finding.and(owner.at, again))
    }
}

/// On one host a directory is one member's.
pub(super) fn directories(
    document: &Document,
    specs: &[(usize, MemberSpec)],
    findings: &mut Vec<Finding>,
) {
    let mut used: BTreeMap<(String, std::path::PathBuf), (Owner<'_>, &str)> = BTreeMap::new();
    for (index, spec) in specs {
        let Some(dir) = &spec.host.data_dir else {
            continue;
        };
        let at = Path::default().field("members").item(*index);
        let own = document.members.get(*index).and_then(|member| {
            let host = member.host.as_ref()?;
            host.data_dir.as_ref()
        });
        let (at, whence) = match own {
            Some(_) => (at.field("host").field("dataDir"), ""),
            None => (at.field("name"), ", by the defaults in `host`"),
        };
        let owner = Owner {
            index: *index,
            member: spec.name.as_str(),
            at,
        };
        let components = std::path::Path::new(dir).components().collect();
        let place = (spec.host.address.to_lowercase(), components);
        if let Some(first) = used.get(&place) {
            let message = format!("two members have the data directory {dir} on one host");
            let help = "give each its own `host.dataDir`; where these are two machines, its own `host.address`";
            let (first, first_whence) = first;
            let has = format!("`{}` has it{first_whence}", first.member);
            let finding = Finding::at(
                Code::DirectoryUsedTwice,
                first.at.clone(),
                message,
                has,
                help,
            );
            let too = format!("and so has `{}`{whence}", owner.member);
            findings.push(finding.and(owner.at, too));
        } else {
            used.insert(place, (owner, whence));
        }
    }
}
