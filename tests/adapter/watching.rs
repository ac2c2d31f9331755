//! `etcdplan status --watch` beside real members that come and go.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::servers::{Servers, settled, with};

/// A watch that goes on.
struct Watch {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Watch {
    fn begin(servers: &Servers, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_etcdplan"))
            .args(["status", "--watch", "100ms", "--endpoints"])
            .arg(servers.client_url(1))
            .args(arguments)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).unwrap();
        assert!(read > 0, "it ended by itself");
        line
    }

    /// Reads on until a look shows something.
    fn until(&mut self, shown: impl Fn(&Value) -> bool) -> Value {
        loop {
            let look = serde_json::from_str(&self.line()).unwrap();
            if shown(&look) {
                return look;
            }
        }
    }

    /// Ends it as Ctrl-C does, and tells its exit code.
    fn interrupt(mut self) -> Option<i32> {
        let pid = Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        self.process.wait().unwrap().code()
    }
}

fn healthy(look: &Value) -> Option<u64> {
    look["standing"]["healthy"].as_u64()
}

#[test]
fn a_look_that_fails_is_shown_and_watching_goes_on() {
    with(1, &async |servers: &mut Servers| {
        settled(&mut servers.cluster(), 1).await;
        let mut watch = Watch::begin(servers, &["--format", "json"]);
        watch.until(|look| healthy(look) == Some(1));
        servers.kill(1);
        let failed = watch.until(|look| look["diagnostics"].is_array());
        assert_eq!(failed["diagnostics"][0]["severity"], "error");
        servers.restart(1);
        watch.until(|look| healthy(look) == Some(1));
        assert_eq!(watch.interrupt(), Some(0));
    });
}

#[test]
fn a_log_gets_pages_and_a_reader_who_leaves_ends_it() {
    with(1, &async |servers: &mut Servers| {
        settled(&mut servers.cluster(), 1).await;
        let mut watch = Watch::begin(servers, &[]);
        let time = watch.line();
        assert!(time.starts_with("20") && time.ends_with("Z\n"), "{time}");
        assert!(watch.line().starts_with("cluster "));
        servers.kill(1);
        while !watch
            .line()
            .starts_with("Error: no member of the cluster answers")
        {}
        let Watch { mut process, lines } = watch;
        drop(lines);
        // The next page is the first that nobody reads.
        servers.restart(1);
        assert_eq!(process.wait().unwrap().code(), Some(0));
    });
}
