//! How a cluster is reached: each setting from the first place that has it.
//!
//! A flag goes before `ETCDPLAN_*`, that before the file's `connect`, and a working etcdctl shell
//! is the last resort (DESIGN 7).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::apply::{Cluster as _, Depth};
use crate::etcd::{
    Access, Credentials, CredentialsError, EtcdCluster, Identity, Login, Reach, Secret,
};
use crate::observation::Observation;
use crate::render::Notice;
use crate::topology::Connect;
use crate::url::Urls;

use super::args::{self, Connection, GivenUser, Target};
use super::exit::Exit;
use super::failure::Failure;
use super::input::{self, Wanted};
use super::runtime;

/// What is missing where something else is given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
enum Missing {
    /// Nobody can log in with a name alone.
    #[error("there is no password for user `{user}`")]
    #[diagnostic(
        code(E0453),
        help("set ETCDPLAN_PASSWORD, or name the file that holds it: `connect.passwordFile`")
    )]
    Password {
        /// The user.
        user: String,
    },
    /// A certificate is shown by signing with its key.
    #[error("there is a client certificate and no key")]
    #[diagnostic(
        code(E0455),
        help("name the key: --key, ETCDPLAN_KEY, or `connect.keyFile` in the file")
    )]
    Key,
    /// A key alone shows nobody who we are.
    #[error("there is a key and no client certificate")]
    #[diagnostic(
        code(E0456),
        help("name the certificate: --cert, ETCDPLAN_CERT, or `connect.certFile` in the file")
    )]
    Certificate,
}

/// The live cluster that a command is about. Nothing is dialled yet.
pub(super) fn cluster(wanted: Option<&Wanted>, given: &Connection) -> Result<EtcdCluster, Failure> {
    let topology = wanted.map(|wanted| &wanted.topology);
    let mut reach = topology.map(Reach::from).unwrap_or_default();
    reach.endpoints = endpoints(given, std::mem::take(&mut reach.endpoints))?;
    let unset = Connect::default();
    let connect = topology.map_or(&unset, |topology| &topology.connect);
    let folder = wanted.map(|wanted| folder(&wanted.source.file));
    let credentials = credentials(given, connect, folder.as_deref())?;
    Ok(EtcdCluster::new(reach, Access::new(credentials)?))
}

/// Looks at the cluster that a command is about.
pub(super) fn look(target: &Target) -> Result<Observation, Failure> {
    let wanted = target.file.as_deref().map(input::topology).transpose()?;
    let mut cluster = cluster(wanted.as_ref(), &target.connection)?;
    let observation = runtime::block_on(cluster.observe(Depth::Whole))??;
    Ok(observation)
}

fn endpoints(given: &Connection, of_file: Urls) -> Result<Urls, Failure> {
    let given: Urls = given.endpoints.iter().cloned().collect();
    if !given.is_empty() {
        return Ok(given);
    }
    let ours = urls_of("ETCDPLAN_ENDPOINTS")?;
    if !ours.is_empty() {
        return Ok(ours);
    }
    if of_file.is_empty() {
        urls_of("ETCDCTL_ENDPOINTS")
    } else {
        Ok(of_file)
    }
}

fn urls_of(name: &str) -> Result<Urls, Failure> {
    let value = variable(name).unwrap_or_default();
    let words = value.split(',').filter(|word| !word.trim().is_empty());
    let parse = |word: &str| {
        args::endpoint(word).map_err(|error| usage(format!("{name}: `{word}`: {error}")))
    };
    words.map(parse).collect()
}

fn credentials(
    given: &Connection,
    connect: &Connect,
    folder: Option<&Path>,
) -> Result<Credentials, Failure> {
    // Paths of the file are relative to it, all others to where we are.
    let in_file = |path: &Option<String>| {
        let path = PathBuf::from(path.as_ref()?);
        Some(folder.map_or_else(|| path.clone(), |folder| folder.join(&path)))
    };
    let cert = file(given.cert.as_ref(), "CERT", in_file(&connect.cert_file));
    let key = file(given.key.as_ref(), "KEY", in_file(&connect.key_file));
    let identity = match (cert, key) {
        (Some(cert_file), Some(key_file)) => Some(Identity {
            cert_file,
            key_file,
        }),
        (None, None) => None,
        (Some(_), None) => return Err(Missing::Key.into()),
        (None, Some(_)) => return Err(Missing::Certificate.into()),
    };
    Ok(Credentials {
        ca_file: file(given.cacert.as_ref(), "CACERT", in_file(&connect.ca_file)),
        identity,
        login: login(given, connect, in_file(&connect.password_file).as_deref())?,
    })
}

/// The first place that names a file.
fn file(flag: Option<&PathBuf>, name: &str, of_file: Option<PathBuf>) -> Option<PathBuf> {
    let environment = |prefix: &str| variable(&format!("{prefix}_{name}")).map(PathBuf::from);
    flag.cloned()
        .or_else(|| environment("ETCDPLAN"))
        .or(of_file)
        .or_else(|| environment("ETCDCTL"))
}

/// The first place that names a user.
fn user(given: &Connection, connect: &Connect) -> Option<GivenUser> {
    let named = |name: String| GivenUser {
        name,
        password: None,
    };
    let ours = variable("ETCDPLAN_USER").map(named);
    let of_file = connect.user.clone().map(named);
    let etcdctl = variable("ETCDCTL_USER").map(GivenUser::from);
    given.user.clone().or(ours).or(of_file).or(etcdctl)
}

/// What is given without a topology file, as one can hold it: names and paths, never a secret.
pub(super) fn references(given: &Connection) -> Result<Connect, Failure> {
    let path = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
    // Whoever writes a password into a name has not made it less secret.
    let name = |user: GivenUser| GivenUser::from(user.name).name;
    Ok(Connect {
        endpoints: endpoints(given, Urls::default())?,
        ca_file: path(file(given.cacert.as_ref(), "CACERT", None)),
        cert_file: path(file(given.cert.as_ref(), "CERT", None)),
        key_file: path(file(given.key.as_ref(), "KEY", None)),
        user: user(given, &Connect::default()).map(name),
        password_file: None,
    })
}

/// Who we log in as. The password comes from where the user does, unless it is ours to give.
fn login(
    given: &Connection,
    connect: &Connect,
    password_file: Option<&Path>,
) -> Result<Option<Login>, Failure> {
    let user = user(given, connect);
    let Some(GivenUser { name, password }) = user else {
        return Ok(None);
    };
    let password = match password.or_else(|| secret("ETCDPLAN_PASSWORD")) {
        Some(password) => Some(password),
        None => match password_file {
            Some(file) => Some(read(file)?),
            None => secret("ETCDCTL_PASSWORD"),
        },
    };
    let password = password.ok_or_else(|| Missing::Password { user: name.clone() })?;
    Ok(Some(Login {
        user: name,
        password,
    }))
}

fn read(file: &Path) -> Result<Secret, Failure> {
    let text = fs::read_to_string(file).map_err(|reason| CredentialsError::Unreadable {
        file: file.to_owned(),
        reason,
    })?;
    // An editor ends the last line.
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn usage(message: String) -> Failure {
    Failure::new(Exit::Usage, Notice::error(message))
}

fn secret(name: &str) -> Option<Secret> {
    variable(name).map(Secret::new)
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the paths of a file begin.
pub(super) fn folder(file: &str) -> PathBuf {
    Path::new(file)
        .parent()
        .map_or_else(PathBuf::new, Path::to_owned)
}
