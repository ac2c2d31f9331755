//! When etcdplan is killed in the middle of a recovery.

/// When etcdplan is killed, by what its driver is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// `driver stop`, the how-manieth.
    pub(super) what: &'static str,
    pub(super) number: usize,
    pub(super) moment: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before it has happened, and it does not.
    Before,
    /// Before it has happened, and it happens while the next run looks.
    Between,
    /// When it has happened.
    After,
}

/// What the driver is asked to do after each loss, and how often.
const ACTIONS: [(&str, &[(&str, usize)]); 11] = [
    (
        "two-of-three",
        &[
            ("driver stop", 1),
            ("driver putAside", 1),
            ("driver restore", 1),
            ("driver start", 3),
        ],
    ),
    (
        "three-of-five",
        &[
            ("driver stop", 2),
            ("driver putAside", 2),
            ("driver restore", 1),
            ("driver start", 5),
        ],
    ),
    ("all-stopped", &[("driver start", 3)]),
    (
        "two-and-a-crash",
        &[
            ("driver putAside", 1),
            ("driver restore", 1),
            ("driver start", 3),
        ],
    ),
    ("all-disks", &[("driver restore", 1), ("driver start", 3)]),
    (
        "one-is-behind",
        &[
            ("driver stop", 1),
            ("driver putAside", 2),
            ("driver restore", 1),
            ("driver start", 5),
        ],
    ),
    ("one-of-one", &[("driver start", 1)]),
    ("only-disk", &[("driver restore", 1), ("driver start", 1)]),
    (
        "in-place",
        &[
            ("driver stop", 1),
            ("driver forceNew", 1),
            ("driver start", 3),
        ],
    ),
    ("two-addresses", &[("driver start", 2)]),
    (
        "all-addresses",
        &[("driver relay", 1), ("driver endRelay", 1)],
    ),
];

/// Every kill of a recovery from this loss.
pub fn kills(loss: &str) -> Vec<Kill> {
    let actions = ACTIONS.iter().filter(|(of, _)| *of == loss);
    let actions = actions.flat_map(|(_, actions)| actions.iter());
    let numbered = actions.flat_map(|&(what, times)| (1..=times).map(move |number| (what, number)));
    let moments = [Moment::Before, Moment::Between, Moment::After];
    let kills = numbered.flat_map(|(what, number)| {
        moments.map(|moment| Kill {
            what,
            number,
            moment,
        })
    });
    kills.collect()
}

impl Kill {
    pub fn title(self) -> String {
        let Self {
            what,
            number,
            moment,
        } = self;
        let moment = match moment {
            Moment::Before => "before",
            Moment::Between => "between",
            Moment::After => "after",
        };
        format!("{what} {number}: killed {moment}")
    }
}
