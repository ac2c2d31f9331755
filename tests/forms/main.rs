//! Graphs, drawn by the programs that people draw them with: Graphviz, and Mermaid in a browser.
//!
//! Needs `dot`, `chromium`, and in `ETCDPLAN_TEST_MERMAID` the file `mermaid.min.js`. With
//! `--pages FOLDER` it writes the pages of the same situations there, for `tests/page/check`.

#![expect(
    clippy::print_stdout,
    reason = "a test runner of its own prints its results"
)]
#![expect(dead_code, reason = "shared with the fast tests")]

mod browser;
mod graphviz;
#[path = "../it/notation.rs"]
#[expect(clippy::unwrap_used, reason = "shared with the fast tests")]
mod notation;
#[path = "../it/forms/situations.rs"]
mod situations;

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use etcdplan::plan::Plan;
use etcdplan::render::{self, Subject};

/// A graph as text, and what it must come to when it is drawn.
struct Graph {
    name: String,
    text: String,
    /// Of steps; a cluster without any has one that says so.
    nodes: usize,
    arrows: usize,
    /// What stands in it as it is written here.
    words: &'static str,
}

/// The name of a member that would like to be more.
const HOSTILE: &str =
    "m\"]; click s1 href \"javascript:x\" <img src=x onerror=x()> `#quot;` %% --> \\N";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn graphs(render: fn(Subject<'_>) -> String) -> Vec<Graph> {
    let long = situations::plan(
        "voters=(m1* m2 m3 m4 m5 m6 m7)",
        "m11 m12 m13 m14 m15 m16 m17",
    );
    let mut hostile = situations::plan("voters=(m1* m2 m3)", "m1 m2 m4");
    for step in &mut hostile.steps {
        HOSTILE.clone_into(&mut step.member);
    }
    let mut graphs = Vec::new();
    let mut graph = |name: &str, subject: Subject<'_>| {
        let plans = subject.plans().iter();
        let steps = |plan: &Plan| plan.steps.len().max(1);
        graphs.push(Graph {
            name: name.to_owned(),
            words: if name == "hostile" { HOSTILE } else { "" },
            text: render(subject),
            nodes: plans.clone().map(steps).sum::<usize>() + subject.failures().len(),
            arrows: plans
                .flat_map(|plan| &plan.steps)
                .map(|step| step.depends_on.len())
                .sum(),
        });
    };
    situations::each(&mut graph);
    graph("sixty steps", (&long).into());
    graph("hostile", (&hostile).into());
    graphs
}

/// Writes the page of every situation into a folder.
fn write_pages(folder: &Path) -> Outcome<()> {
    let mut written = Ok(());
    situations::each(|name, subject| {
        let file = format!("{}.html", name.replace(' ', "-"));
        let page = fs::write(folder.join(file), render::html(subject));
        written = std::mem::replace(&mut written, Ok(())).and(page);
    });
    Ok(written?)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, folder] = arguments.as_slice()
        && flag == "--pages"
    {
        return match write_pages(Path::new(folder)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let mut passed = 0;
    let mut failures = Vec::new();
    let mut told = |tool: &str, results: Vec<(String, Outcome<()>)>| {
        for (name, result) in results {
            let ended = if result.is_ok() { "ok" } else { "FAIL" };
            println!("{tool}, {name}: {ended}");
            match result {
                Ok(()) => passed += 1,
                Err(error) => failures.push(format!("{tool}, {name}: {error}")),
            }
        }
    };
    told(
        "Graphviz",
        graphviz::draw(&graphs(|subject| render::dot(subject))),
    );
    told(
        "Mermaid",
        browser::draw(&graphs(|subject| render::mermaid(subject))),
    );
    if !failures.is_empty() {
        println!("\nfailures:\n{}", failures.join("\n"));
    }
    println!("test result: {passed} passed; {} failed", failures.len());
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
