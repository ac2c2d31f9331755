//! An observation as a file: `etcdplan observe > live.json`, `plan --live live.json`.
//!
//! Pure. [`write()`] gives the same text for the same observation; [`read()`]
//! takes any file of the same major format, in any order of members, and
//! refuses what could not have been seen. Every refusal says where.

use std::fmt;

use serde::Deserialize;

use crate::member::MemberId;
use crate::observation::{FORMAT_VERSION, Observation};

/// Why a recording cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum RecordingError {
    /// It is no JSON, or not the JSON of an observation.
    #[error("not a recorded observation: {reason}, at {place}")]
    #[diagnostic(
        code(E0131),
        help("record the cluster again: etcdplan observe > live.json")
    )]
    Malformed {
        /// What is wrong with it.
        reason: String,
        /// Where.
        place: Place,
    },
    /// A later etcdplan wrote it.
    #[error("format {found} is newer than format {FORMAT_VERSION} of this etcdplan, at {place}")]
    #[diagnostic(
        code(E0132),
        help("use the etcdplan that recorded it, or record the cluster again with this one")
    )]
    NewerFormat {
        /// The version in the file.
        found: String,
        /// Where.
        place: Place,
    },
    /// It says what no cluster can show.
    #[error("the recording contradicts itself: {reason}, at {place}")]
    #[diagnostic(
        code(E0133),
        help("record the cluster again: etcdplan observe > live.json")
    )]
    Contradiction {
        /// What cannot be.
        reason: String,
        /// Where.
        place: Place,
    },
}

