//! Text from files, servers, and drivers does not act, whatever output it comes out of.
//!
//! Every text that a plan or an observation holds is replaced by a hostile one,
//! wherever its type allows that, and everything is printed. A field or an output
//! that is new is in here by itself, or fails a test that says where it belongs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use etcdplan::adopt::{self, adopt};
use etcdplan::apply::executor::Report;
use etcdplan::apply::halt::Halt;
use etcdplan::apply::host_action::{
    ClusterState, ExpectedData, HostAction, Membership, Place, Rescue, Settings,
};
use etcdplan::apply::{Event, Reporter as _, StepOutcome};
use etcdplan::cli::args::Format;
use etcdplan::cli::console::{Console, Written};
use etcdplan::cli::exit::Exit;
use etcdplan::cli::failure::Failure;
use etcdplan::cli::progress::Progress;
use etcdplan::cli::{observe, outcome, status};
use etcdplan::host::{Output as _, instructions};
use etcdplan::member::{ClusterId, MemberName};
use etcdplan::observation::{Condition, Disturbance, Observation, recording};
use etcdplan::plan::{self, Options, Plan};
use etcdplan::render::palette::Palette;
use etcdplan::render::{self, Detail, Notice, Position, Range, Severity, View, narrow};
use etcdplan::topology::{self, HostActionKind, Topology};
use etcdplan::url::Urls;
use etcdplan::version::Version;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::backups;
use crate::forms::commonmark;
use crate::notation;
use crate::program::run_with;
use crate::recovery;

/// What has harmed people: each alone, and in any row.
const SIGNS: [&str; 28] = [
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}]0;title\u{7}",
    "\u{1b}[31m",
    "\u{1b}[8m",
    "\u{1b}P$q\u{1b}\\",
    "\u{9b}2J\u{90}\u{9c}\u{85}",
    "\n",
    "\r\nError: all is well",
    "\u{8}\u{8}\u{7f}",
    "\t\u{b}\u{c}",
    "\0",
    "\u{202e}evil\u{202c}\u{2066}\u{2069}\u{200f}\u{61c}",
    "\u{200b}\u{200d}\u{feff}\u{2060}\u{ad}",
    "\u{2028}\u{2029}",
    "\u{e0041}\u{fffe}\u{d7ff}",
    "%s%n%1b",
    "`id`$(id)${IFS}",
    "|;&<>*?!#~",
    "'\"\\",
    "::error::x",
    "{}{{0}}",
    "a-name",
    "[x](http://a.example) ![y](z)",
    "--><!--</details></summary>",
    "@team #1 www.a.example http://b.example",
    "\"]; click s1 href \"javascript:x\"; %% \"",
    "<script>x()</script><img src=x onerror=y>",
    "```\n# title\n~~~",
];

fn hostile() -> impl Strategy<Value = String> {
    let sign = proptest::sample::select(&SIGNS[..]);
    let row = proptest::collection::vec(sign, 1..4).prop_map(|signs| signs.concat());
    prop_oneof![20 => row, 1 => Just(format!("\u{1b}[2J{}", "long ".repeat(800)))]
}

