//! `etcdplan status --watch`: one look after the other, until somebody has seen enough.
//!
//! On a terminal each look is drawn over the one before. Elsewhere a page is
//! added when it says something else than the last one, with the time; JSON is a
//! line for each look. A look that fails is shown, and watching goes on.

use std::time::Duration;

use crate::apply::{Cluster as _, Depth, ObserveError};
use crate::etcd::EtcdCluster;
use crate::observation::Observation;
use crate::render::palette::Palette;

use super::super::clock::time_of_day;
use super::super::console::{Console, Reader};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::runtime;
use super::super::screen::Screen;
use super::super::signals::Signals;
use super::{line, text};

/// How what was seen is shown.
pub(in crate::cli) enum Display<'a> {
    /// Drawn over the last look, of which this is what went well.
    Screen {
        console: &'a Console,
        screen: Screen,
        interval: Duration,
        last: Option<String>,
    },
    /// A page where something is new.
    Log {
        console: &'a Console,
        last: Option<String>,
    },
    /// A line of JSON.
    Lines { console: &'a Console },
}

/// Looks until a signal comes, or nobody reads any more.
pub(in crate::cli) fn run(
    cluster: &mut EtcdCluster,
    interval: Duration,
    mut display: Display<'_>,
) -> Result<Exit, Failure> {
    runtime::block_on(async {
        let mut signals = Signals::listen()?;
        loop {
            // Whoever interrupts is done: nothing was changed, and nothing failed.
            let Ok(seen) = signals.or_stop(cluster.observe(Depth::Whole)).await else {
                return Ok(Exit::Done);
            };
            if display.show(seen, &time_of_day())? == Reader::Gone {
                return Ok(Exit::Done);
            }
            let pause = tokio::time::sleep(interval);
            if signals.or_stop(pause).await.is_err() {
                return Ok(Exit::Done);
            }
        }
    })?
}

impl<'a> Display<'a> {
    /// For people: on the screen if there is one.
    pub(in crate::cli) fn for_people(console: &'a Console, interval: Duration) -> Self {
        match console.screen() {
            Some(screen) => Self::Screen {
                console,
                screen,
                interval,
                last: None,
            },
            None => Self::Log {
                console,
                last: None,
            },
        }
    }

    /// Shows a look.
    pub(in crate::cli) fn show(
        &mut self,
        seen: Result<Observation, ObserveError>,
        time: &str,
    ) -> Result<Reader, Failure> {
        match self {
            Self::Screen {
                console,
                screen,
                interval,
                last,
            } => {
                let every = humantime::format_duration(*interval);
                let heading = format!("{time}   every {every}, Ctrl-C ends");
                let page = match (seen, &last) {
                    (Ok(observation), _) => {
                        let page = text(&observation);
                        let shown = format!("{heading}\n\n{page}");
                        *last = Some(format!("as seen at {time}:\n\n{page}"));
                        shown
                    }
                    (Err(error), Some(last)) => format!("{heading}\n\n{}\n{last}", told(error)),
                    (Err(error), None) => format!("{heading}\n\n{}", told(error)),
                };
                console.draw(screen, &page)
            }
            Self::Log { console, last } => {
                let page = seen.map_or_else(told, |observation| text(&observation));
                if last.as_ref() == Some(&page) {
                    return Ok(Reader::There);
                }
                let gap = if last.is_some() { "\n" } else { "" };
                let shown = format!("{gap}{time}\n{page}");
                *last = Some(page);
                console.next_page(&shown)
            }
            Self::Lines { console } => {
                let document = match seen {
                    Ok(observation) => line(&observation),
                    Err(error) => {
                        let notices = Failure::from(error).notices;
                        let failed = serde_json::json!({
                            "formatVersion": "1.0",
                            "observedAt": time,
                            "diagnostics": notices,
                        });
                        format!("{failed}\n")
                    }
                };
                console.next_document(&document)
            }
        }
    }
}

/// A look that failed, for people.
fn told(error: ObserveError) -> String {
    let notices = Failure::from(error).notices;
    let texts = notices.iter().map(|notice| notice.text(Palette::Plain));
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::args::Format;
    use super::*;
    use crate::member::ClusterId;
    use crate::observation::FORMAT_VERSION;
    use crate::render::Detail;

    /// A look at a cluster without members.
    fn seen(id: u64) -> Observation {
        Observation {
            format_version: FORMAT_VERSION.to_owned(),
            observed_at: "2026-11-23T12:04:00Z".to_owned(),
            cluster_id: ClusterId::new(id),
            members: Vec::new(),
            leader: None,
            disturbances: [].into(),
            cluster_version: None,
        }
    }

    fn lost() -> Result<Observation, ObserveError> {
        Err(ObserveError::NoEndpoint)
    }

    #[test]
    fn a_log_gets_a_page_where_something_is_new() {
        let (console, written) = Console::in_memory(Palette::Plain, Detail::Normal, Format::Text);
        let mut display = Display::for_people(&console, Duration::from_secs(2));
        let looks = [Ok(seen(1)), Ok(seen(1)), lost(), lost(), Ok(seen(1))];
        for (look, time) in looks.into_iter().zip(["t1", "t2", "t3", "t4", "t5"]) {
            assert_eq!(display.show(look, time).unwrap(), Reader::There);
        }
        insta::assert_snapshot!(written.borrow().stdout, @"
        t1
        cluster 0000000000000001
        voters 0   healthy 0   quorum 1   can lose -1

        name  id  role  health  version  database  lag  client URL

        t3
        Error: no endpoint is known  [E0401]
          write `connect.endpoints` or the members' `clientURLs`, or pass --endpoints

        t5
        cluster 0000000000000001
        voters 0   healthy 0   quorum 1   can lose -1

        name  id  role  health  version  database  lag  client URL
        ");
    }

    #[test]
    fn json_is_a_line_for_each_look() {
        let (console, written) = Console::in_memory(Palette::Plain, Detail::Normal, Format::Json);
        let mut display = Display::Lines { console: &console };
        for look in [Ok(seen(1)), lost(), Ok(seen(1))] {
            display.show(look, "2026-11-23T12:04:00Z").unwrap();
        }
        let written = written.borrow();
        let lines: Vec<serde_json::Value> = written
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0]["clusterID"], "0000000000000001");
        assert_eq!(lines[1]["diagnostics"][0]["code"], "E0401");
        assert_eq!(lines[1]["observedAt"], "2026-11-23T12:04:00Z");
        assert_eq!(lines[2], lines[0]);
    }
}
