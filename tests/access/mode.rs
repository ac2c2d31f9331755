//! How a cluster lets clients in.

use std::path::Path;

use crate::bed::member::{PLAIN, Schemes};
use crate::pki::FOLDER;

/// What a cluster asks of its clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    /// Of the member of this number.
    pub(crate) schemes: fn(u8) -> Schemes,
    /// Whether clients must show a certificate.
    pub(crate) client_certificates: bool,
    pub(crate) users: Users,
}

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Users {
    /// Everybody everything.
    None,
    /// The user whose name the client certificate has.
    ByCertificate,
    /// The user who logs in.
    ByPassword,
}

/// The one who may do everything, and the password.
pub(crate) const ROOT: &str = "root";
pub(crate) const PASSWORD: &str = "pLaNtEd-sEcReT";

const TLS: Schemes = Schemes {
    peer: "http",
    client: "https",
};
const MUTUAL: Schemes = Schemes {
    peer: "https",
    client: "https",
};

pub(crate) const PLAIN_MODE: Mode = Mode {
    name: "plain",
    schemes: |_| PLAIN,
    client_certificates: false,
    users: Users::None,
};

pub(crate) const TLS_MODE: Mode = Mode {
    name: "TLS",
    schemes: |_| TLS,
    ..PLAIN_MODE
};

pub(crate) const MUTUAL_MODE: Mode = Mode {
    name: "mutual TLS",
    schemes: |_| MUTUAL,
    client_certificates: true,
    users: Users::None,
};

pub(crate) const MUTUAL_WITH_USERS: Mode = Mode {
    name: "mutual TLS with users",
    users: Users::ByCertificate,
    ..MUTUAL_MODE
};

pub(crate) const TLS_WITH_PASSWORD: Mode = Mode {
    name: "TLS with a password",
    users: Users::ByPassword,
    ..TLS_MODE
};

/// Certificates of both sides, and a password.
pub(crate) const EVERYTHING: Mode = Mode {
    name: "mutual TLS with a password",
    users: Users::ByPassword,
    ..MUTUAL_MODE
};

pub(crate) const PLAIN_WITH_PASSWORD: Mode = Mode {
    name: "plain with a password",
    users: Users::ByPassword,
    ..PLAIN_MODE
};

/// `http` and `https` members side by side, also those that come.
pub(crate) const MIXED: Mode = Mode {
    name: "http and https mixed, with a password",
    schemes: |number| if number.is_multiple_of(2) { TLS } else { PLAIN },
    ..TLS_WITH_PASSWORD
};

impl Mode {
    /// Whether any member has a certificate.
    pub(crate) fn has_tls(&self) -> bool {
        (1..=2).any(|number| (self.schemes)(number) != PLAIN)
    }

    /// What every etcd gets. Where a URL is `http`, it ignores its certificate.
    pub(crate) fn environment(&self, directory: &Path) -> Vec<(&'static str, String)> {
        let file = |name: &str| {
            let path = directory.join(FOLDER).join(name);
            path.display().to_string()
        };
        let mut all = Vec::new();
        if self.has_tls() {
            all.push(("ETCD_CERT_FILE", file("server.crt")));
            all.push(("ETCD_KEY_FILE", file("server.key")));
        }
        if self.client_certificates {
            all.push(("ETCD_TRUSTED_CA_FILE", file("ca.crt")));
            all.push(("ETCD_CLIENT_CERT_AUTH", "true".to_owned()));
            all.push(("ETCD_PEER_CERT_FILE", file("server.crt")));
            all.push(("ETCD_PEER_KEY_FILE", file("server.key")));
            all.push(("ETCD_PEER_TRUSTED_CA_FILE", file("ca.crt")));
            all.push(("ETCD_PEER_CLIENT_CERT_AUTH", "true".to_owned()));
        }
        all
    }

    /// The files that a client names, by the name of the flag and of the file's field.
    pub(crate) fn files(&self) -> Vec<(&'static str, &'static str, String)> {
        let file = |name: &str| format!("{FOLDER}/{name}");
        let mut all = Vec::new();
        if self.has_tls() {
            all.push(("--cacert", "caFile", file("ca.crt")));
        }
        if self.client_certificates {
            all.push(("--cert", "certFile", file("client.crt")));
            all.push(("--key", "keyFile", file("client.key")));
        }
        all
    }
}
