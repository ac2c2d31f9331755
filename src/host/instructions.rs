//! What a person is told to do on a host: complete, and ready to be copied.
//!
//! Words first, then the commands that do it, indented further than the words:
//! pasted as they stand into a shell on that host, they perform the action,
//! may be pasted again, and refuse what would harm the cluster. Where no
//! command fits every host, there are words only.

mod commands;
mod rescue;

use textwrap::{Options, wrap};

use crate::apply::host_action::{ExpectedData, HostAction, Membership, Place};
use crate::render::plain::plain;
use crate::topology::HostActionKind;

/// Where words are broken; commands never are.
const WIDTH: usize = 72;

/// Where etcd's data is taken to be where the file does not say: etcd's documentation has it there.
const USUAL_DATA_DIR: &str = "/var/lib/etcd";

/// The instructions for an action.
pub fn of(action: &HostAction) -> String {
    let mut sheet = Sheet::new(action);
    match action.kind {
        HostActionKind::Start => sheet.start(),
        HostActionKind::Restart => sheet.restart(),
        HostActionKind::Stop => sheet.stop(),
        HostActionKind::MoveData => sheet.move_data(),
        HostActionKind::Wipe => sheet.wipe(),
        HostActionKind::PutAside => sheet.put_aside(),
        HostActionKind::Restore => sheet.restore(),
        HostActionKind::ForceNew => sheet.force_new(),
        HostActionKind::Relay => sheet.relay(),
        HostActionKind::EndRelay => sheet.end_relay(),
        // Nobody is asked to look.
        HostActionKind::Check => {}
    }
    sheet.text.push('\n');
    sheet.text
}

fn urls(place: &Place) -> String {
    plain(&place.peer_urls.to_string()).into_owned()
}

/// The instructions as far as they are written.
struct Sheet<'a> {
    action: &'a HostAction,
    member: String,
    host: String,
    text: String,
}

impl<'a> Sheet<'a> {
    fn new(action: &'a HostAction) -> Self {
        Self {
            action,
            member: plain(action.member.as_str()).into_owned(),
            host: plain(&action.place.host).into_owned(),
            text: String::new(),
        }
    }

    fn start(&mut self) {
        let (host, member) = (self.host.clone(), self.member.clone());
        self.heading(&format!("start etcd as {member}"));
        self.version();
        self.expected_data();
        self.assumption();
        self.say(&format!(
            "Where a service manager runs etcd: give its unit the ETCD_ settings below, enable it and \
             start it. Otherwise paste this into a shell on {host}, as the user that etcd runs as:"
        ));
        self.paste(&commands::start(self.action, self.data_dir()));
        self.say(&format!(
            "The log is {}, in the folder where it is pasted; what was started so is gone after a \
             reboot. The run goes on by itself when {member} serves.",
            commands::log(self.action)
        ));
    }

    fn restart(&mut self) {
        let (host, member) = (self.host.clone(), self.member.clone());
        self.heading(&format!("restart etcd of {member}"));
        self.version();
        self.expected_data();
        self.assumption();
        self.say(&format!(
            "Where a service manager runs etcd: give its unit the ETCD_ settings below and restart \
             it. Otherwise paste this into a shell on {host}, as the user that etcd runs as:"
        ));
        self.paste(&commands::restart(self.action, self.data_dir()));
        self.say(&format!(
            "The log is {}, in the folder where it is pasted. The run goes on by itself when the new \
             process of {member} serves.",
            commands::log(self.action)
        ));
    }

