//! What a member's write-ahead log says: whose it is, and how far it goes.
//!
//! A log is read where nobody answers any more. It is a series of segments (`wal.go` of etcd), each of
//! which begins with a checksum and then a record that names the member and the cluster. What etcd
//! itself wrote is better evidence than any note of ours: a directory may have been brought here by
//! hand.

mod message;
mod record;

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::member::{ClusterId, MemberId};
use crate::remains::Position;

use message::number;
use record::{ENTRY, End, METADATA, Records, SNAPSHOT, STATE};

/// Whose log it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The member.
    pub member: MemberId,
    /// Its cluster.
    pub cluster: ClusterId,
}

/// A log that was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// Whose it is.
    pub owner: Owner,
    /// Its last entry.
    pub last: Position,
    /// The last index that it knows to be committed.
    pub committed: u64,
}

/// Where etcd keeps the log in a data directory, unless `--wal-dir` says otherwise.
pub fn within(data: &Path) -> PathBuf {
    data.join("member/wal")
}

/// Whose log lies in this directory; none where it cannot be told.
pub fn owner(wal: &Path) -> Option<Owner> {
    let first = segments(wal).ok()?.into_iter().next()?;
    let mut records = Records::open(&first).ok()?;
    while let Ok(Some(record)) = records.next() {
        if record.kind == METADATA {
            return owner_of(&record.data);
        }
    }
    None
}

/// Reads the log in this directory to its end; none where there is none.
///
/// It ends at the first frame that is not whole: the segment is written ahead of its use, and what
/// was cut by a power failure was never acknowledged.
///
/// # Errors
///
/// A record that is damaged: etcd starts on no such log.
pub fn read(wal: &Path) -> io::Result<Option<Log>> {
    let reading = Reading::of(wal)?;
    Ok(reading.owner.map(|owner| Log {
        owner,
        last: reading.last,
        committed: reading.state.committed,
    }))
}

/// Notes in the log that all of it is committed. Repeatable.
///
/// A member that begins anew alone drops what it does not know to be committed (`restartAsStandaloneNode`
/// of etcd 3.4, `bootstrapRaftFromWAL` from 3.5 on), and it learns that a write was acknowledged only with
/// the next message of its leader. What its log holds beyond is all that is left of such writes.
pub fn commit_all(wal: &Path) -> io::Result<()> {
    let Reading {
        state, last, end, ..
    } = Reading::of(wal)?;
    let Some((segment, end)) = end.filter(|_| state.committed < last.index) else {
        return Ok(());
    };
    let state = [state.term.max(last.term), state.vote, last.index];
    let frame = record::frame(end, STATE, &message::of_numbers(&state));
    let mut file = File::options().write(true).open(segment)?;
    // What lies behind was not whole, and would be read as what follows.
    file.set_len(end.offset)?;
    file.seek(SeekFrom::Start(end.offset))?;
    file.write_all(&frame)?;
    file.sync_all()
}

/// What was read of a log.
#[derive(Debug, Default)]
struct Reading {
    owner: Option<Owner>,
    last: Position,
    state: HardState,
    /// The last segment, and where its records end.
    end: Option<(PathBuf, End)>,
}

/// What raft keeps beside its entries (`HardState`).
#[derive(Clone, Copy, Debug, Default)]
struct HardState {
    term: u64,
    vote: u64,
    committed: u64,
}

impl Reading {
    fn of(wal: &Path) -> io::Result<Self> {
        let mut reading = Self::default();
        for segment in segments(wal)? {
            let mut records = Records::open(&segment)?;
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", segment.display()))
            };
            while let Some(record) = records.next().map_err(named)? {
                reading.take(record.kind, &record.data);
            }
            reading.end = Some((segment, records.end()));
        }
        Ok(reading)
    }

    fn take(&mut self, kind: u64, data: &[u8]) {
        let field = |wanted| number(data, wanted).unwrap_or_default();
        match kind {
            METADATA => self.owner = owner_of(data).or(self.owner),
            ENTRY => {
                self.last = Position {
                    term: field(2),
                    index: field(3),
                };
            }
            STATE => {
                self.state = HardState {
                    term: field(1),
                    vote: field(2),
                    committed: field(3),
                };
            }
            // One that the leader sent lies beyond the entries, one of its own before them.
            SNAPSHOT if field(1) > self.last.index => {
                self.last = Position {
                    term: field(2),
                    index: field(1),
                };
            }
            _ => {}
        }
    }
}

fn segments(wal: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(wal) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let paths = entries.into_iter().map(|entry| entry.path());
    let mut segments: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "wal"))
        .collect();
    // Their names are the numbers of their order, of one length.
    segments.sort();
    Ok(segments)
}

