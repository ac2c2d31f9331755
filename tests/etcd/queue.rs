//! What is still to be run, which grows while it is worked off.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

use crate::cell::Cell;

/// Cells, and how many are being run.
#[derive(Debug)]
pub struct Queue {
    state: Mutex<(VecDeque<Cell>, usize)>,
    changed: Condvar,
}

impl Queue {
    pub fn of(cells: Vec<Cell>) -> Self {
        Self {
            state: Mutex::new((cells.into(), 0)),
            changed: Condvar::new(),
        }
    }

    /// The next cell, once there is one; `None` when there will be no more.
    pub fn take(&self) -> Option<Cell> {
        let mut state = self.state.lock().unwrap();
        loop {
            let (cells, running) = &mut *state;
            if let Some(cell) = cells.pop_front() {
                *running += 1;
                return Some(cell);
            }
            if *running == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap();
        }
    }

    /// One that was taken has been run, and these follow from it.
    pub fn finish(&self, found: Vec<Cell>) {
        let mut state = self.state.lock().unwrap();
        state.0.extend(found);
        state.1 -= 1;
        self.changed.notify_all();
    }
}
