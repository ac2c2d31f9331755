//! Whether a backup is whole: etcd appends the SHA-256 of the database that it sends.
//!
//! The digest is made while the bytes come by. Only as many are held back as
//! may turn out to be the trailer, so that a database of any size takes no memory.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The length of the trailer.
const TRAILER: usize = 32;

/// Databases are written in pages, all of a size that is a multiple of this (bbolt `db.go`, and
/// `hasChecksum` in etcd's `etcdutl/snapshot/v3_snapshot.go`).
const PAGE: u64 = 512;

/// Where the first page of a database says that it is one (bbolt `page.go`: a header of 16 bytes,
/// then the meta page's magic number, in the byte order of etcd's platforms).
const MAGIC_AT: usize = 16;
const MAGIC: [u8; 4] = 0xED0C_DAED_u32.to_le_bytes();

/// A digest that is made while bytes come by.
#[derive(Clone, Debug, Default)]
pub struct StreamDigest {
    content: Sha256,
    /// The first bytes, as many as tell what it is.
    head: Vec<u8>,
    /// The last bytes, which may be the trailer.
    held: Vec<u8>,
    length: u64,
}

/// What came by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// A database, and its digest behind it.
    Whole {
        /// The SHA-256 of all of it, the trailer too.
        sha256: String,
    },
    /// Nothing.
    Empty,
    /// No database of etcd's.
    Other,
    /// A database of a length that no backup has: the end is missing, or it never had a trailer.
    Cut,
    /// A database whose digest is not the trailer.
    Changed {
        /// The trailer.
        sent: String,
        /// The digest of what came before it.
        found: String,
    },
}

impl StreamDigest {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let wanted = (MAGIC_AT + MAGIC.len()).saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(wanted));
        if let Some((before, last)) = bytes.split_last_chunk::<TRAILER>() {
            self.content.update(&self.held);
            self.content.update(before);
            self.held.clear();
            self.held.extend(last);
        } else {
            self.held.extend(bytes);
            let surplus = self.held.len().saturating_sub(TRAILER);
            self.content.update(self.held.drain(..surplus).as_slice());
        }
    }

    /// How many bytes came by.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Judges what came by, once nothing more comes.
    pub fn judge(self) -> Judgement {
        let Self {
            content,
            head,
            held,
            length,
        } = self;
        if length == 0 {
            return Judgement::Empty;
        }
        if head.get(MAGIC_AT..) != Some(&MAGIC[..]) {
            return Judgement::Other;
        }
        if u64::try_from(TRAILER) != Ok(length % PAGE) {
            return Judgement::Cut;
        }
        let found = content.clone().finalize();
        if found[..] == held[..] {
            let sha256 = hex(&content.chain_update(&held).finalize());
            Judgement::Whole { sha256 }
        } else {
            Judgement::Changed {
                sent: hex(&held),
                found: hex(&found),
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text never fails.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What etcd would send for a database of so many pages.
    fn backup(pages: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..pages * 512)
            .map(|i| u8::try_from(i % 251).unwrap())
            .collect();
        bytes[16..20].copy_from_slice(&MAGIC);
        let digest = Sha256::digest(&bytes);
        bytes.extend(digest);
        bytes
    }

    fn judged(bytes: &[u8], piece: usize) -> Judgement {
        let mut digest = StreamDigest::default();
        for piece in bytes.chunks(piece) {
            digest.update(piece);
        }
        assert_eq!(digest.length(), u64::try_from(bytes.len()).unwrap());
        assert!(digest.held.len() <= TRAILER && digest.head.len() <= 20);
        digest.judge()
    }

    #[test]
    fn pieces_of_every_size_give_the_same_digest() {
        let bytes = backup(3);
        let sha256 = hex(&Sha256::digest(&bytes));
        for piece in 1..=bytes.len() {
            let sha256 = sha256.clone();
            assert_eq!(
                judged(&bytes, piece),
                Judgement::Whole { sha256 },
                "{piece}"
            );
        }
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_found() {
        let bytes = backup(2);
        for end in 0..bytes.len() {
            let judgement = judged(&bytes[..end], 100);
            assert!(!matches!(judgement, Judgement::Whole { .. }), "{end}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let judgement = judged(&changed, 100);
            assert!(!matches!(judgement, Judgement::Whole { .. }), "{at}");
        }
    }

    #[test]
    fn what_it_is_instead_is_told() {
        assert_eq!(judged(&[], 1), Judgement::Empty);
        assert_eq!(
            judged(b"not a database, but long enough", 7),
            Judgement::Other
        );
        assert_eq!(judged(&backup(2)[..1024], 7), Judgement::Cut);
        let cut = judged(&backup(2)[..544], 7);
        assert!(matches!(cut, Judgement::Changed { .. }), "{cut:?}");
    }
}
