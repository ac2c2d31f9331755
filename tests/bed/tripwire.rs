//! What passes between etcdplan and its surroundings, one boundary after the other, and a trap
//! that is set at one of them.
//!
//! The proxy, the driver's programs and the journal tell what they come to; whoever comes to the
//! trap is held there until the test has done its worst and says how it goes on.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{RwLock, mpsc, oneshot};
use tokio::time::sleep;

use crate::written_journal::WrittenJournal;

/// A call, a driver's action or a line of the journal: the how-manieth of its kind in a run. A
/// call that is repeated with the same content is the same boundary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Boundary {
    pub what: String,
    pub number: usize,
}

/// Before it has any effect, or after, when whoever asked does not know it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Before,
    After,
}

/// How it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    Go,
    /// The connection is cut: a request never arrives, an answer is lost. A driver's program ends,
    /// a journal ends here.
    Cut,
    /// A request arrives so much later, whether or not anybody waits for its answer.
    Late(Duration),
}

/// Something that passed.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Instant,
    pub boundary: Boundary,
    pub side: Side,
    /// What it was about: the bytes of a request, a machine, a line.
    pub content: Vec<u8>,
    /// Whether it succeeded, where an answer tells.
    pub succeeded: Option<bool>,
}

/// Who came to the trap, and is held there.
#[derive(Debug)]
pub struct Caught {
    pub boundary: Boundary,
    pub content: Vec<u8>,
    go_on: oneshot::Sender<Passage>,
}

impl Caught {
    /// Lets it go on.
    pub fn release(self, passage: Passage) {
        // Whoever was held may be gone by now.
        let _ = self.go_on.send(passage);
    }
}

/// The call by which a lock is kept: a stream of requests, each of which is a boundary.
pub const RENEWAL: &str = "LeaseKeepAlive";

/// A lock is renewed every 5 s.
const LONGEST: Duration = Duration::from_secs(7);

/// Where whoever comes by is held.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trap {
    /// Springs once.
    At(Boundary, Side),
    /// Holds everyone who is about to do something of these kinds.
    BeforeAny(Vec<&'static str>),
}

/// The look at which the cluster is seen again after the plan was made.
pub const LOOK: &str = "look";

/// The boundary of a line of the journal.
pub const JOURNAL: &str = "journal line";

#[derive(Debug)]
pub struct Tripwire {
    state: Mutex<State>,
    journal: tokio::sync::Mutex<WrittenJournal>,
    /// Shut while somebody is held: what the test changes meanwhile is never seen by halves.
    looks: RwLock<()>,
    caught: mpsc::UnboundedSender<Caught>,
}

#[derive(Debug, Default)]
struct State {
    trap: Option<Trap>,
    lingers: bool,
    events: Vec<Event>,
    contents: BTreeMap<String, Vec<Vec<u8>>>,
    looks: BTreeMap<String, usize>,
}

impl Tripwire {
    /// With the directory in which the journals appear, and who is told what was caught.
    pub fn new(journals: PathBuf) -> (Self, mpsc::UnboundedReceiver<Caught>) {
        let (caught, receiver) = mpsc::unbounded_channel();
        let tripwire = Self {
            state: Mutex::default(),
            journal: tokio::sync::Mutex::new(WrittenJournal::new(journals)),
            looks: RwLock::new(()),
            caught,
        };
        (tripwire, receiver)
    }

    /// Sets the trap, which springs once.
    pub fn arm(&self, boundary: Boundary, side: Side) {
        self.state().trap = Some(Trap::At(boundary, side));
    }

