//! TLS as a client: one configuration for every connection.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use crate::etcd::connect::credentials::{Credentials, CredentialsError, Identity};

/// What is spoken behind the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::etcd) enum Protocol {
    /// gRPC's.
    Http2,
    /// That of `/metrics`.
    Http1,
}

/// How to open TLS connections.
#[derive(Debug, Default)]
pub(in crate::etcd) struct Tls {
    credentials: Credentials,
    /// Made when the first `https` URL is met: most clusters of one kind never meet the other.
    configuration: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    /// Reads what is configured; the system's roots are read when they are needed.
    pub(in crate::etcd) fn new(credentials: Credentials) -> Result<Self, CredentialsError> {
        let tls = Self {
            credentials,
            configuration: OnceLock::new(),
        };
        if tls.credentials.ca_file.is_some() || tls.presents_certificate() {
            tls.configuration()?;
        }
        Ok(tls)
    }

    /// Trusts nobody: enough to learn whether a port speaks TLS at all, also on a machine that has
    /// no root certificates.
    pub(in crate::etcd) fn of_a_stranger() -> Result<Self, CredentialsError> {
        let configuration = client()?.with_root_certificates(RootCertStore::empty());
        Ok(Self {
            credentials: Credentials::default(),
            configuration: Arc::new(configuration.with_no_client_auth()).into(),
        })
    }

    /// Whether we have a certificate to show.
    pub(in crate::etcd) fn presents_certificate(&self) -> bool {
        self.credentials.identity.is_some()
    }

    /// A connector for one protocol.
    pub(in crate::etcd) fn connector(
        &self,
        protocol: Protocol,
    ) -> Result<TlsConnector, CredentialsError> {
        let mut configuration = ClientConfig::clone(&*self.configuration()?);
        configuration.alpn_protocols = match protocol {
            Protocol::Http2 => vec![b"h2".to_vec()],
            Protocol::Http1 => vec![b"http/1.1".to_vec()],
        };
        Ok(TlsConnector::from(Arc::new(configuration)))
    }

    fn configuration(&self) -> Result<Arc<ClientConfig>, CredentialsError> {
        if let Some(known) = self.configuration.get() {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(configure(&self.credentials)?);
        Ok(Arc::clone(self.configuration.get_or_init(|| made)))
    }
}

fn configure(credentials: &Credentials) -> Result<ClientConfig, CredentialsError> {
    let identity = credentials.identity.as_ref();
    let shown = identity
        .map(|identity| Ok((identity, certificates(&identity.cert_file)?, key(identity)?)))
        .transpose()?;
    let roots = match &credentials.ca_file {
        Some(file) => authorities(file)?,
        None => system_roots()?,
    };
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| no_roots(&error))?;
    let builder = client()?.with_webpki_verifier(verifier);
    let Some((identity, chain, key)) = shown else {
        return Ok(builder.with_no_client_auth());
    };
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| CredentialsError::Mismatch {
            identity: identity.clone(),
            reason: error.to_string(),
        })
}

fn client() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, CredentialsError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| no_roots(&error))
}

fn no_roots(error: &dyn Error) -> CredentialsError {
    CredentialsError::NoRoots {
        reason: error.to_string(),
    }
}

fn system_roots() -> Result<RootCertStore, CredentialsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // One that this machine trusts and nobody can read is nobody's loss.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let reason = "this machine has no root certificates that can be read".to_owned();
        return Err(CredentialsError::NoRoots { reason });
    }
    Ok(roots)
}

fn authorities(file: &Path) -> Result<RootCertStore, CredentialsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots
            .add(certificate)
            .map_err(|error| CredentialsError::NoRoots {
                reason: format!("{}: {error}", file.display()),
            })?;
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, CredentialsError> {
    let text = read(file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(CredentialsError::Empty {
            file: file.to_owned(),
            wanted: "certificate",
        }),
    }
}

fn key(identity: &Identity) -> Result<PrivateKeyDer<'static>, CredentialsError> {
    let text = read(&identity.key_file)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| CredentialsError::Empty {
        file: identity.key_file.clone(),
        wanted: "private key",
    })
}

fn read(file: &Path) -> Result<Vec<u8>, CredentialsError> {
    fs::read(file).map_err(|reason| CredentialsError::Unreadable {
        file: file.to_owned(),
        reason,
    })
}