fn owner_of(metadata: &[u8]) -> Option<Owner> {
    let (member, cluster) = (number(metadata, 1)?, number(metadata, 2)?);
    (member != 0).then(|| Owner {
        member: MemberId::new(member),
        cluster: ClusterId::new(cluster),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first bytes of a segment of member 422751bef858dcbf, as etcd 3.4.23 and 3.5.30 write it.
    const SEGMENT: [u8; 56] = [
        0x04, 0, 0, 0, 0, 0, 0, 0x84, 0x08, 0x04, 0x10, 0, 0, 0, 0, 0, // the checksum
        0x1e, 0, 0, 0, 0, 0, 0, 0x82, 0x08, 0x01, 0x10, 0xbc, 0xd3, 0xe5, 0x80, 0x0a, 0x1a, 0x14,
        0x08, 0xbf, 0xb9, 0xe3, 0xc2, 0xef, 0xb7, 0xd4, 0x93, 0x42, // the member
        0x10, 0xf6, 0x94, 0xf3, 0xc5, 0xe5, 0x94, 0xf2, 0xe4, 0x46, // the cluster
        0, 0,
    ];

    /// Records that come after those of [`SEGMENT`].
    fn behind(records: &[(u64, [u64; 3])]) -> Vec<u8> {
        let mut bytes = SEGMENT.to_vec();
        for (kind, numbers) in records {
            let mut read = Records::of(&bytes[..]);
            while read.next().unwrap().is_some() {}
            let data = message::of_numbers(numbers);
            let frame = record::frame(read.end(), *kind, &data);
            bytes.extend(frame);
        }
        bytes
    }

    fn folder_of(segments: &[&[u8]]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (number, bytes) in segments.iter().enumerate() {
            let name = format!("{number:016x}-{number:016x}.wal");
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    #[test]
    fn reads_whose_it_is() {
        let expected = Owner {
            member: MemberId::new(0x4227_51be_f858_dcbf),
            cluster: ClusterId::new(0x46c9_c8a6_58bc_ca76),
        };
        assert_eq!(owner(folder_of(&[&SEGMENT]).path()), Some(expected));
        for length in 0..SEGMENT.len() {
            let cut = folder_of(&[&SEGMENT[..length]]);
            assert_eq!(owner(cut.path()), None, "{length}");
            assert_eq!(read(cut.path()).unwrap(), None, "{length}");
        }
        assert_eq!(read(Path::new("/nowhere")).unwrap(), None);
    }

    const fn entry(term: u64, index: u64) -> (u64, [u64; 3]) {
        (ENTRY, [0, term, index])
    }

    const fn commit(term: u64, index: u64) -> (u64, [u64; 3]) {
        (STATE, [term, 1, index])
    }

    const fn snapshot(term: u64, index: u64) -> (u64, [u64; 3]) {
        (SNAPSHOT, [index, term, 0])
    }

    fn log(segments: &[&[u8]]) -> (u64, u64, u64) {
        let log = read(folder_of(segments).path()).unwrap().unwrap();
        (log.last.term, log.last.index, log.committed)
    }

    #[test]
    fn reads_how_far_it_goes() {
        let first = behind(&[entry(2, 4), entry(2, 5), commit(2, 4)]);
        assert_eq!(log(&[&first]), (2, 5, 4));
        // Written ahead of its use.
        assert_eq!(log(&[&[&first[..], &[0; 100]].concat()]), (2, 5, 4));
        // An entry of a later term takes the place of one that was never committed.
        let second = behind(&[entry(3, 5), commit(3, 5)]);
        assert_eq!(log(&[&first, &second]), (3, 5, 5));
        let cut = &second[..second.len() - 1];
        assert_eq!(log(&[&first, cut]), (3, 5, 4));
        assert_eq!(log(&[&first, &behind(&[snapshot(3, 9)])]), (3, 9, 4));
        assert_eq!(log(&[&first, &behind(&[snapshot(1, 3)])]), (2, 5, 4));
    }

    #[test]
    fn a_damaged_record_is_told() {
        let mut bytes = behind(&[entry(2, 4), entry(2, 5)]);
        let damaged = SEGMENT.len() + 14;
        bytes[damaged] ^= 1;
        let error = read(folder_of(&[&bytes]).path()).unwrap_err();
        let expected = format!("the record at byte {} is damaged", SEGMENT.len());
        assert!(error.to_string().ends_with(&expected), "{error}");
    }

    #[test]
    fn all_of_it_is_committed() {
        let whole = behind(&[entry(2, 4), commit(2, 4), entry(3, 5)]);
        let torn = behind(&[entry(2, 4), commit(2, 4), entry(3, 5), entry(3, 6)]);
        let torn = &torn[..torn.len() - 1];
        for bytes in [&whole[..], torn, &[&whole[..], &[0; 100]].concat()] {
            let folder = folder_of(&[bytes]);
            for _ in 0..2 {
                commit_all(folder.path()).unwrap();
                let reading = Reading::of(folder.path()).unwrap();
                let state = reading.state;
                assert_eq!((state.term, state.vote, state.committed), (3, 1, 5));
                assert_eq!(reading.last, Position { term: 3, index: 5 });
            }
        }
        commit_all(Path::new("/nowhere")).unwrap();
    }
}
