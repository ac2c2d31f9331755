//! The records of a segment: frames of a length and a protobuf `Record` of a type, a checksum and data.
//!
//! The checksum of a record goes on from that of the one before (`encoder.go` and `decoder.go` of etcd's
//! `wal` package), so one that does not fit is damage, and what comes after it cannot be trusted.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::message::{bytes, number, of_numbers, put_bytes};

/// The types of records (`wal.go` of etcd).
pub(super) const METADATA: u64 = 1;
pub(super) const ENTRY: u64 = 2;
pub(super) const STATE: u64 = 3;
const CHECKSUM: u64 = 4;
pub(super) const SNAPSHOT: u64 = 5;

/// No record is longer: etcd takes requests of 1.5 MiB, and more only where somebody says so.
const LONGEST: u64 = 1 << 30;

/// What a disk writes whole, or not at all.
const SECTOR: u64 = 512;

/// The length of what stands before a record.
const HEAD: u64 = 8;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: u64,
    pub(super) data: Vec<u8>,
}

/// Where the records of a segment end: what comes next is written there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) offset: u64,
    checksum: u32,
}

/// The records of a segment, one by one: it is 64 MB long.
#[derive(Debug)]
pub(super) struct Records<R> {
    segment: R,
    end: End,
}

impl Records<BufReader<File>> {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::of(BufReader::new(File::open(path)?)))
    }
}

impl<R: Read> Records<R> {
    pub(super) fn of(segment: R) -> Self {
        Self {
            segment,
            end: End::default(),
        }
    }

    /// Where those end that were read.
    pub(super) fn end(&self) -> End {
        self.end
    }

    /// The next record; none at the end of what was written whole.
    ///
    /// # Errors
    ///
    /// One whose checksum does not fit, although it was written to its end.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut head = [0; 8];
        if !self.fill(&mut head)? {
            return Ok(None);
        }
        let field = u64::from_le_bytes(head);
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
        let whole = length + padding;
        let size = usize::try_from(whole).map_err(io::Error::other)?;
        let mut frame = Vec::new();
        let read = (&mut self.segment).take(whole).read_to_end(&mut frame)?;
        if read < size {
            return Ok(None);
        }
        let begin = self.end.offset + HEAD;
        let message = frame.get(..usize::try_from(length).unwrap_or(size));
        let message = message.unwrap_or_default();
        let record = Record {
            kind: number(message, 1).unwrap_or_default(),
            data: bytes(message, 3).unwrap_or_default().to_owned(),
        };
        let told = number(message, 2).and_then(|told| u32::try_from(told).ok());
        // The first record of a segment says with which checksum it goes on.
        let checksum = if record.kind == CHECKSUM {
            told.unwrap_or_default()
        } else {
            crc32c::crc32c_append(self.end.checksum, &record.data)
        };
        if told.unwrap_or_default() != checksum {
            if is_torn(&frame, begin) {
                return Ok(None);
            }
            let reason = format!("the record at byte {} is damaged", self.end.offset);
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        self.end = End {
            offset: begin + whole,
            checksum,
        };
        Ok(Some(record))
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

/// Whether the power failed while it was written: a sector of it was never reached (`isTornEntry`).
fn is_torn(frame: &[u8], begin: u64) -> bool {
    let to_sector = SECTOR - begin % SECTOR;
    let to_sector = usize::try_from(to_sector).unwrap_or(frame.len());
    let (first, rest) = frame.split_at(to_sector.min(frame.len()));
    let sector = usize::try_from(SECTOR).unwrap_or(frame.len());
    let mut sectors = rest.chunks(sector).chain([first]);
    sectors.any(|sector| sector.iter().all(|byte| *byte == 0))
}

/// The frame of a record that comes after these.
pub(super) fn frame(after: End, kind: u64, data: &[u8]) -> Vec<u8> {
    let checksum = crc32c::crc32c_append(after.checksum, data);
    let mut record = of_numbers(&[kind, checksum.into()]);
    put_bytes(&mut record, 3, data);
    let length = record.len();
    let padding = (8 - length % 8) % 8;
    record.resize(length + padding, 0);
    let wide = |number: usize| u64::try_from(number).unwrap_or_default();
    let mut head = wide(length);
    if padding > 0 {
        head |= (0x80 | wide(padding)) << 56;
    }
    [&head.to_le_bytes()[..], &record].concat()
}
