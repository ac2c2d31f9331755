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

/// Every kill of a recovery of two of three.
pub fn kills() -> Vec<Kill> {
    let actions = [
        ("driver stop", 1),
        ("driver putAside", 1),
        ("driver restore", 1),
        ("driver start", 1),
        ("driver start", 2),
        ("driver start", 3),
    ];
    let moments = [Moment::Before, Moment::Between, Moment::After];
    let kills = actions.into_iter().flat_map(|(what, number)| {
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