    fn stop(&mut self) {
        let (host, member) = (self.host.clone(), self.member.clone());
        self.heading(&format!("stop etcd of {member}, for good"));
        self.say(match self.action.membership {
            Membership::Listed => {
                "Nothing may start it there again, no unit, manifest or restart policy: two processes \
                 of one member must never run."
            }
            Membership::Removed => {
                "Nothing may start it there again, no unit, manifest or restart policy: it is no \
                 member any more, and would end at once, over and over. If the machine is gone, it \
                 must not come back with etcd enabled."
            }
        });
        match &self.action.place.data_dir {
            Some(dir) => {
                self.say(&format!(
                    "Paste this into a shell on {host}, as root; where systemd runs it, its unit is \
                     disabled too:"
                ));
                self.paste(&commands::stop(dir));
                self.say(
                    "In a container, take its manifest away, or its restart policy, first. If it has \
                     ended by itself before, its unit is still enabled: `systemctl disable etcd`, or \
                     what the unit is called there.",
                );
            }
            None => self.say(
                "With systemd that is `systemctl disable --now etcd`, if the unit is called so there; \
                 in a container, take its manifest away, or its restart policy.",
            ),
        }
        self.say(&match self.action.membership {
            Membership::Listed if self.action.rescue.is_some() => {
                "Nothing in the cluster would show it. Whoever does the next step relies on it."
                    .to_owned()
            }
            Membership::Listed => {
                format!("The run goes on by itself when no member sees {member} any more.")
            }
            Membership::Removed => {
                "Nothing in the cluster would show it, so the run does not wait for it.".to_owned()
            }
        });
    }

    fn move_data(&mut self) {
        let (host, member) = (self.host.clone(), self.member.clone());
        let previous = plain(&self.action.previous.host).into_owned();
        self.heading(&format!("bring the data of {member} from {previous}"));
        self.say(
            "Its etcd is stopped, and stays so until the next step. Half a copy must never be started, \
             and neither must the old data once the copy has been: copy to another name, compare, \
             rename, and put the old directory aside.",
        );
        match commands::move_data(self.action) {
            Some(commands) if commands.is_empty() => {
                self.say("Both are one directory of one machine: there is nothing to copy.");
            }
            Some(commands) => {
                let by = if previous == host {
                    ""
                } else {
                    ", from where root reaches the old one by ssh"
                };
                self.say(&format!(
                    "Paste this into a shell on {host}, as root{by}; where that does not fit, do the \
                     same by other means:"
                ));
                self.paste(&commands);
            }
            None => self.say(
                "The file names no `host.dataDir`, so there are no commands: it is the directory that \
                 etcd's --data-dir names there.",
            ),
        }
        self.say("Nothing in the cluster would show it. Whoever does the next step relies on it.");
    }

    fn wipe(&mut self) {
        let (host, member) = (self.host.clone(), self.member.clone());
        self.heading(&format!("clear the data of {member}"));
        self.say(
            "It is no member any more, and a new one that is to start there must start empty. Look \
             twice that this is the machine: the data is gone afterwards.",
        );
        match &self.action.place.data_dir {
            Some(dir) => {
                self.say(&format!("Paste this into a shell on {host}, as root:"));
                let wal = self.action.settings.wal_dir.as_deref();
                self.paste(&commands::wipe(dir, wal));
            }
            None => self.say(
                "The file names no `host.dataDir`: remove `member` in the directory that etcd's \
                 --data-dir names there, with no etcd running on it.",
            ),
        }
        self.say("Nothing in the cluster would show it, so the run does not wait for it.");
    }

    fn put_aside(&mut self) {
        let (host, member, dir) = (
            self.host.clone(),
            self.member.clone(),
            self.data_dir().to_owned(),
        );
        self.heading(&format!("put the data of {member} aside"));
        self.say(
            "It is what is left of the old cluster. Nothing may start it where it is, and nothing is \
             deleted: it gets another name.",
        );
        self.assumption();
        if let Some(commands) = rescue::put_aside(self.action, &dir) {
            self.say(&format!("Paste this into a shell on {host}, as root:"));
            self.paste(&commands);
        }
        self.say("Nothing in the cluster would show it. Whoever does the next step relies on it.");
    }

    fn restore(&mut self) {
        let (host, member, dir) = (
            self.host.clone(),
            self.member.clone(),
            self.data_dir().to_owned(),
        );
        self.heading(&format!("restore the data of {member}"));
        self.say(
            "A database is made into the data of a new cluster with one member. `etcdutl` does it, \
             from 3.5 on, and `etcdctl` with the same words before.",
        );
        self.assumption();
        if let Some(commands) = rescue::restore(self.action, &dir) {
            self.say(&format!(
                "Paste this into a shell on {host}, as the user that etcd runs as:"
            ));
            self.paste(&commands);
        }
        self.say("Nothing in the cluster would show it. Whoever does the next step relies on it.");
    }

