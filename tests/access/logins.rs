//! Logins, as the members count them.

use std::collections::BTreeMap;
use std::fmt;

use crate::bed::Outcome;
use crate::page;
use crate::stage::Stage;

/// How many logins each member was asked for, by how it answered: `("m1", "OK")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logins(BTreeMap<(String, String), u64>);

impl Logins {
    /// Those since each member started; a member that has left takes its count along.
    pub(crate) async fn so_far(stage: &Stage<'_>) -> Outcome<Self> {
        let mut all = BTreeMap::new();
        for member in &stage.members {
            if let Ok(page) = page::metrics(member, &stage.cluster.directory).await {
                for (answer, count) in counts(&page)? {
                    all.insert((member.name.clone(), answer), count);
                }
            }
        }
        Ok(Self(all))
    }

    /// Those that were added to an earlier count, at members that are in both.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let added = |(key, now): (&(String, String), &u64)| {
            let before = earlier.0.get(key).copied().unwrap_or_default();
            // A member that was restarted counts from zero.
            let added = now.checked_sub(before).unwrap_or(*now);
            (added > 0).then(|| (key.clone(), added))
        };
        Self(self.0.iter().filter_map(added).collect())
    }

    /// All that were asked for.
    pub(crate) fn count(&self) -> u64 {
        self.0.values().sum()
    }
}

/// `1`, or where it is more, who answered how: `2 (m1 OK 1, m6 Unavailable 1)`.
impl fmt::Display for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.count())?;
        if self.count() < 2 {
            return Ok(());
        }
        let each = self.0.iter();
        let each: Vec<String> = each
            .map(|((member, answer), count)| format!("{member} {answer} {count}"))
            .collect();
        write!(f, " ({})", each.join(", "))
    }
}

/// `grpc_server_handled_total{grpc_code="OK",grpc_method="Authenticate",...} 3`
fn counts(page: &str) -> Outcome<Vec<(String, u64)>> {
    let rows = page.lines().filter(|row| {
        row.starts_with("grpc_server_handled_total{")
            && row.contains("grpc_method=\"Authenticate\"")
    });
    let read = |row: &str| {
        let code = row
            .split("grpc_code=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let count = row.rsplit(' ').next().unwrap_or_default().parse()?;
        Ok((code.ok_or("a row without a code")?.to_owned(), count))
    };
    rows.map(read).collect()
}