    /// From now on holds everyone who is about to do something of these kinds.
    pub fn hold_before(&self, kinds: &[&'static str]) {
        self.state().trap = Some(Trap::BeforeAny(kinds.to_owned()));
    }

    /// The first action of the driver takes as long as a renewal of the lock lets wait for itself.
    pub fn await_renewal(&self) {
        self.state().lingers = true;
    }

    async fn linger(&self) {
        if !std::mem::take(&mut self.state().lingers) {
            return;
        }
        let begun = Instant::now();
        let is_renewed =
            |event: &Event| event.boundary.what == RENEWAL && event.side == Side::After;
        while begun.elapsed() < LONGEST && !self.state().events.iter().any(is_renewed) {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Nobody is held any more.
    pub fn disarm(&self) {
        self.state().trap = None;
    }

    /// All that passed so far.
    pub fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    /// How often what was asked, in words.
    pub fn questions(&self) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (asked, count) in &self.state().looks {
            let question = asked.split_whitespace().last().unwrap_or_default();
            *counts.entry(question.to_owned()).or_default() += count;
        }
        format!("asked: {counts:?}")
    }

    /// Something comes by.
    pub async fn reach(&self, what: &str, content: &[u8], side: Side) -> Passage {
        self.read_journal().await;
        if what.starts_with("driver ") {
            self.linger().await;
        }
        let number = self.state().number(what, content);
        self.pass(what, number, content, side, None).await
    }

    /// An answer comes by, which tells whether it succeeded.
    pub async fn answered(&self, what: &str, content: &[u8], succeeded: bool) -> Passage {
        self.read_journal().await;
        let number = self.state().number(what, content);
        self.pass(what, number, content, Side::After, Some(succeeded))
            .await
    }

    /// A question comes by. With each look a member is asked for its status once, before all else.
    pub async fn look(&self, member: &str, question: &str) {
        self.read_journal().await;
        let number = {
            let mut state = self.state();
            let count = state
                .looks
                .entry(format!("{member} {question}"))
                .or_default();
            *count += 1;
            *count
        };
        if question == "Status" && self.is_trapped(LOOK, number, Side::Before) {
            self.pass(LOOK, number, &[], Side::Before, None).await;
        }
        drop(self.looks.read().await);
    }

    /// Notices what was written into the journal since.
    pub async fn read_journal(&self) {
        let mut journal = self.journal.lock().await;
        while let Some((number, line)) = journal.next_line() {
            for side in [Side::Before, Side::After] {
                let passage = self.pass(JOURNAL, number, &line, side, None).await;
                if passage == Passage::Cut {
                    journal.cut(side);
                    break;
                }
            }
        }
    }

    async fn pass(
        &self,
        what: &str,
        number: usize,
        content: &[u8],
        side: Side,
        succeeded: Option<bool>,
    ) -> Passage {
        let boundary = Boundary {
            what: what.to_owned(),
            number,
        };
        let springs = self.is_trapped(what, number, side);
        {
            let mut state = self.state();
            state.events.push(Event {
                at: Instant::now(),
                boundary: boundary.clone(),
                side,
                content: content.to_owned(),
                succeeded,
            });
            if springs && matches!(state.trap, Some(Trap::At(..))) {
                state.trap = None;
            }
        }
        if !springs {
            return Passage::Go;
        }
        let _shut = self.looks.write().await;
        let (go_on, held) = oneshot::channel();
        let content = content.to_owned();
        let _ = self.caught.send(Caught {
            boundary,
            content,
            go_on,
        });
        held.await.unwrap_or(Passage::Go)
    }

    fn is_trapped(&self, what: &str, number: usize, side: Side) -> bool {
        match &self.state().trap {
            None => false,
            Some(Trap::At(boundary, trapped)) => {
                (boundary.what.as_str(), boundary.number, *trapped) == (what, number, side)
            }
            Some(Trap::BeforeAny(kinds)) => side == Side::Before && kinds.contains(&what),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The how-manieth content of this kind it is.
    fn number(&mut self, what: &str, content: &[u8]) -> usize {
        let known = self.contents.entry(what.to_owned()).or_default();
        let place = known.iter().position(|one| one == content);
        place.unwrap_or_else(|| {
            known.push(content.to_owned());
            known.len() - 1
        }) + 1
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.number)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}
