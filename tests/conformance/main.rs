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
    use std::sync::Mutex;
    use std::thread;
    use std::time::Instant;

    use crate::servers::Program;
    use crate::stage::Real;
    use crate::table::{Scene, TABLE, play};

    /// How many scenes run at a time: they mostly wait.
    const AT_A_TIME: usize = 6;

    #[test]
    fn real_servers_answer_as_the_table_says() {
        let programs = Program::all();
        assert!(!programs.is_empty(), "there is no etcd to ask");
        let mut failed = Vec::new();
        for program in &programs {
            let began = Instant::now();
            let (total, disagreements) = play_all(program);
            println!(
                "conformance {}: {}/{total} in {:.0?}",
                program.version,
                total - disagreements.len(),
                began.elapsed()
            );
            for line in &disagreements {
                println!("  {line}");
            }
            failed.extend(disagreements);
        }
        assert!(failed.is_empty(), "{failed:#?}");
    }

    fn play_all(program: &Program) -> (usize, Vec<String>) {
        let scenes: Mutex<Vec<&Scene>> = Mutex::new(TABLE.iter().rev().collect());
        let result = Mutex::new((0, Vec::new()));
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    loop {
                        let next = scenes.lock().unwrap().pop();
                        let Some(scene) = next else { return };
                        let mut stage = Real::set(program, scene.cluster);
                        let version = program.version.parse().unwrap();
                        let (calls, disagreements) = play(scene, version, &mut stage);
                        let mut result = result.lock().unwrap();
                        result.0 += calls;
                        result.1.extend(disagreements);
                    }
                });
            }
        });
        result.into_inner().unwrap()
    }
}
