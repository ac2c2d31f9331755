//! Logins, as the members count them.

use std::collections::BTreeMap;

use crate::bed::Outcome;
use crate::page;
use crate::stage::Stage;

/// How many logins each member was asked for since it started; also those that it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logins(BTreeMap<String, u64>);

impl Logins {
    /// Those so far; a member that has left takes its count along.
    pub(crate) async fn so_far(stage: &Stage<'_>) -> Outcome<Self> {
        let mut all = BTreeMap::new();
        for member in &stage.members {
            if let Ok(page) = page::metrics(member, &stage.cluster.directory).await {
                all.insert(member.name.clone(), count(&page)?);
            }
        }
        if all.is_empty() {
            return Err("no member shows how many logins it has seen".into());
        }
        Ok(Self(all))
    }

    /// How many were added to an earlier count, at members that are in both.
    pub(crate) fn since(&self, earlier: &Self) -> u64 {
        let added = |(name, now): (&String, &u64)| {
            let before = earlier.0.get(name).copied().unwrap_or_default();
            // A member that was restarted counts from zero.
            now.checked_sub(before).unwrap_or(*now)
        };
        self.0.iter().map(added).sum()
    }
}

fn count(page: &str) -> Outcome<u64> {
    let rows = page.lines().filter(|row| {
        row.starts_with("grpc_server_handled_total{")
            && row.contains("grpc_method=\"Authenticate\"")
    });
    let mut sum = 0;
    for row in rows {
        let value = row.rsplit(' ').next().unwrap_or_default();
        sum += value.parse::<u64>()?;
    }
    Ok(sum)
}
