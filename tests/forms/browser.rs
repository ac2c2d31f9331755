//! Mermaid draws every graph in a browser, as code hosts do: text is text, and nothing in it acts.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::{Graph, Outcome};

/// What the page does: it draws every graph, and writes down what came of it.
const SCRIPT: &str = "
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', maxEdges: 5000, maxTextSize: 1e6 });
(async () => {
  const found = {};
  for (const [name, text] of Object.entries(graphs)) {
    try {
      const { svg } = await mermaid.render('g' + Object.keys(found).length, text);
      const picture = new DOMParser().parseFromString(svg, 'text/html');
      found[name] = {
        nodes: picture.querySelectorAll('g.node').length,
        arrows: picture.querySelectorAll('path.flowchart-link').length,
        words: picture.body.textContent.replace(/\\s+/g, ' '),
        active: picture.querySelectorAll('script, a, img, iframe, [onclick], [onerror]').length,
      };
    } catch (error) {
      found[name] = { error: String(error) };
    }
  }
  document.body.textContent = 'FOUND' + btoa(unescape(encodeURIComponent(JSON.stringify(found)))) + 'END';
})();
";

pub(crate) fn draw(graphs: &[Graph]) -> Vec<(String, Outcome<()>)> {
    let found = found(graphs).map_err(|error| error.to_string());
    let judged = graphs.iter().map(|graph| {
        let judged = match &found {
            Ok(found) => judge(graph, &found[&graph.name]),
            Err(error) => Err(error.clone().into()),
        };
        (graph.name.clone(), judged)
    });
    judged.collect()
}

/// What became of each graph, by its name.
fn found(graphs: &[Graph]) -> Outcome<Value> {
    let library = env::var("ETCDPLAN_TEST_MERMAID")?;
    let texts: BTreeMap<&str, &str> = graphs
        .iter()
        .map(|graph| (graph.name.as_str(), graph.text.as_str()))
        .collect();
    let texts = serde_json::to_string(&texts)?.replace("</", "<\\/");
    let folder = tempfile::tempdir()?;
    fs::copy(library, folder.path().join("mermaid.js"))?;
    let page = folder.path().join("page.html");
    let html = format!(
        "<!doctype html><meta charset=utf-8><body><script src=mermaid.js></script>\
         <script>const graphs = {texts};{SCRIPT}</script>"
    );
    fs::write(&page, html)?;
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=120000",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .output()?;
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, rest) = dom
        .split_once("FOUND")
        .ok_or("the page has drawn nothing")?;
    let (found, _) = rest.split_once("END").ok_or("the page was cut off")?;
    Ok(serde_json::from_slice(&base64(found)?)?)
}

fn judge(graph: &Graph, found: &Value) -> Outcome<()> {
    let is = |field: &str, count: usize| found[field] == count;
    let shows = found["words"]
        .as_str()
        .is_some_and(|words| words.contains(graph.words));
    if is("nodes", graph.nodes) && is("arrows", graph.arrows) && is("active", 0) && shows {
        return Ok(());
    }
    let Graph {
        nodes,
        arrows,
        text,
        ..
    } = graph;
    Err(format!("{nodes} nodes and {arrows} arrows became {found}\n{text}").into())
}

/// Reads base64 as browsers write it.
fn base64(text: &str) -> Outcome<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes().filter(|byte| *byte != b'=') {
        let value = DIGITS.iter().position(|known| *known == digit);
        bits = bits << 6 | u32::try_from(value.ok_or("no base64")?)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff)?);
        }
    }
    Ok(bytes)
}
