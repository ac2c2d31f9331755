//! The table of calls, answered by real servers of every version at hand.
//!
//! Needs etcd programs: `ETCDPLAN_TEST_ETCD` lists their directories, else
//! `target/etcd/*` is looked at.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "a run says how long it took")]

#[cfg(test)]
#[path = "../adapter/servers.rs"]
#[expect(dead_code, reason = "shared with the tests of the adapter")]
mod servers;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod table;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    use std::thread;
    use std::time::Instant;

    use etcdplan::version::Version;

    use crate::servers::Program;
    use crate::stage::Real;
    use crate::table::{Scene, TABLE, play};

    /// How many scenes run at a time: they mostly wait.
    const AT_A_TIME: usize = 16;

    #[test]
    fn real_servers_answer_as_the_table_says() {
        let programs = Program::all();
        assert!(!programs.is_empty(), "there is no etcd to ask");
        let began = Instant::now();
        let results = play_all(&programs);
        println!(
            "conformance of {} servers in {:.0?}",
            results.len(),
            began.elapsed()
        );
        for (version, (total, disagreements)) in &results {
            println!(
                "conformance {version}: {}/{total}",
                total - disagreements.len()
            );
            for line in disagreements {
                println!("  {line}");
            }
        }
        let failed: Vec<&String> = results.values().flat_map(|(_, failed)| failed).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    /// By version: how many calls were made, and where a server answered otherwise.
    fn play_all(programs: &[Program]) -> BTreeMap<Version, (usize, Vec<String>)> {
        let all = programs
            .iter()
            .flat_map(|program| TABLE.iter().map(move |scene| (program, scene)));
        let scenes: Mutex<Vec<(&Program, &Scene)>> = Mutex::new(all.rev().collect());
        let results = Mutex::new(BTreeMap::<Version, (usize, Vec<String>)>::new());
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    loop {
                        let next = scenes.lock().unwrap().pop();
                        let Some((program, scene)) = next else { return };
                        let mut stage = Real::set(program, scene.cluster);
                        let version = program.version.parse().unwrap();
                        let (calls, disagreements) = play(scene, version, &mut stage);
                        let mut results = results.lock().unwrap();
                        let (total, all) = results.entry(version).or_default();
                        *total += calls;
                        all.extend(disagreements);
                    }
                });
            }
        });
        results.into_inner().unwrap()
    }
}