/// Whether a character may not reach a terminal: on its own terms, not on those of the program.
fn acts(c: char) -> bool {
    let format = [
        '\u{61c}', '\u{ad}', '\u{feff}', '\u{2060}', '\u{200b}', '\u{200d}', '\u{200f}',
    ];
    c != '\n'
        && (c.is_control()
            || format.contains(&c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
            || ('\u{2028}'..='\u{2029}').contains(&c)
            || ('\u{e0000}'..='\u{e007f}').contains(&c))
}

#[track_caller]
fn is_harmless(name: &str, text: &str) {
    assert!(!text.contains(acts), "{name}: {text:?}");
}

/// The colours of the program, and nothing else that acts.
#[track_caller]
fn is_only_coloured(name: &str, text: &str) {
    let colours = regex::Regex::new("\u{1b}\\[(0|1|2|31|32|33)m").unwrap();
    is_harmless(name, &colours.replace_all(text, ""));
}

/// The value with every text in it replaced, as far as it can still be read.
fn poisoned<T: Serialize + DeserializeOwned>(value: &T, words: &[String]) -> T {
    let mut document = serde_json::to_value(value).unwrap();
    let mut words = words.iter().cycle();
    for pointer in texts(&document, "") {
        let place = document.pointer_mut(&pointer).unwrap();
        let before = place.clone();
        *place = Value::from(words.next().unwrap().as_str());
        if T::deserialize(&document).is_err() {
            *document.pointer_mut(&pointer).unwrap() = before;
        }
    }
    T::deserialize(document).unwrap()
}

/// Where the texts of a document are.
fn texts(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::String(_) => vec![at.to_owned()],
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(n, item)| texts(item, &format!("{at}/{n}")))
                .collect()
        }
        Value::Object(fields) => {
            let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
            let fields = fields.iter();
            fields
                .flat_map(|(key, item)| texts(item, &format!("{at}/{}", escaped(key))))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn example(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    fs::read_to_string(root.join(path)).unwrap()
}

fn planned(wanted: &Topology, live: &Observation) -> Plan {
    plan::build(wanted, live, &Options::default())
}

/// Plans of every kind: what they hold, and not what it says, is what is shown.
fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for (file, live) in [
        ("replace.yaml", "healthy.json"),
        ("replace.yaml", "infra2-dead.json"),
        ("as-it-is.yaml", "healthy.json"),
        ("move.yaml", "healthy.json"),
        ("grow.yaml", "healthy.json"),
    ] {
        let wanted = topology::load(file, &example(file)).unwrap().topology;
        let live = recording::read(&example(&format!("live/{live}"))).unwrap();
        plans.push(planned(&wanted, &live));
    }
    let live = notation::live("voters=(m1* m2 m3!) learners=(m4?)", Version::new(3, 5, 30));
    plans.push(planned(&notation::wanted("m1@9/copy m2 m5 m6"), &live));
    let places = "m1 runs 2/11, m2 empty, m3 empty";
    let remains = recovery::remains("voters=(m1 m2! m3!)", places);
    let lost = ["m2", "m3"];
    plans.push(recovery::planned("m1 m2 m3", &remains, &lost, None));
    plans
}

fn seen() -> Observation {
    let notation = "voters=(m1* m2 m3! m4~) learners=(m5 m6?)";
    let mut seen = notation::live(notation, Version::new(3, 5, 30));
    let reason = "permission denied".to_owned();
    seen.members[3].condition = Condition::Barred { reason };
    let member = seen.members[1].id;
    seen.disturbances.insert(Disturbance::NoSpace { member });
    seen
}

