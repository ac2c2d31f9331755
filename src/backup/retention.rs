//! Which backups are deleted when only so many are kept.

use crate::backup::BackupName;

/// The files of a folder that are too many: older backups of the cluster of `made`, the oldest
/// first, such that `keep` of its backups stay. The one that was just made always stays, and so
/// does every file whose name is not one of ours.
pub fn expendable<'n>(names: &[&'n str], made: &BackupName, keep: usize) -> Vec<&'n str> {
    let mut older: Vec<(BackupName, &str)> = names
        .iter()
        .filter_map(|text| Some((BackupName::parse(text)?, *text)))
        .filter(|(name, _)| name.is_of_the_cluster_of(made) && name != made)
        .collect();
    older.sort();
    let too_many = (older.len() + 1).saturating_sub(keep.max(1));
    older.truncate(too_many);
    older.into_iter().map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::ClusterId;

    fn name(cluster: &str, id: u64, revision: u64, day: u64) -> BackupName {
        let at = format!("2026-11-{day:02}T04:15:00Z");
        BackupName::new(Some(cluster), ClusterId::new(id), revision, &at)
    }

    #[test]
    fn the_oldest_of_the_same_cluster_go() {
        // A restored cluster begins at a low revision again: the time decides.
        let days = [(9, 1), (10, 2), (11, 3), (2, 4)];
        let mut names: Vec<String> = days
            .map(|(revision, day)| name("prod", 7, revision, day).to_string())
            .into();
        names.push(name("prod", 8, 1, 1).to_string());
        names.push(name("test", 7, 1, 1).to_string());
        names.push(format!("{}.bak", names[0]));
        names.push("important.db".to_owned());
        let texts: Vec<&str> = names.iter().map(String::as_str).collect();
        let made = name("prod", 7, 2, 4);
        assert_eq!(expendable(&texts, &made, 4), [""; 0]);
        assert_eq!(expendable(&texts, &made, 2), [&names[0], &names[1]]);
        assert_eq!(
            expendable(&texts, &made, 1),
            [&names[0], &names[1], &names[2]]
        );
        // A clock that was set back makes it the oldest by name.
        let made = name("prod", 7, 9, 1);
        assert_eq!(
            expendable(&texts, &made, 1),
            [&names[1], &names[2], &names[3]]
        );
        assert_eq!(expendable(&texts, &made, 0).len(), 3);
    }
}
