//! Why there is no backup, or why a file is none.

use crate::amount::Size;

/// Why there is no backup, or why a file is none. Wherever this comes from, no file was left that
/// has the name of a backup and is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error, miette::Diagnostic)]
pub enum BackupError {
    /// Nobody could send one.
    #[error("no voter answers that a backup could be taken from")]
    #[diagnostic(
        code(E0470),
        help("`etcdplan status` shows what stands in the way of each member")
    )]
    NoSource,
    /// It would not fit.
    #[error("no room in {folder}: {free} are free, and the backup takes up to {needed}")]
    #[diagnostic(
        code(E0471),
        help("free space there, or name another folder: -o, or `policy.backupDir`")
    )]
    NoRoom {
        /// The folder.
        folder: String,
        /// What is free for this user.
        free: Size,
        /// What is needed: the database and a margin.
        needed: Size,
    },
    /// The disk did not take it.
    #[error("cannot write {path}: {reason}")]
    #[diagnostic(
        code(E0472),
        help("no backup was left behind; mend what the system says, or name another folder")
    )]
    Unwritten {
        /// The file or folder.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// The stream broke off.
    #[error("the backup from {member} broke off after {received}: {reason}")]
    #[diagnostic(code(E0473), help("{}", way_out_of(reason)))]
    Broken {
        /// The member that sent it.
        member: String,
        /// What had come.
        received: Size,
        /// What happened.
        reason: String,
    },
    /// The digest at the end is not that of what stands before it.
    #[error("{what} was changed or cut: the digest at its end is not its own")]
    #[diagnostic(
        code(E0474),
        help("at its end: {sent}\nits own:    {found}\ndo not restore it: take another backup")
    )]
    Changed {
        /// The file, or the stream.
        what: String,
        /// The digest at its end.
        sent: String,
        /// The digest of what is there.
        found: String,
    },
    /// It ends where no backup ends.
    #[error("{what} is cut, or never had a digest at its end: {bytes} bytes")]
    #[diagnostic(
        code(E0475),
        help(
            "a backup is pages of 512 bytes and a digest of 32: take another one\na database that was copied from a data directory has no digest: `etcdutl snapshot restore --skip-hash-check` takes it"
        )
    )]
    Cut {
        /// The file, or the stream.
        what: String,
        /// Its length.
        bytes: u64,
    },
    /// There is nothing in it.
    #[error("{what} is empty")]
    #[diagnostic(code(E0476), help("take another backup"))]
    Empty {
        /// The file, or the stream.
        what: String,
    },
    /// etcd's own program cannot read it.
    #[error("`{program}` does not read {what}: {reason}")]
    #[diagnostic(
        code(E0477),
        help(
            "name an etcdutl of the cluster's version: --etcdutl PATH\nif that one does not read it either, do not rely on this backup"
        )
    )]
    Unreadable {
        /// The program.
        program: String,
        /// The file.
        what: String,
        /// What it said.
        reason: String,
    },
    /// It is something else.
    #[error("{what} is no backup of etcd's")]
    #[diagnostic(
        code(E0479),
        help("name the file that `etcdplan backup` or `etcdctl snapshot save` wrote")
    )]
    Other {
        /// The file, or the stream.
        what: String,
    },
}

/// What helps where a stream broke off.
fn way_out_of(reason: &str) -> &'static str {
    if reason.contains("permission denied") || reason.contains("user name is empty") {
        "where users are on, only the role `root` may take a backup: log in as a user with that role, by `connect.user` or --user, and ETCDPLAN_PASSWORD"
    } else {
        "no backup was left behind; look at the member, then run again"
    }
}

impl BackupError {
    /// What is wrong with a file or a stream; `None` if nothing is.
    pub fn of(what: &str, bytes: u64, judgement: &super::trailer::Judgement) -> Option<Self> {
        use super::trailer::Judgement;
        let what = what.to_owned();
        match judgement {
            Judgement::Whole { .. } => None,
            Judgement::Empty => Some(Self::Empty { what }),
            Judgement::Other => Some(Self::Other { what }),
            Judgement::Cut => Some(Self::Cut { what, bytes }),
            Judgement::Changed { sent, found } => Some(Self::Changed {
                what,
                sent: sent.clone(),
                found: found.clone(),
            }),
        }
    }
}
