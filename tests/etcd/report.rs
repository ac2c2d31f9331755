//! What a trial tells.

use std::time::Duration;

use crate::faults::Fault;

/// What was measured of a trial that passed.
#[derive(Clone, Debug)]
pub struct Report {
    /// From the start of apply to its end.
    pub wall: Duration,
    /// The longest time without an acknowledged write.
    pub gap: Option<Duration>,
    /// Writes acknowledged between the first and the last step.
    pub writes: Option<usize>,
    /// How often it was run until enough was written.
    pub attempts: usize,
    /// Trials that follow from what this one has seen.
    pub found: Vec<Fault>,
}

impl Report {
    /// Of a trial that took so long, and measured nothing else.
    pub fn of(wall: Duration) -> Self {
        Self {
            wall,
            gap: None,
            writes: None,
            attempts: 1,
            found: Vec::new(),
        }
    }

    pub fn line(&self) -> String {
        let mut line = format!("{:6.2} s", self.wall.as_secs_f64());
        if let (Some(gap), Some(writes)) = (self.gap, self.writes) {
            line += &format!("  gap {:5} ms  writes {writes:6}", gap.as_millis());
        }
        if self.attempts > 1 {
            line += &format!("  attempt {}", self.attempts);
        }
        line
    }
}

/// What happened in a trial, shown only if it fails.
#[derive(Debug, Default)]
pub struct Journal(String);

impl Journal {
    pub fn note(&mut self, text: impl AsRef<str>) {
        self.0 += text.as_ref();
        self.0.push('\n');
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}
