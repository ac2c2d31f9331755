//! The few lines of a `/metrics` page that a look at a member needs.
//!
//! A page is about 160 KB, nearly all of it histograms of calls. Prometheus
//! sorts it by name, so that `process_start_time_seconds` comes after all else
//! that is wanted here: reading stops there, and nothing is kept but what is named.

use std::collections::BTreeMap;

use crate::amount::Size;
use crate::member::MemberId;
use crate::version::Version;

/// What a member's `/metrics` page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::etcd) struct Metrics {
    /// `etcd_network_active_peers`: by the member that says it, whether each peer is connected.
    pub(in crate::etcd) active_peers: BTreeMap<(MemberId, MemberId), bool>,
    /// `etcd_cluster_version`: the version the cluster runs as.
    pub(in crate::etcd) cluster_version: Option<Version>,
    /// `process_start_time_seconds`, in milliseconds since 1970.
    pub(in crate::etcd) started_at: Option<u64>,
    /// What it says of its own member, if it says all of it.
    pub(in crate::etcd) own: Option<OwnWord>,
}

/// What a page says of its own member: most of what `Status` would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::etcd) struct OwnWord {
    /// `etcd_server_id`
    pub(in crate::etcd) member: MemberId,
    /// `etcd_server_version`
    pub(in crate::etcd) version: Version,
    /// `etcd_server_is_leader`
    pub(in crate::etcd) leads: bool,
    /// `etcd_server_has_leader`
    pub(in crate::etcd) has_leader: bool,
    /// `etcd_server_proposals_committed_total`: raft's committed index.
    pub(in crate::etcd) committed: u64,
    /// `etcd_server_proposals_applied_total`: raft's applied index.
    pub(in crate::etcd) applied: u64,
    /// `etcd_mvcc_db_total_size_in_bytes`
    pub(in crate::etcd) db_size: Size,
}

/// The same, as far as the page was read.
#[derive(Clone, Copy, Debug, Default)]
struct Pieces {
    member: Option<MemberId>,
    version: Option<Version>,
    leads: Option<bool>,
    has_leader: Option<bool>,
    committed: Option<u64>,
    applied: Option<u64>,
    db_size: Option<u64>,
}

impl Pieces {
    fn whole(self) -> Option<OwnWord> {
        Some(OwnWord {
            member: self.member?,
            version: self.version?,
            leads: self.leads?,
            has_leader: self.has_leader?,
            committed: self.committed?,
            applied: self.applied?,
            db_size: Size(self.db_size?),
        })
    }
}

/// Whether a page has to be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::etcd) enum Progress {
    /// More may come.
    Reading,
    /// All that is wanted was seen.
    Complete,
}

/// Reads a page as it arrives, in pieces of any size.
#[derive(Debug, Default)]
pub(in crate::etcd) struct Reader {
    metrics: Metrics,
    own: Pieces,
    /// The beginning of a line whose end has not arrived.
    rest: Vec<u8>,
}

/// No line that is wanted is longer; a longer one is not etcd's.
const LONGEST_LINE: usize = 4096;

impl Reader {
    /// Takes the next piece.
    pub(in crate::etcd) fn take(&mut self, piece: &[u8]) -> Progress {
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            if self.rest.is_empty() && line.ends_with(b"\n") {
                if self.line(line) == Progress::Complete {
                    return Progress::Complete;
                }
                continue;
            }
            if self.rest.len() < LONGEST_LINE {
                self.rest.extend_from_slice(line);
            }
            if line.ends_with(b"\n") {
                let whole = std::mem::take(&mut self.rest);
                if self.line(&whole) == Progress::Complete {
                    return Progress::Complete;
                }
            }
        }
        Progress::Reading
    }

    /// What was read; `None` unless all of it was, since a missing peer means something.
    pub(in crate::etcd) fn finish(mut self) -> Option<Metrics> {
        self.metrics.own = self.own.whole();
        self.metrics.started_at.is_some().then_some(self.metrics)
    }

    fn line(&mut self, line: &[u8]) -> Progress {
        let wanted = [
            &b"etcd_cluster_v"[..],
            b"etcd_mvcc_db_total_size_",
            b"etcd_network_active_",
            b"etcd_server_",
            b"process_start_",
        ];
        if !wanted.iter().any(|name| line.starts_with(name)) {
            return Progress::Reading;
        }
        let Some((series, value)) = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.trim_end().rsplit_once(' '))
        else {
            return Progress::Reading;
        };
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        match name {
            "etcd_cluster_version" if value == "1" => {
                let minor = label(labels, "cluster_version");
                self.metrics.cluster_version = minor.and_then(|m| format!("{m}.0").parse().ok());
            }
            "etcd_network_active_peers" => {
                let id = |name| label(labels, name)?.parse::<MemberId>().ok();
                if let (Some(local), Some(remote)) = (id("Local"), id("Remote")) {
                    let active = value != "0" && !value.starts_with('-');
                    self.metrics.active_peers.insert((local, remote), active);
                }
            }
            "process_start_time_seconds" => {
                self.metrics.started_at = scaled(value, 3);
                return Progress::Complete;
            }
            _ => self.own_word(name, labels, value),
        }
        Progress::Reading
    }
}

