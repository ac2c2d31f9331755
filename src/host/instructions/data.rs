//! What a person is told to do with the data of a member.

use crate::host::instructions::{Sheet, commands};
use crate::render::plain::plain;

impl Sheet<'_> {
    pub(super) fn move_data(&mut self) {
        let (host, member) = (self.host.clone(), self.member.clone());
        let previous = plain(&self.action.previous.host).into_owned();
        self.heading(&format!("bring the data of {member} from {previous}"));
        self.say(
            "Its etcd is stopped, and stays so until the next step. Half a copy must never be started, \
             and neither must the old data once the copy has been: copy to another name, compare, \
             rename, and put the old data aside.",
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

    pub(super) fn wipe(&mut self) {
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
        self.say(self.shows_nothing());
    }
}
