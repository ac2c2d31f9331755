//! Graphviz draws every graph, and says nothing of it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::{Graph, Outcome};

pub(crate) fn draw(graphs: &[Graph]) -> Vec<(String, Outcome<()>)> {
    let drawn = graphs.iter().map(|graph| (graph.name.clone(), one(graph)));
    drawn.collect()
}

fn one(graph: &Graph) -> Outcome<()> {
    let mut dot = Command::new("dot")
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut input = dot.stdin.take().ok_or("no input")?;
    input.write_all(graph.text.as_bytes())?;
    drop(input);
    let output = dot.wait_with_output()?;
    let complaint = String::from_utf8(output.stderr)?;
    let picture = String::from_utf8(output.stdout)?;
    let count = |class: &str| picture.matches(&format!("class=\"{class}\"")).count();
    let found = (count("node"), count("edge"));
    if !output.status.success() || !complaint.is_empty() || found != (graph.nodes, graph.arrows) {
        return Err(format!("{found:?}, {complaint}\n{}", graph.text).into());
    }
    Ok(())
}