fn memory(palette: Palette, errors: Format) -> (Console, std::rc::Rc<std::cell::RefCell<Written>>) {
    Console::in_memory(palette, Detail::Full, errors)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn plans_are_harmless(words in proptest::collection::vec(hostile(), 31)) {
        for plan in plans() {
            let plan = poisoned(&plan, &words);
            for detail in [Detail::Summary, Detail::Normal, Detail::Full] {
                let view = |palette| View { palette, detail, command: Some(&words[0]) };
                let shown = render::text(&plan, &view(Palette::Plain));
                is_harmless("plan", &shown);
                is_harmless("plan on a narrow terminal", &narrow(&shown, 30));
                is_only_coloured("plan", &render::text(&plan, &view(Palette::Colour)));
            }
            for (form, shown) in [
                ("markdown", render::markdown(&plan, None)),
                ("mermaid", render::mermaid(&plan)),
                ("dot", render::dot(&plan)),
                ("html", render::html(&plan)),
                ("github", render::annotations(&plan)),
                ("gitlab", render::gitlab(&plan)),
            ] {
                is_harmless(form, &shown);
            }
            let comment = commonmark::read(&render::markdown(&plan, None));
            prop_assert_eq!(comment.problems, [""; 0]);
            prop_assert_eq!(comment.titles, 1);
            let annotations = render::annotations(&plan);
            prop_assert!(annotations.lines().all(|line| line.starts_with("::")));
            let (console, written) = memory(Palette::Colour, Format::Json);
            console.document(&render::json(&plan)).unwrap();
            let json = &written.borrow().stdout;
            is_harmless("plan as JSON", json);
            prop_assert_eq!(serde_json::from_str::<Plan>(json).unwrap(), plan);
        }
    }

    #[test]
    fn looks_are_harmless(words in proptest::collection::vec(hostile(), 17)) {
        let seen = poisoned(&seen(), &words);
        is_harmless("status", &status::text(&seen));
        is_harmless("metrics", &status::prometheus(&seen, Some(&words[0])));
        is_harmless("summary of observe", &observe::summary(&seen));
        for document in [status::json(&seen), status::line(&seen), observe::document(&seen)] {
            let (console, written) = memory(Palette::Plain, Format::Json);
            console.document(&document).unwrap();
            let written = &written.borrow().stdout;
            is_harmless("JSON", written);
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            prop_assert_eq!(read(written), read(&document));
        }
        let options = adopt::Options { name: Some(words[1].clone()), ..adopt::Options::default() };
        let adoption = adopt(&seen, &options);
        is_harmless("adopt", &adoption.text);
        for notice in &adoption.notices {
            is_harmless("notice of adopt", &notice.text(Palette::Plain));
        }
    }

    #[test]
    fn runs_are_harmless(words in proptest::collection::vec(hostile(), 23)) {
        let (console, written) = memory(Palette::Plain, Format::Text);
        let plan = poisoned(&plans()[0], &words);
        let mut progress = Progress::new(&console, &plan);
        for event in events(&plan, &words) {
            progress.report(&event);
        }
        progress.driver_output().line(&words[0]);
        let report = |halt: Option<Halt>| Report {
            halt,
            done: vec![(plan.steps[0].id, StepOutcome::Completed)],
            left: plan.steps.iter().skip(1).map(|step| step.id).collect(),
            begun: true,
            last: Some(poisoned(&seen(), &words)),
        };
        let took = Duration::from_secs(1);
        is_harmless("end of a run", &outcome::complete(&plan, &report(None), took, Palette::Plain));
        for halt in halts(&words) {
            is_harmless("end of a run", &outcome::error(&halt).text(Palette::Plain));
            let stopped = report(Some(halt));
            let command = Some(words[0].as_str());
            is_harmless("end of a run", &outcome::stopped(&plan, &stopped, command, Palette::Plain));
        }
        is_harmless("progress", &written.borrow().stderr);
        prop_assert!(written.borrow().stderr.contains("waiting"));
    }

    #[test]
    fn instructions_are_harmless(words in proptest::collection::vec(hostile(), 23)) {
        for kind in HostActionKind::ALL {
            for data in [ExpectedData::Empty, ExpectedData::Present, ExpectedData::Any] {
                is_harmless("instructions", &instructions::of(&action(kind, data, &words)));
            }
        }
    }

    /// The last line of defence, which holds where a command forgets the others.
    #[test]
    fn nothing_that_acts_passes_the_console(words in proptest::collection::vec(hostile(), 12)) {
        let text = words.concat();
        for errors in [Format::Text, Format::Json] {
            for palette in [Palette::Plain, Palette::Colour] {
                let (console, written) = memory(palette, errors);
                console.result(&text).unwrap();
                console.page(&text).unwrap();
                console.next_page(&text).unwrap();
                console.note(&text);
                console.tell(&text);
                for notice in notices(&words) {
                    let command = render::github(&notice);
                    prop_assert_eq!(command.lines().count(), 1);
                    console.result(&command).unwrap();
                }
                console.failed(&Failure { exit: Exit::Error, notices: notices(&words) });
                let Written { stdout, stderr } = &*written.borrow();
                for written in [stdout, stderr] {
                    match palette {
                        Palette::Plain => is_harmless("console", written),
                        Palette::Colour => is_only_coloured("console", written),
                    }
                }
            }
        }
    }
}

/// Everything that is told while a plan is performed.
fn events<'p>(plan: &'p Plan, words: &[String]) -> Vec<Event<'p>> {
    let text = |n: usize| words[n % words.len()].clone();
    let mut events = Vec::new();
    for (n, step) in plan.steps.iter().enumerate() {
        let elapsed = Duration::from_secs(60);
        events.extend([
            Event::Checked {
                standing: step.before,
            },
            Event::Started { step },
            Event::Waiting {
                step,
                detail: text(n),
                elapsed,
            },
            Event::LeadershipMoved {
                step,
                to: text(n + 1),
            },
            Event::Cautioned {
                step,
                caution: text(n + 2),
            },
            Event::Done {
                step,
                outcome: StepOutcome::Completed,
                elapsed,
            },
            Event::Failed {
                step,
                reason: text(n + 3),
                elapsed,
            },
        ]);
    }
    events
}