impl RecordingError {
    /// Where in the text it is.
    pub const fn place(&self) -> Place {
        match self {
            Self::Malformed { place, .. }
            | Self::NewerFormat { place, .. }
            | Self::Contradiction { place, .. } => *place,
        }
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// In bytes, counted from 1, as JSON readers do.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Writes an observation down.
pub fn write(observation: &Observation) -> String {
    let mut text = serde_json::to_string_pretty(observation)
        .expect("an observation has only text, numbers, and lists of them");
    text.push('\n');
    text
}

/// Reads what [`write()`] wrote, or an equivalent of it.
pub fn read(text: &str) -> Result<Observation, RecordingError> {
    // The version first: all else may be different in a later format.
    let header: Header = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let found = &header.format_version;
    match (major(found), major(FORMAT_VERSION)) {
        (Some(theirs), Some(ours)) if theirs <= ours => {}
        (Some(_), _) => {
            return Err(RecordingError::NewerFormat {
                found: found.clone(),
                place: field(text, "formatVersion", found, 0),
            });
        }
        (None, _) => {
            return Err(RecordingError::Malformed {
                reason: format!("`{found}` is no format version"),
                place: field(text, "formatVersion", found, 0),
            });
        }
    }
    let mut observation: Observation =
        serde_json::from_str(text).map_err(|error| malformed(&error))?;
    FORMAT_VERSION.clone_into(&mut observation.format_version);
    observation.members.sort_by_key(|member| member.id);
    possible(&observation, text)?;
    Ok(observation)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    format_version: String,
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

fn possible(observation: &Observation, text: &str) -> Result<(), RecordingError> {
    let contradiction = |reason: String, key: &str, id: MemberId, n: usize| {
        let place = field(text, key, &id.to_string(), n);
        Err(RecordingError::Contradiction { reason, place })
    };
    let mut ids = observation.members.iter().map(|member| member.id);
    let next = observation.members.iter().skip(1).map(|member| member.id);
    if let Some((id, _)) = ids.clone().zip(next).find(|(id, next)| id == next) {
        return contradiction(format!("member {id} stands twice"), "id", id, 1);
    }
    match observation.leader {
        Some(leader) if !ids.any(|id| id == leader) => {
            contradiction(format!("leader {leader} is no member"), "leader", leader, 0)
        }
        Some(_) | None => Ok(()),
    }
}

fn malformed(error: &serde_json::Error) -> RecordingError {
    let place = Place {
        line: error.line(),
        column: error.column(),
    };
    let whole = error.to_string();
    let suffix = format!(" at line {} column {}", place.line, place.column);
    RecordingError::Malformed {
        reason: whole.strip_suffix(&suffix).unwrap_or(&whole).to_owned(),
        place,
    }
}

/// Where a field has this value for the nth time, counted from 0; the last time if it has it less often.
fn field(text: &str, key: &str, value: &str, n: usize) -> Place {
    let [key, value] = [key, value].map(|text| serde_json::Value::from(text).to_string());
    let of_key = |start: usize| {
        let before = text.split_at(start).0.trim_end().strip_suffix(':');
        before.is_some_and(|before| before.trim_end().ends_with(&key))
    };
    let starts = text.match_indices(&value).map(|(start, _)| start);
    let start = starts.filter(|start| of_key(*start)).take(n + 1).last();
    let before = text.split_at(start.unwrap_or(0)).0;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place {
        line: before.matches('\n').count() + 1,
        column: before.len() - line_start + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Size;
    use crate::member::{ClusterId, MemberName, Role};
    use crate::observation::{Condition, Disturbance, LiveMember, Status, Witness};
    use crate::url::Urls;
    use crate::version::Version;

    fn member(id: u64, name: &str, condition: Condition) -> LiveMember {
        LiveMember {
            id: MemberId::new(id),
            name: MemberName::observed(name),
            peer_urls: Urls::observed(&[format!("http://10.0.0.{id}:2380")]),
            client_urls: Urls::observed(&[format!("http://10.0.0.{id}:2379")]),
            role: Role::Voter,
            condition,
            seen_by_leader: Witness::No,
            seen_by_peers: Witness::Unknown,
            peer_port: Witness::Yes,
        }
    }

    fn everything() -> Observation {
        let running = Status {
            endpoint: "http://10.0.0.1:2379".to_owned(),
            version: Version::new(3, 5, 30),
            leader: Some(MemberId::new(1)),
            linearizable: Witness::Yes,
            term: 7,
            raft_index: u64::MAX,
            applied_index: 41,
            db_size: Size(28_673),
            started_at: Some(1_795_489_822_790),
        };
        let reason = "no answer\u{1b}[2J \"quoted\"".to_owned();
        Observation {
            format_version: FORMAT_VERSION.to_owned(),
            observed_at: "2026-11-23T12:04:00Z".to_owned(),
            cluster_id: ClusterId::new(0xcdf8_1819_4e3a_8c32),
            members: vec![
                member(1, "infra0", Condition::Running(running)),
                member(2, "größer=,", Condition::Silent { reason }),
                member(3, "", Condition::Unstarted),
            ],
            leader: Some(MemberId::new(1)),
            disturbances: [
                Disturbance::NoSpace {
                    member: MemberId::new(2),
                },
                Disturbance::TermMoving,
            ]
            .into(),
            cluster_version: None,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = write(&everything());
        assert_eq!(read(&text).unwrap(), everything());
        assert_eq!(write(&read(&text).unwrap()), text);
        let mut shuffled = everything();
        shuffled.members.reverse();
        assert_eq!(read(&write(&shuffled)).unwrap(), everything());
    }

    #[test]
    fn later_minor_formats_are_read_and_later_major_ones_refused() {
        let text = write(&everything());
        let later = text.replace("\"1.0\",", "\"1.9\", \"weather\": \"fine\",");
        assert_eq!(read(&later).unwrap(), everything());
        let error = read(&text.replace("\"1.0\"", "\"2.0\"")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "format 2.0 is newer than format 1.0 of this etcdplan, at line 2, column 20"
        );
        let error = read(&text.replace("\"1.0\"", "\"new\"")).unwrap_err();
        assert_eq!(
            error.place(),
            Place {
                line: 2,
                column: 20
            }
        );
    }

    #[test]
    fn bad_input_is_refused_with_its_place() {
        let text = write(&everything());
        for (from, to, expected) in [
            (
                "\"term\": 7",
                "\"term\": -7",
                "invalid value: integer `-7`, expected u64",
            ),
            ("\"voter\"", "\"boss\"", "unknown variant `boss`"),
            (
                "0000000000000003",
                "0000000000000002",
                "member 0000000000000002 stands twice, at line 5",
            ),
            (
                "\"leader\": \"0000000000000001\",\n  \"dist",
                "\"leader\": \"0000000000000009\",\n  \"dist",
                "leader 0000000000000009 is no member, at line 68, column 13",
            ),
        ] {
            let bad = text.replace(from, to);
            assert_ne!(bad, text, "{from}");
            let error = read(&bad).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.place().line > 1, "{error}");
        }
    }

    #[test]
    fn half_a_recording_is_refused_wherever_it_ends() {
        let text = write(&everything());
        let ends = (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end));
        for end in ends {
            let RecordingError::Malformed { place, .. } = read(text.split_at(end).0).unwrap_err()
            else {
                panic!("read {end} bytes");
            };
            assert!(place.line <= text.lines().count());
        }
    }
}
