//! Damaged files of every kind: nothing panics, nothing hangs, and every place is in the text.
//!
//! The damage comes from one seed, so that a run is like any other, and says which text it was.

mod dice;
mod json;
mod observations;
mod plans;
mod topologies;

use dice::Dice;

/// How many texts of each kind.
const TEXTS: usize = 10_000;

/// Keeps the text where what is done with it panics.
struct Suspect<'t>(&'t str);

impl Drop for Suspect<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/suspect.txt");
            std::fs::write(path, self.0).unwrap();
            eprintln!("it was this text: {path}");
        }
    }
}

/// Nothing that a terminal would obey.
fn is_harmless(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || !c.is_control())
}