/// Runs that ended in other people's words.
fn halts(words: &[String]) -> Vec<Halt> {
    let mut words = words.iter().cycle().cloned();
    let mut text = || words.next().unwrap();
    let refused = Halt::CallRefused {
        step: text(),
        message: text(),
    };
    vec![
        refused.clone(),
        Halt::Stale {
            moved: vec![text(), text()],
        },
        Halt::ForeignChange {
            moved: vec![text()],
        },
        Halt::Refused {
            step: text(),
            hazards: Vec::new(),
            last_seen: Some(text()),
        },
        Halt::HostFailed {
            step: text(),
            message: text(),
            aftermath: Some(text()),
        },
        Halt::Unconfirmed { step: text() },
        Halt::QuorumExists,
        Halt::LostAnswers { member: text() },
        Halt::NotJoined {
            why: Box::new(refused),
            became: text(),
        },
        Halt::Interrupted {
            waited_for: Some(text()),
        },
        Halt::LockLost {
            holder: Some(text()),
        },
        Halt::Unrecorded { reason: text() },
    ]
}

/// Notices with every part.
fn notices(words: &[String]) -> Vec<Notice> {
    let text = |n: usize| words[n].clone();
    let start = Position {
        line: 1,
        column: 1,
        byte: 0,
    };
    let notice = |severity| Notice {
        severity,
        code: Some(text(0)),
        message: text(1),
        details: vec![text(2), text(3)],
        ways_out: vec![text(4), text(5)],
        file: Some(text(6)),
        ranges: vec![Range {
            file: text(6),
            label: text(7),
            start,
            end: start,
        }],
        excerpt: text(8),
    };
    vec![
        notice(Severity::Warning),
        notice(Severity::Refused),
        notice(Severity::Error),
    ]
}

/// An action on a host where nothing is as it should be.
fn action(kind: HostActionKind, data: ExpectedData, words: &[String]) -> HostAction {
    let mut words = words.iter().cycle().cloned();
    let mut text = || words.next().unwrap();
    let urls = |text: String| Urls::observed(&[text]);
    let mut place = || Place {
        member: text(),
        host: text(),
        peer_urls: urls(text()),
        data_dir: Some(text()),
    };
    let (here, there) = (place(), place());
    HostAction {
        kind,
        step: text(),
        plan_id: text(),
        cluster: text(),
        member: MemberName::observed(&text()).unwrap(),
        member_id: None,
        membership: Membership::Listed,
        rescue: Some(Rescue {
            old_cluster: Some(ClusterId::new(1)),
            new_cluster: ClusterId::new(2),
            token: text(),
            aside: text(),
            backup: (data == ExpectedData::Any).then(&mut text),
            revision_bump: 1,
        }),
        place: here,
        previous: there,
        settings: Settings {
            initial_cluster: text(),
            cluster_state: ClusterState::Existing,
            client_urls: urls(text()),
            listen_peer_urls: urls(text()),
            listen_client_urls: urls(text()),
            wal_dir: Some(text()),
            env: BTreeMap::from([(text(), text())]),
            version: Some(Version::new(3, 5, 30)),
        },
        data,
        vars: BTreeMap::from([(text(), text())]),
    }
}

/// What the program says of a command line, a file, or a recording.
fn told(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    run_with(arguments, environment).told()
}

