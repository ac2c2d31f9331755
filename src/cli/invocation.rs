//! Command lines of etcdplan itself, as hints that can be copied into a shell.

use std::path::Path;

use crate::render::shell::quoted;

use super::args::{Connection, Requests};

/// The command that applies a file, if it can be told: standard input is gone by then.
pub(super) fn apply(file: &Path, requests: &Requests, connection: &Connection) -> Option<String> {
    if file == Path::new("-") {
        return None;
    }
    let Requests {
        restart,
        replace,
        allow_outage,
    } = requests;
    let mut words = vec!["-f".to_owned(), file.display().to_string()];
    option(&mut words, "--restart", restart);
    option(&mut words, "--replace", replace);
    connected(&mut words, connection);
    if *allow_outage {
        words.push("--allow-outage".to_owned());
    }
    Some(command(&words))
}

/// The command that applies a saved plan.
pub(super) fn apply_saved(plan: &Path, connection: &Connection) -> String {
    let mut words = vec![plan.display().to_string()];
    connected(&mut words, connection);
    command(&words)
}

fn command(words: &[String]) -> String {
    let words = words.iter().map(|word| quoted(word));
    let words: Vec<_> = words.collect();
    format!("etcdplan apply {}", words.join(" "))
}

fn option(words: &mut Vec<String>, flag: &str, values: &[String]) {
    if !values.is_empty() {
        words.extend([flag.to_owned(), values.join(",")]);
    }
}

fn connected(words: &mut Vec<String>, connection: &Connection) {
    let Connection {
        endpoints,
        cacert,
        cert,
        key,
        user,
    } = connection;
    let endpoints: Vec<String> = endpoints.iter().map(ToString::to_string).collect();
    option(words, "--endpoints", &endpoints);
    for (flag, file) in [("--cacert", cacert), ("--cert", cert), ("--key", key)] {
        let file = file.iter().map(|file| file.display().to_string());
        option(words, flag, &file.collect::<Vec<_>>());
    }
    // A password is not repeated: it comes by ETCDPLAN_PASSWORD.
    let user = user.iter().map(|user| user.name.clone());
    option(words, "--user", &user.collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn can_be_copied() {
        let requests = Requests {
            restart: vec!["m1".to_owned(), "it's".to_owned()],
            allow_outage: true,
            ..Requests::default()
        };
        let connection = Connection {
            cacert: Some("pki/ca.crt".into()),
            user: Some("root:secret".to_owned().into()),
            ..Connection::default()
        };
        assert_eq!(
            apply(Path::new("my files/a.yaml"), &requests, &connection).unwrap(),
            r"etcdplan apply -f 'my files/a.yaml' --restart 'm1,it'\''s' --cacert pki/ca.crt --user root --allow-outage"
        );
        assert_eq!(apply(Path::new("-"), &requests, &connection), None);
    }
}
