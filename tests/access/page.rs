//! The `/metrics` page of a member, whatever stands before it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::bed::Outcome;
use crate::bed::member::{CLIENT_PORT, Member};
use crate::pki::FOLDER;

const PATIENCE: Duration = Duration::from_secs(10);

/// Fetches it, with the certificates that lie in the cluster's directory.
pub(crate) async fn metrics(member: &Member, directory: &Path) -> Outcome<String> {
    timeout(PATIENCE, fetch(member, directory)).await?
}

async fn fetch(member: &Member, directory: &Path) -> Outcome<String> {
    let stream = TcpStream::connect((member.host.as_str(), CLIENT_PORT)).await?;
    if member.schemes.client == "http" {
        return get(stream, &member.host).await;
    }
    let connector = TlsConnector::from(Arc::new(configuration(&directory.join(FOLDER))?));
    let name = ServerName::try_from(member.host.clone())?;
    get(connector.connect(name, stream).await?, &member.host).await
}

fn configuration(pki: &Path) -> Outcome<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&pki.join("ca.crt"))?)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let key = PrivateKeyDer::from_pem_slice(&fs::read(pki.join("client.key"))?)?;
    let chain = vec![certificate(&pki.join("client.crt"))?];
    Ok(builder.with_client_auth_cert(chain, key)?)
}

fn certificate(file: &Path) -> Outcome<CertificateDer<'static>> {
    Ok(CertificateDer::from_pem_slice(&fs::read(file)?)?)
}

async fn get(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: &str,
) -> Outcome<String> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/metrics").header(HOST, host);
    let response = sender
        .send_request(request.body(Empty::<Bytes>::new())?)
        .await?;
    let page = response.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8_lossy(&page).into_owned())
}
