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
    let Connection {
        endpoints,
        cacert,
        cert,
        key,
        user,
    } = connection;
    let mut words = ["etcdplan", "apply", "-f"].map(str::to_owned).to_vec();
    words.push(file.display().to_string());
    let mut option = |flag: &str, values: &[String]| {
        if !values.is_empty() {
            words.extend([flag.to_owned(), values.join(",")]);
        }
    };
    option("--restart", restart);
    option("--replace", replace);
    let endpoints: Vec<String> = endpoints.iter().map(ToString::to_string).collect();
    option("--endpoints", &endpoints);
    for (flag, file) in [("--cacert", cacert), ("--cert", cert), ("--key", key)] {
        let file = file.iter().map(|file| file.display().to_string());
        option(flag, &file.collect::<Vec<_>>());
    }
    // A password is not repeated: it comes by ETCDPLAN_PASSWORD.
    let user = user.iter().map(|user| user.name.clone());
    option("--user", &user.collect::<Vec<_>>());
    if *allow_outage {
        words.push("--allow-outage".to_owned());
    }
    Some(
        words
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(" "),
    )
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
