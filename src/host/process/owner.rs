//! Whose data a directory holds.
//!
//! Every segment of etcd's write-ahead log begins with a checksum and then a
//! record that names the member and the cluster (`wal.go` of etcd: a frame is
//! eight bytes, the length in the lower 56 bits, and a protobuf `Record`, whose
//! data is a protobuf `Metadata`). What etcd itself wrote is better evidence
//! than any note of ours: a directory may have been brought here by hand.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use crate::member::MemberId;

/// How much of a segment is read: the two records are some fifty bytes.
const HEAD: u64 = 4096;

/// The type of the record that holds the metadata.
const METADATA: u64 = 1;

/// The member whose log lies in the data directory; none where it cannot be told.
pub(super) fn of(data: &Path) -> Option<MemberId> {
    let entries = fs::read_dir(data.join("member/wal")).ok()?;
    let segments = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let first = segments
        .filter(|path| path.extension().is_some_and(|ending| ending == "wal"))
        .min()?;
    let mut head = Vec::new();
    File::open(first)
        .ok()?
        .take(HEAD)
        .read_to_end(&mut head)
        .ok()?;
    member(&head)
}

fn member(mut head: &[u8]) -> Option<MemberId> {
    loop {
        let (frame, rest) = head.split_first_chunk::<8>()?;
        let field = u64::from_le_bytes(*frame);
        let length = usize::try_from(field & ((1 << 56) - 1)).ok()?;
        // The upper byte says how many bytes fill the frame up to a multiple of eight.
        let padding = match field >> 63 {
            0 => 0,
            _ => usize::try_from((field >> 56) & 0b111).ok()?,
        };
        let record = rest.get(..length).filter(|record| !record.is_empty())?;
        if number(record, 1)? == METADATA {
            let id = number(bytes(record, 3)?, 1)?;
            return (id != 0).then(|| MemberId::new(id));
        }
        head = rest.get(length + padding..)?;
    }
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
    const SEGMENT: [u8; 54] = [
        0x04, 0, 0, 0, 0, 0, 0, 0x84, 0x08, 0x04, 0x10, 0, 0, 0, 0, 0, // the checksum
        0x1e, 0, 0, 0, 0, 0, 0, 0x82, 0x08, 0x01, 0x10, 0xbc, 0xd3, 0xe5, 0x80, 0x0a, 0x1a, 0x14,
        0x08, 0xbf, 0xb9, 0xe3, 0xc2, 0xef, 0xb7, 0xd4, 0x93, 0x42, // the member
        0x10, 0xf6, 0x94, 0xf3, 0xc5, 0xe5, 0x94, 0xf2, 0xe4, 0x46, // the cluster
    ];

    #[test]
    fn reads_what_etcd_writes() {
        let id = MemberId::new(0x4227_51be_f858_dcbf);
        assert_eq!(member(&SEGMENT), Some(id));
        for length in 0..SEGMENT.len() {
            assert_eq!(member(&SEGMENT[..length]), None, "{length}");
        }
    }
}
