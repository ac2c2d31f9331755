//! A cluster's own authority, and what it has signed.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::bed::Outcome;

/// Where its files are, below the directory of the cluster.
pub(crate) const FOLDER: &str = "pki";

/// An authority whose certificate is `ca.crt`.
pub(crate) struct Pki {
    directory: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Pki {
    /// Founds one below this directory.
    pub(crate) fn found(directory: &Path) -> Outcome<Self> {
        let directory = directory.join(FOLDER);
        fs::create_dir(&directory)?;
        let key = KeyPair::generate()?;
        let mut authority = named("authority")?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        fs::write(directory.join("ca.crt"), authority.self_signed(&key)?.pem())?;
        let issuer = Issuer::new(authority, key);
        Ok(Self { directory, issuer })
    }

    /// Signs `server.crt` for these addresses. Servers are clients of each other.
    pub(crate) fn sign_server(&self, addresses: Vec<String>) -> Outcome<()> {
        let mut server = CertificateParams::new(addresses)?;
        server.distinguished_name.push(DnType::CommonName, "server");
        server.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.sign(server, "server")
    }

    /// Signs `client.crt` for this name.
    pub(crate) fn sign_client(&self, name: &str) -> Outcome<()> {
        let mut client = named(name)?;
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(client, "client")
    }

    fn sign(&self, mut subject: CertificateParams, file: &str) -> Outcome<()> {
        subject.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = subject.signed_by(&key, &self.issuer)?;
        let path = self.directory.join(file);
        fs::write(path.with_extension("crt"), certificate.pem())?;
        fs::write(path.with_extension("key"), key.serialize_pem())?;
        Ok(())
    }
}

fn named(name: &str) -> Outcome<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}