    fn force_new(&mut self) {
        let (host, member, dir) = (
            self.host.clone(),
            self.member.clone(),
            self.data_dir().to_owned(),
        );
        self.heading(&format!("make {member} the only member, once"));
        self.say(
            "etcd is started once with --force-new-cluster, reached by nobody, and ended: its cluster keeps \
             its id, and has one member. The flag must not stay: the next start with it would throw every \
             other member out again.",
        );
        self.assumption();
        self.say(&format!(
            "Paste this into a shell on {host}, as the user that etcd runs as:"
        ));
        self.paste(&rescue::force_new(self.action, &dir));
        self.say("Nothing in the cluster would show it. Whoever does the next step relies on it.");
    }

    fn relay(&mut self) {
        let (old, new) = (urls(&self.action.previous), urls(&self.action.place));
        let member = self.member.clone();
        self.heading(&format!("let the old address of {member} lead to it"));
        self.say(&format!(
            "The other members look for {member} at {old}, and it is at {new}. When they find it there is \
             a quorum again, and the new addresses are written down; then this is taken back."
        ));
        let commands = rescue::relay(self.action, true);
        if commands.is_empty() {
            self.say(&format!(
                "Where the old host is a name, let it be the new address on every other member's host, in \
                 its /etc/hosts or in DNS, and both ports the same; else let {old} be passed on to {new}: \
                 `etcdplan relay` does it on a machine that has the old address."
            ));
        } else {
            self.say("Paste this into a shell on every other member's host, as root:");
            self.paste(&commands);
        }
    }

    fn end_relay(&mut self) {
        let (old, member) = (urls(&self.action.previous), self.member.clone());
        self.heading(&format!("give up the old address of {member}"));
        self.say(&format!(
            "The members know the new addresses, and nobody needs {old} any more."
        ));
        let commands = rescue::relay(self.action, false);
        if commands.is_empty() {
            self.say("Take back what was done for it.");
        } else {
            self.say("Paste this into a shell on every other member's host, as root:");
            self.paste(&commands);
        }
        self.say("Nothing in the cluster would show it.");
    }

    /// Which etcd it must be, if the file says.
    fn version(&mut self) {
        if let Some(version) = self.action.settings.version {
            self.say(&format!(
                "It must run as etcd {version}: install that there before anything else."
            ));
        }
    }

    /// What must be in the directory of a process that is started.
    fn expected_data(&mut self) {
        let (dir, member) = (plain(self.data_dir()).into_owned(), self.member.clone());
        self.say(&match self.action.data {
            ExpectedData::Empty => format!(
                "It joins as a new member: {dir} must hold nothing of an earlier one."
            ),
            ExpectedData::Present => format!(
                "{dir} must hold its data. NEVER start it on an empty directory: it has forgotten what \
                 it voted for, and the cluster can lose what it has acknowledged. If the data is lost, \
                 leave it stopped, end this run, and plan with --replace {member}."
            ),
            ExpectedData::Any => return,
        });
    }

    /// Says what the file does not.
    fn assumption(&mut self) {
        if self.action.place.data_dir.is_none() {
            self.say(&format!(
                "The file names no `host.dataDir`: these commands say {USUAL_DATA_DIR}. Write the \
                 directory that etcd has there, if it is another."
            ));
        }
    }

    fn data_dir(&self) -> &'a str {
        let dir = self.action.place.data_dir.as_deref();
        dir.unwrap_or(USUAL_DATA_DIR)
    }

    fn heading(&mut self, what: &str) {
        let step = plain(self.action.step.trim_start_matches('s'));
        let heading = format!("\nStep {step}, by hand on {}: {what}\n", self.host);
        self.text.push_str(&heading);
    }

    fn say(&mut self, words: &str) {
        for line in wrap(words, Options::new(WIDTH).break_words(false)) {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    fn paste(&mut self, commands: &[String]) {
        self.text.push('\n');
        for line in commands {
            self.text.push_str("    ");
            self.text.push_str(line);
            self.text.push('\n');
        }
        self.text.push('\n');
    }
}
