//! Why an endpoint is of no use to us.

use std::time::Duration;

use miette::Diagnostic as _;

/// What stands between us and an endpoint.
///
/// The first four may mean that nobody is there. With all others somebody is: whoever answers
/// and does not let us in is never taken for dead.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error, miette::Diagnostic)]
pub enum Obstacle {
    /// Nobody listens.
    #[error("connection refused")]
    #[diagnostic(
        code(E0410),
        help("see that etcd runs there and listens on this address (--listen-client-urls)")
    )]
    Refused,
    /// Its host has no address.
    #[error("unknown host: {reason}")]
    #[diagnostic(
        code(E0411),
        help("correct the host's name, or the name service of this machine")
    )]
    UnknownHost {
        /// The resolver's words.
        reason: String,
    },
    /// It is silent.
    #[error("no answer within {}", humantime::format_duration(*limit))]
    #[diagnostic(
        code(E0412),
        help("see that the host is up, and that nothing on the way drops packets to this port")
    )]
    Late {
        /// How long it had.
        limit: Duration,
    },
    /// The way to it is closed, or the connection broke.
    #[error("{reason}")]
    #[diagnostic(
        code(E0413),
        help("see that the host can be reached from this machine")
    )]
    Broken {
        /// The system's or the server's words.
        reason: String,
    },
    /// Its certificate is signed by nobody whom we trust.
    #[error("its certificate is signed by an authority that is not trusted here")]
    #[diagnostic(
        code(E0414),
        help(
            "name the authority that signs the servers' certificates: `connect.caFile` or --cacert"
        )
    )]
    UnknownAuthority,
    /// Its certificate is out of date, or not yet valid.
    #[error("its certificate is not valid now: {reason}")]
    #[diagnostic(
        code(E0415),
        help("renew the server's certificate, or set the clock of this machine")
    )]
    CertificateTime {
        /// Since or until when.
        reason: String,
    },
    /// Its certificate names other hosts.
    #[error("its certificate is for {}", names.join(", "))]
    #[diagnostic(
        code(E0416),
        help(
            "reach it by a name that its certificate has, or give it one with this name or IP address"
        )
    )]
    OtherName {
        /// The names that the certificate has.
        names: Vec<String>,
    },
    /// It wants a certificate of ours, or another one.
    #[error("it does not accept {}: {reason}", if *presented { "our certificate" } else { "clients without a certificate" })]
    #[diagnostic(
        code(E0417),
        help("{}", if *presented {
            "use a client certificate that an authority of the server has signed, and that is valid now"
        } else {
            "name a client certificate and its key: `connect.certFile` and `connect.keyFile`, or --cert and --key"
        })
    )]
    ClientCertificate {
        /// Whether we showed one.
        presented: bool,
        /// The server's words.
        reason: String,
    },
    /// An `https` URL of a server that speaks plain HTTP.
    #[error("it speaks plain http, not https")]
    #[diagnostic(code(E0418), help("write the URL with http://"))]
    PlainHttp,
    /// An `http` URL of a server that speaks TLS.
    #[error("it speaks https, not plain http")]
    #[diagnostic(code(E0419), help("write the URL with https://"))]
    Https,
    /// TLS fails in some other way.
    #[error("no TLS connection: {reason}")]
    #[diagnostic(
        code(E0408),
        help(
            "compare the server's certificate with what etcd's documentation asks of it: openssl s_client -connect HOST:PORT"
        )
    )]
    Tls {
        /// What fails.
        reason: String,
    },
    /// Something else answers.
    #[error("it is not etcd: {reason}")]
    #[diagnostic(code(E0409), help("correct the address or the port"))]
    NotEtcd {
        /// What it said.
        reason: String,
    },
    /// The password is wrong, or there is no such user.
    #[error("it does not accept user `{user}` with this password")]
    #[diagnostic(
        code(E0406),
        help(
            "correct `connect.user` or --user, and the password: ETCDPLAN_PASSWORD or `connect.passwordFile`"
        )
    )]
    Login {
        /// The user.
        user: String,
    },
    /// Nobody could be logged in: the password was neither accepted nor refused.
    #[error("the login of user `{user}` was not answered, and it lets nobody in without")]
    #[diagnostic(
        code(E0435),
        help("without a leader nobody can log in; if there is one, etcd is too busy: run again")
    )]
    NotLoggedIn {
        /// The user.
        user: String,
    },
    /// The user may not do this.
    #[error("{who} may not do this there: {reason}", who = who(user.as_deref()))]
    #[diagnostic(
        code(E0407),
        help("{}", if user.is_some() {
            "grant the user what the README lists under \"Rights\", or log in as another"
        } else {
            "log in: `connect.user` or --user, and ETCDPLAN_PASSWORD or `connect.passwordFile`"
        })
    )]
    Rights {
        /// The user that we are, if we logged in.
        user: Option<String>,
        /// The server's words.
        reason: String,
    },
    /// This version cannot use the URL.
    #[error("{reason}")]
    #[diagnostic(
        code(E0405),
        help("write a client URL with http:// or https://, a host and a port")
    )]
    Unsupported {
        /// Why.
        reason: String,
    },
}

impl Obstacle {
    /// Its words and its code, in one line.
    pub fn told(&self) -> String {
        let code = self.code().map(|code| format!("  [{code}]"));
        format!("{self}{}", code.unwrap_or_default())
    }

    /// Whether somebody is there, and does not let us in: that says nothing of a member's health.
    pub fn somebody_is_there(&self) -> bool {
        match self {
            Self::Refused | Self::UnknownHost { .. } | Self::Late { .. } | Self::Broken { .. } => {
                false
            }
            Self::UnknownAuthority
            | Self::CertificateTime { .. }
            | Self::OtherName { .. }
            | Self::ClientCertificate { .. }
            | Self::PlainHttp
            | Self::Https
            | Self::Tls { .. }
            | Self::NotEtcd { .. }
            | Self::Login { .. }
            | Self::NotLoggedIn { .. }
            | Self::Rights { .. }
            | Self::Unsupported { .. } => true,
        }
    }
}

fn who(user: Option<&str>) -> String {
    user.map_or_else(
        || "a client without a login".to_owned(),
        |user| format!("user `{user}`"),
    )
}
