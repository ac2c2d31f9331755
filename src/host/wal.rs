//! What a member's write-ahead log says: whose it is, and how far it goes.
//!
//! A log is read where nobody answers any more. It is a series of segments of frames (`wal.go` of
//! etcd): eight bytes with the length in the lower 56 bits, and a protobuf `Record` of a type, a
//! checksum, and data. Each segment begins with a checksum and then a record that names the member
//! and the cluster. What etcd itself wrote is better evidence than any note of ours: a directory may
//! have been brought here by hand.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::member::{ClusterId, MemberId};
use crate::remains::{Data, Position};

/// The types of records (`wal.go` of etcd).
const METADATA: u64 = 1;
const ENTRY: u64 = 2;
const STATE: u64 = 3;
const SNAPSHOT: u64 = 5;

/// No record is longer: etcd takes requests of 1.5 MiB, and more only where somebody says so.
const LONGEST: u64 = 1 << 30;

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

impl From<Log> for Data {
    fn from(log: Log) -> Self {
        Self {
            member: log.owner.member,
            cluster: log.owner.cluster,
            last: log.last,
            committed: log.committed,
        }
    }
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
        if number(&record, 1)? == METADATA {
            return owner_of(bytes(&record, 3)?);
        }
    }
    None
}

/// Reads the log in this directory to its end; none where there is none.
///
/// It ends at the first frame that is not whole: the segment is written ahead of its use, and what
/// was cut by a power failure was never acknowledged.
pub fn read(wal: &Path) -> io::Result<Option<Log>> {
    let mut owner = None;
    let mut last = Position::default();
    let mut committed = 0;
    for segment in segments(wal)? {
        let mut records = Records::open(&segment)?;
        while let Some(record) = records.next()? {
            let data = bytes(&record, 3).unwrap_or_default();
            let field = |wanted| number(data, wanted).unwrap_or_default();
            match number(&record, 1).unwrap_or_default() {
                METADATA => owner = owner_of(data).or(owner),
                ENTRY => {
                    last = Position {
                        term: field(2),
                        index: field(3),
                    };
                }
                STATE => committed = field(3),
                // One that the leader sent lies beyond the entries, one of its own before them.
                SNAPSHOT if field(1) > last.index => {
                    last = Position {
                        term: field(2),
                        index: field(1),
                    };
                }
                _ => {}
            }
        }
    }
    Ok(owner.map(|owner| Log {
        owner,
        last,
        committed,
    }))
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

/// The records of a segment, one by one: it is 64 MB long.
struct Records<R> {
    segment: R,
}

impl Records<BufReader<File>> {
    fn open(path: &Path) -> io::Result<Self> {
        let segment = BufReader::new(File::open(path)?);
        Ok(Self { segment })
    }
}

impl<R: Read> Records<R> {
    /// The next record; none at the end of what was written.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut frame = [0; 8];
        if !self.fill(&mut frame)? {
            return Ok(None);
        }
        let field = u64::from_le_bytes(frame);
        let length = field & ((1 << 56) - 1);
        // The upper byte says how many bytes fill the frame up to a multiple of eight.
        let padding = if field >> 63 == 0 {
            0
        } else {
            (field >> 56) & 0b111
        };
        if length == 0 || length > LONGEST {
            return Ok(None);
        }
        let size = usize::try_from(length).map_err(io::Error::other)?;
        let mut record = Vec::new();
        let read = (&mut self.segment).take(length).read_to_end(&mut record)?;
        let mut filling = [0; 7];
        let filling = usize::try_from(padding)
            .ok()
            .and_then(|padding| filling.get_mut(..padding));
        let is_whole = read == size && self.fill(filling.unwrap_or_default())?;
        Ok(is_whole.then_some(record))
    }

    /// Whether there was as much.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        match self.segment.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn owner_of(metadata: &[u8]) -> Option<Owner> {
    let (member, cluster) = (number(metadata, 1)?, number(metadata, 2)?);
    (member != 0).then(|| Owner {
        member: MemberId::new(member),
        cluster: ClusterId::new(cluster),
    })
}

/// The number in a field of a protobuf message.
fn number(message: &[u8], wanted: u64) -> Option<u64> {
    match field(message, wanted)? {
        Value::Number(value) => Some(value),
        Value::Bytes(_) => None,
    }
}

/// The bytes in a field of a protobuf message.
fn bytes(message: &[u8], wanted: u64) -> Option<&[u8]> {
    match field(message, wanted)? {
        Value::Bytes(value) => Some(value),
        Value::Number(_) => None,
    }
}

enum Value<'m> {
    Number(u64),
    Bytes(&'m [u8]),
}

fn field(mut message: &[u8], wanted: u64) -> Option<Value<'_>> {
    loop {
        let (tag, rest) = varint(message)?;
        let (first, rest) = varint(rest)?;
        let (value, rest) = match tag & 0b111 {
            0 => (Value::Number(first), rest),
            2 => {
                let (value, rest) = rest.split_at_checked(usize::try_from(first).ok()?)?;
                (Value::Bytes(value), rest)
            }
            _ => return None,
        };
        if tag >> 3 == wanted {
            return Some(value);
        }
        message = rest;
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
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

    /// A frame as etcd writes it, with a record of this type.
    fn frame(kind: u8, data: &[u8]) -> Vec<u8> {
        let mut record = vec![
            0x08,
            kind,
            0x10,
            0x01,
            0x1a,
            u8::try_from(data.len()).unwrap(),
        ];
        record.extend(data);
        let padding = (8 - record.len() % 8) % 8;
        let mut field = u64::try_from(record.len()).unwrap();
        if padding > 0 {
            field |= (0x80 | u64::try_from(padding).unwrap()) << 56;
        }
        record.resize(record.len() + padding, 0);
        [&field.to_le_bytes()[..], &record].concat()
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

    #[test]
    fn reads_how_far_it_goes() {
        let entry = |term: u8, index: u8| frame(2, &[0x08, 0, 0x10, term, 0x18, index]);
        let commit = |term: u8, index: u8| frame(3, &[0x08, term, 0x10, 1, 0x18, index]);
        let snapshot = |term: u8, index: u8| frame(5, &[0x08, index, 0x10, term]);
        let first = [&SEGMENT[..], &entry(2, 4), &entry(2, 5), &commit(2, 4)].concat();
        let log = |segments: &[&[u8]]| {
            let log = read(folder_of(segments).path()).unwrap().unwrap();
            (log.last.term, log.last.index, log.committed)
        };
        assert_eq!(log(&[&first]), (2, 5, 4));
        // Written ahead of its use.
        assert_eq!(log(&[&[&first[..], &[0; 100]].concat()]), (2, 5, 4));
        // An entry of a later term takes the place of one that was never committed.
        let second = [&SEGMENT[..], &entry(3, 5), &commit(3, 5)].concat();
        assert_eq!(log(&[&first, &second]), (3, 5, 5));
        let cut = &second[..second.len() - 1];
        assert_eq!(log(&[&first, cut]), (3, 5, 4));
        assert_eq!(
            log(&[&first, &[&SEGMENT[..], &snapshot(3, 9)].concat()]),
            (3, 9, 4)
        );
        assert_eq!(
            log(&[&first, &[&SEGMENT[..], &snapshot(1, 3)].concat()]),
            (2, 5, 4)
        );
    }
}
