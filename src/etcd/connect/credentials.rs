//! What we show to servers, and whom we trust: as it is configured.

use std::io;
use std::path::PathBuf;

use crate::etcd::connect::secret::Secret;

/// The files and names with which a cluster is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Authorities that sign the servers' certificates; none: the system's roots.
    pub ca_file: Option<PathBuf>,
    /// Our certificate and its key.
    pub identity: Option<Identity>,
    /// Who we log in as.
    pub login: Option<Login>,
}

/// A client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and the chain above it.
    pub cert_file: PathBuf,
    /// Its key.
    pub key_file: PathBuf,
}

/// A user of etcd's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Why credentials cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CredentialsError {
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", file.display())]
    #[diagnostic(
        code(E0450),
        help(
            "correct the path, which in a topology file begins where that file is, or the file's permissions"
        )
    )]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's words.
        reason: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {wanted}", file.display())]
    #[diagnostic(code(E0451), help("write it as PEM: -----BEGIN ..."))]
    Empty {
        /// The file.
        file: PathBuf,
        /// What was looked for.
        wanted: &'static str,
    },
    /// A certificate and a key do not belong together, or cannot be used.
    #[error("{} and {} cannot be used together: {reason}", identity.cert_file.display(), identity.key_file.display())]
    #[diagnostic(
        code(E0452),
        help("name the certificate and the key that belong together")
    )]
    Mismatch {
        /// The two files.
        identity: Identity,
        /// Why.
        reason: String,
    },
    /// There is no authority to trust.
    #[error("no authority is trusted: {reason}")]
    #[diagnostic(
        code(E0454),
        help(
            "name the authority that signs the servers' certificates: `connect.caFile` or --cacert"
        )
    )]
    NoRoots {
        /// Why.
        reason: String,
    },
}