/// Files and command lines that no type has looked at yet.
#[test]
fn the_program_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let words: Vec<String> = SIGNS.iter().map(ToString::to_string).collect();
    let live = path("live.json");
    fs::write(&live, recording::write(&poisoned(&seen(), &words))).unwrap();
    let broken = path("broken.json");
    fs::write(
        &broken,
        recording::write(&seen()).replace("voter", "\u{9b}2J\u{202e}"),
    )
    .unwrap();
    let half = path("half.json");
    fs::write(&half, recording::write(&seen()).replace("m1", "\\ud800")).unwrap();
    let good = path("good.yaml");
    fs::write(&good, example("as-it-is.yaml")).unwrap();
    for (n, sign) in SIGNS.iter().enumerate() {
        // A program's arguments end at a zero byte.
        let argument = sign.replace('\0', "0");
        let backup = path(&format!("{n}{}.db", argument.replace('/', "")));
        fs::write(&backup, backups::backup()).unwrap();
        for (command, environment) in [
            (vec!["plan", "-f", &good, "--live", &live], vec![]),
            (
                vec!["plan", "-f", &good, "--live", &broken, "--format", "json"],
                vec![],
            ),
            (vec!["plan", "-f", &good, "--live", &half], vec![]),
            (vec!["plan", "-f", &argument], vec![]),
            (vec!["plan", "-f", &good, &argument], vec![]),
            (
                vec!["plan", "-f", &good, "--live", &live, "--restart", &argument],
                vec![],
            ),
            (vec!["plan", "-f", &good, "--format", &argument], vec![]),
            (
                vec!["plan", "-f", &good, "--format=json", &argument],
                vec![],
            ),
            (vec!["validate", &argument, "--format", "json"], vec![]),
            (vec!["validate", &argument, "--format", "github"], vec![]),
            (vec!["explain", &argument], vec![]),
            (vec!["explain", &argument, "--format", "json"], vec![]),
            (vec!["status", "--endpoints", &argument], vec![]),
            (
                vec!["status"],
                vec![("ETCDPLAN_ENDPOINTS", argument.as_str())],
            ),
            (vec!["apply", "-f", &argument, "--yes"], vec![]),
            (vec!["adopt", "--live", &argument], vec![]),
            (vec!["adopt", "--live", &live], vec![]),
            (vec!["observe", "-f", &argument], vec![]),
            (vec!["sandbox", "status", "--dir", &argument], vec![]),
            (vec!["backup", "verify", &argument], vec![]),
            (vec!["backup", "verify", &backup], vec![]),
            (vec!["backup", "verify", &backup, "--format=json"], vec![]),
            (
                vec!["backup", "verify", &backup, "--etcdutl", &argument],
                vec![],
            ),
            (vec![&argument], vec![]),
        ] {
            is_harmless(&format!("{command:?}"), &told(&command, &environment));
        }
        // Raw, as YAML text and as YAML escapes.
        let quoted = Value::from(*sign).to_string();
        for text in [
            format!("members:\n  - name: {sign}\n    {sign}: x\n"),
            example("as-it-is.yaml").replace("infra0", &quoted),
            example("as-it-is.yaml").replace("http://10.0.4.11:2380", &quoted),
            example("as-it-is.yaml").replace("prod-eu", &quoted),
            example("as-it-is.yaml").replace(
                "name: infra1",
                &format!("name: infra1\n    zone: {quoted}\n    data: {quoted}"),
            ),
            example("as-it-is.yaml").replace("members:", &format!("{quoted}: 1\nmembers:")),
        ] {
            let file = path(&format!("{n}.yaml"));
            fs::write(&file, text).unwrap();
            for command in [
                vec!["validate", &file],
                vec!["validate", &file, "--format", "json"],
                vec!["validate", &file, "--format", "github"],
                vec!["plan", "-v", "-f", &file, "--live", &live],
                vec!["plan", "-f", &file, "--live", &live, "--format", "json"],
            ] {
                is_harmless(&format!("{command:?}"), &told(&command, &[]));
            }
        }
    }
}

/// Where in `src/cli` something is printed. What a new one prints belongs into one of the tests
/// above, before it is listed here.
const PRINTING: [&str; 26] = [
    "adopt",
    "apply",
    "backup",
    "backup/progress",
    "backup/verify",
    "completions",
    "console",
    "driver_output",
    "explain",
    "inspect",
    "lock",
    "look",
    "man",
    "output",
    "plan",
    "progress",
    "prompt",
    "recover",
    "recovery",
    "relay",
    "salvage",
    "sandbox",
    "schema",
    "show",
    "status/watch",
    "validate",
];

#[test]
fn every_place_that_prints_is_known() {
    let calls = [
        ".result(",
        ".page(",
        ".next_page(",
        ".document(",
        ".next_document(",
        ".script(",
        ".draw(",
        ".note(",
        ".tell(",
        ".failed(",
        "set_message(",
    ];
    let mut found = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            if calls.iter().any(|call| text.contains(call)) {
                let module = path.strip_prefix(&root).unwrap().with_extension("");
                found.insert(module.display().to_string());
            }
        }
    }
    let known: BTreeSet<String> = PRINTING.iter().map(ToString::to_string).collect();
    assert_eq!(found, known);
}