impl Reader {
    fn own_word(&mut self, name: &str, labels: &str, value: &str) {
        let own = &mut self.own;
        let is_set = Some(value == "1");
        match name {
            "etcd_server_id" if value == "1" => {
                own.member = label(labels, "server_id").and_then(|id| id.parse().ok());
            }
            "etcd_server_version" if value == "1" => {
                own.version = label(labels, "server_version").and_then(|v| v.parse().ok());
            }
            "etcd_server_is_leader" => own.leads = is_set,
            "etcd_server_has_leader" => own.has_leader = is_set,
            "etcd_server_proposals_committed_total" => own.committed = scaled(value, 0),
            "etcd_server_proposals_applied_total" => own.applied = scaled(value, 0),
            "etcd_mvcc_db_total_size_in_bytes" => own.db_size = scaled(value, 0),
            _ => {}
        }
    }
}

/// The value of a label: `Local="8e9e05c52164694d",Remote="..."}`.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let quoted = labels
        .trim_end_matches('}')
        .split(',')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    quoted.strip_prefix('"')?.strip_suffix('"')
}

/// Reads a number as Go prints it, `1.79548982279e+09`, exactly, times a power of ten.
///
/// The value is compared between two looks, so that it must not depend on how
/// a float happens to be rounded.
fn scaled(number: &str, by_power: i32) -> Option<u64> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()? + by_power;
    let power = 10_u128.checked_pow(scale.unsigned_abs())?;
    let exact = if scale < 0 {
        digits / power
    } else {
        digits.checked_mul(power)?
    };
    u64::try_from(exact).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# HELP etcd_cluster_version Which version is running.
etcd_cluster_version{cluster_version=\"3.0\"} 0
etcd_cluster_version{cluster_version=\"3.5\"} 1
etcd_mvcc_db_total_size_in_bytes 20480
etcd_network_active_peers{Local=\"8e9e05c52164694d\",Remote=\"1\"} 1
etcd_network_active_peers{Local=\"8e9e05c52164694d\",Remote=\"2\"} 0
etcd_server_has_leader 1
etcd_server_id{server_id=\"8e9e05c52164694d\"} 1
etcd_server_is_leader 1
etcd_server_proposals_applied_total 1.234566e+06
etcd_server_proposals_committed_total 1.234567e+06
etcd_server_version{server_version=\"3.5.30\"} 1
go_goroutines 120
process_start_time_seconds 1.79548982279e+09
promhttp_metric_handler_requests_in_flight 1
";

    #[test]
    fn a_page_in_pieces_of_any_size() {
        let leader = "8e9e05c52164694d".parse().unwrap();
        let expected = Metrics {
            active_peers: BTreeMap::from([
                ((leader, MemberId::new(1)), true),
                ((leader, MemberId::new(2)), false),
            ]),
            cluster_version: Some(Version::new(3, 5, 0)),
            started_at: Some(1_795_489_822_790),
            own: Some(OwnWord {
                member: leader,
                version: Version::new(3, 5, 30),
                leads: true,
                has_leader: true,
                committed: 1_234_567,
                applied: 1_234_566,
                db_size: Size(20480),
            }),
        };
        for size in 1..PAGE.len() {
            let mut reader = Reader::default();
            let complete = PAGE
                .as_bytes()
                .chunks(size)
                .any(|piece| reader.take(piece) == Progress::Complete);
            assert!(complete);
            assert_eq!(
                reader.finish().as_ref(),
                Some(&expected),
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn half_a_page_says_nothing() {
        let mut reader = Reader::default();
        assert_eq!(
            reader.take(PAGE.as_bytes().split_at(300).0),
            Progress::Reading
        );
        assert_eq!(reader.finish(), None);
    }

    #[test]
    fn seconds_are_read_exactly() {
        for (text, expected) in [
            ("1.79548982279e+09", Some(1_795_489_822_790)),
            ("1.7e+09", Some(1_700_000_000_000)),
            ("1700000000", Some(1_700_000_000_000)),
            ("1700000000.1239", Some(1_700_000_000_123)),
            ("NaN", None),
            ("-1", None),
            ("1e+99", None),
        ] {
            assert_eq!(scaled(text, 3), expected, "{text}");
        }
    }
}
