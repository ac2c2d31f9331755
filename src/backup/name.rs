//! The name of a backup's file.
//!
//! ```text
//! prod-eu-cdf818194e3a8c32-rev123456-20261128T041500Z.db
//! ```

use std::fmt;

use crate::member::ClusterId;

/// What the file of a cluster that nobody has named begins with.
const NAMELESS: &str = "etcd";

/// How long the cluster's part of a name may be: a file name has 255 bytes everywhere.
const LONGEST: usize = 100;

/// How a file name ends.
const END: &str = ".db";

/// The name of a backup's file. The same text gives the same value, and the other way round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackupName {
    /// When the cluster was looked at: `20261128T041500Z`.
    at: String,
    revision: u64,
    cluster_name: String,
    cluster_id: ClusterId,
}

impl BackupName {
    /// The name of a backup of this cluster.
    ///
    /// `observed_at` is UTC, RFC 3339, whole seconds. What no file name should hold becomes `_`.
    pub fn new(
        cluster_name: Option<&str>,
        cluster_id: ClusterId,
        revision: u64,
        observed_at: &str,
    ) -> Self {
        let is_time = |c: &char| c.is_ascii_digit() || matches!(c, 'T' | 'Z');
        Self {
            at: observed_at.chars().filter(is_time).collect(),
            revision,
            cluster_name: safe(cluster_name.unwrap_or_default()),
            cluster_id,
        }
    }

    /// Reads a file name; `None` if it is not, as a whole, one that [`Self::new`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(END)?;
        let (stem, at) = stem.rsplit_once('-')?;
        let (stem, revision) = stem.rsplit_once("-rev")?;
        let (cluster_name, id) = stem.rsplit_once('-')?;
        let name = Self {
            at: at.to_owned(),
            revision: revision.parse().ok()?,
            cluster_name: cluster_name.to_owned(),
            cluster_id: id.parse().ok()?,
        };
        let is_ours =
            is_time(at) && name.to_string() == text && safe(cluster_name) == name.cluster_name;
        is_ours.then_some(name)
    }

    /// The cluster.
    pub fn cluster_id(&self) -> ClusterId {
        self.cluster_id
    }

    /// When the cluster was looked at: `20261128T041500Z`.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Whether both are of the same cluster, under the same name: two clusters may share an id
    /// that were created from the same names and addresses.
    pub fn is_of_the_cluster_of(&self, other: &Self) -> bool {
        (&self.cluster_name, self.cluster_id) == (&other.cluster_name, other.cluster_id)
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            revision,
            cluster_name,
            cluster_id,
        } = self;
        write!(f, "{cluster_name}-{cluster_id}-rev{revision}-{at}{END}")
    }
}

/// The name of a cluster as a part of a file name: never empty, a path, hidden, or a flag.
fn safe(name: &str) -> String {
    let character = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => c,
        '-' | '.' => c,
        _ => '_',
    };
    let text: String = name.chars().map(character).take(LONGEST).collect();
    let text = text.trim_start_matches(['.', '-']);
    if text.is_empty() { NAMELESS } else { text }.to_owned()
}

/// `20261128T041500Z`
fn is_time(text: &str) -> bool {
    let pattern = "00000000T000000Z";
    text.len() == pattern.len()
        && text
            .chars()
            .zip(pattern.chars())
            .all(|(c, place)| match place {
                '0' => c.is_ascii_digit(),
                _ => c == place,
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(cluster: Option<&str>) -> BackupName {
        let id = ClusterId::new(0xcdf8_1819_4e3a_8c32);
        BackupName::new(cluster, id, 123_456, "2026-11-28T04:15:00Z")
    }

    #[test]
    fn a_name_is_read_back() {
        let text = "prod-eu-cdf818194e3a8c32-rev123456-20261128T041500Z.db";
        assert_eq!(name(Some("prod-eu")).to_string(), text);
        assert_eq!(BackupName::parse(text), Some(name(Some("prod-eu"))));
        let hostile = [
            "",
            "a b",
            "../../etc",
            "-rf",
            "..",
            "ä\u{202e}\n",
            "x-rev1-y.db",
        ];
        for cluster in hostile.map(Some).into_iter().chain([None]) {
            let text = name(cluster).to_string();
            assert_eq!(BackupName::parse(&text), Some(name(cluster)), "{text}");
            assert!(!text.contains(['/', '\n', ' ']) && !text.starts_with(['.', '-']));
        }
        let long = name(Some(&"x".repeat(300))).to_string();
        assert!(long.len() < 200 && BackupName::parse(&long).is_some());
    }

    #[test]
    fn other_names_are_not_ours() {
        let ours = name(Some("prod")).to_string();
        for other in [
            format!("{ours}.gz"),
            format!(" {ours}"),
            format!(".{ours}"),
            ours.replace("rev", "rev0"),
            ours.replace("rev", "rev+"),
            ours.replace("cdf8", "CDF8"),
            ours.replace("04150", "0415"),
            ours.replace("prod-", ""),
            "backup.db".to_owned(),
            String::new(),
        ] {
            assert_eq!(BackupName::parse(&other), None, "{other}");
        }
    }
}
