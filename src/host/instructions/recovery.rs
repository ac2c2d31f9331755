//! What a person is told to do on a host to bring a cluster back.

use crate::apply::host_action::Place;
use crate::host::instructions::{Sheet, rescue};
use crate::render::plain::plain;

impl Sheet<'_> {
    pub(super) fn put_aside(&mut self) {
        let (host, member, dir) = (
            self.host.clone(),
            self.member.clone(),
            self.data_dir().to_owned(),
        );
        self.heading(&format!("put the data of {member} aside"));
        self.say(
            "It is what is left of the old cluster. Nothing may start it where it is, and nothing is \
             deleted: `member` in it gets another name.",
        );
        self.assumption();
        if let Some(commands) = rescue::put_aside(self.action, &dir) {
            self.say(&format!("Paste this into a shell on {host}, as root:"));
            self.paste(&commands);
        }
        self.say("Nothing in the cluster would show it. Whoever does the next step relies on it.");
    }

    pub(super) fn restore(&mut self) {
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
        let rescue = self.action.rescue.as_ref();
        if let Some(path) = rescue.and_then(|rescue| rescue.backup.as_ref()) {
            self.say(&format!(
                "The backup is where the plan was made: bring it to {host} first, as {}.",
                plain(path)
            ));
        }
        self.assumption();
        if let Some(commands) = rescue::restore(self.action, &dir) {
            self.say(&format!(
                "Paste this into a shell on {host}, as root or as the user that etcd runs as:"
            ));
            self.paste(&commands);
        }
        self.say("Nothing in the cluster would show it. Whoever does the next step relies on it.");
    }

    pub(super) fn force_new(&mut self) {
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
            "Paste this into a shell on {host}, as root or as the user that etcd runs as:"
        ));
        self.paste(&rescue::force_new(self.action, &dir));
        self.say("Nothing in the cluster would show it. Whoever does the next step relies on it.");
    }

    pub(super) fn relay(&mut self) {
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

    pub(super) fn end_relay(&mut self) {
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
}

fn urls(place: &Place) -> String {
    plain(&place.peer_urls.to_string()).into_owned()
}
