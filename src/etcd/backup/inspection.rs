//! Whether a file is a backup that can be restored.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::backup::trailer::{Judgement, StreamDigest};
use crate::backup::{BackupError, Content};

use super::Tool;

/// How much is read at once.
const PORTION: usize = 256 << 10;

/// What is found out about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its length.
    pub bytes: u64,
    /// What is in it, or why it is no backup.
    pub outcome: Result<Content, BackupError>,
}

/// Looks at a file; an error is one of reading it.
pub async fn inspect(path: &Path, tool: &Tool) -> io::Result<Inspection> {
    let (bytes, judgement) = digest(path)?;
    let what = path.display().to_string();
    let outcome = match (BackupError::of(&what, bytes, &judgement), judgement) {
        (None, Judgement::Whole { sha256 }) => {
            let reading = tool.read(path, &what).await;
            reading.map(|reading| Content {
                bytes,
                sha256,
                reading,
            })
        }
        (Some(error), _) => Err(error),
        (None, _) => Err(BackupError::Other { what }),
    };
    Ok(Inspection { bytes, outcome })
}

/// The SHA-256 of a backup, as `sha256sum` prints it; none where the file is no whole one.
pub fn sha256_of(path: &Path) -> io::Result<Option<String>> {
    let (_, judgement) = digest(path)?;
    Ok(match judgement {
        Judgement::Whole { sha256 } => Some(sha256),
        Judgement::Empty | Judgement::Other | Judgement::Cut | Judgement::Changed { .. } => None,
    })
}

fn digest(path: &Path) -> io::Result<(u64, Judgement)> {
    let mut file = File::open(path)?;
    let mut digest = StreamDigest::default();
    let mut portion = vec![0; PORTION];
    loop {
        let read = match file.read(&mut portion) {
            Ok(0) => return Ok((digest.length(), digest.judge())),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(portion.get(..read).unwrap_or_default());
    }
}
