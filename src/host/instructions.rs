//! What a person is told to do on a host: complete, and ready to be copied.
//!
//! Words first, then the commands that do it, indented further than the words:
//! pasted as they stand into a shell on that host, they perform the action,
//! may be pasted again, and refuse what would harm the cluster. Where no
//! command fits every host, there are words only.

mod commands;
mod data;
mod recovery;
mod rescue;

use textwrap::{Options, WordSeparator, wrap};

use crate::apply::host_action::{ExpectedData, HostAction, Membership};
use crate::render::plain::plain;
use crate::topology::HostActionKind;

/// Where words are broken; commands never are.
const WIDTH: usize = 72;

/// Where etcd's data is taken to be where the file does not say: etcd's documentation has it there.
const USUAL_DATA_DIR: &str = "/var/lib/etcd";

/// Who goes on after an action, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// A run, by itself, where it sees the effect.
    Run,
    /// The reader, when the effect is there.
    Reader,
    /// The reader, at once: the effect comes with a later step.
    AtOnce,
}

/// The instructions for an action of a run.
pub fn of(action: &HostAction) -> String {
    followed(action, Then::Run)
}

/// The instructions for an action, and who goes on.
pub fn followed(action: &HostAction, then: Then) -> String {
    Sheet::new(action, then).written()
}

/// The instructions as far as they are written.
struct Sheet<'a> {
    action: &'a HostAction,
    then: Then,
    member: String,
    host: String,
    text: String,
}

impl<'a> Sheet<'a> {
    fn new(action: &'a HostAction, then: Then) -> Self {
        Self {
            action,
            then,
            member: plain(action.member.as_str()).into_owned(),
            host: plain(&action.place.host).into_owned(),
            text: String::new(),
        }
    }

    fn written(mut self) -> String {
        self.write();
        self.text.push('\n');
        self.text
    }

    fn write(&mut self) {
        match self.action.kind {
            HostActionKind::Start => self.start(),
            HostActionKind::Restart => self.restart(),
            HostActionKind::Stop => self.stop(),
            HostActionKind::MoveData => self.move_data(),
            HostActionKind::Wipe => self.wipe(),
            HostActionKind::PutAside => self.put_aside(),
            HostActionKind::Restore => self.restore(),
            HostActionKind::ForceNew => self.force_new(),
            HostActionKind::Relay => self.relay(),
            HostActionKind::EndRelay => self.end_relay(),
            // Nobody is asked to look.
            HostActionKind::Check => {}
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
             reboot. {}",
            commands::log(self.action),
            self.goes_on(&format!("{member} serves"))
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
            "The log is {}, in the folder where it is pasted. {}",
            commands::log(self.action),
            self.goes_on(&format!("the new process of {member} serves"))
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
            Membership::Listed => self.goes_on(&format!("no member sees {member} any more")),
            Membership::Removed => self.shows_nothing().to_owned(),
        });
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
                 leave it stopped, {}plan with --replace {member}.",
                match self.then {
                    Then::Run => "end this run, and ",
                    Then::Reader | Then::AtOnce => "and ",
                }
            ),
            ExpectedData::Any => return,
        });
    }

    /// Where it goes on.
    fn goes_on(&self, when: &str) -> String {
        match self.then {
            Then::Run => format!("The run goes on by itself when {when}."),
            Then::Reader => format!("Go on when {when}."),
            Then::AtOnce => format!("Go on at once: {when} after a later step."),
        }
    }

    /// Why nobody waits for it.
    fn shows_nothing(&self) -> &'static str {
        match self.then {
            Then::Run => "Nothing in the cluster would show it, so the run does not wait for it.",
            Then::Reader | Then::AtOnce => "Nothing in the cluster would show it.",
        }
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
        // A path is one word.
        let options = Options::new(WIDTH)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace);
        for line in wrap(words, options) {
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
