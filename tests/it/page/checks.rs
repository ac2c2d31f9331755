//! What holds of every page, whatever its plan.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest as _, Sha256};

/// The elements of a page that a selector finds.
pub(crate) fn find<'p>(page: &'p Html, selector: &str) -> Vec<ElementRef<'p>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// The text in an element.
pub(crate) fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// The only element that a selector finds.
pub(crate) fn only<'p>(page: &'p Html, selector: &str) -> ElementRef<'p> {
    let found = find(page, selector);
    assert_eq!(found.len(), 1, "{selector}");
    found[0]
}

/// Everything that is wrong with a page.
pub(crate) fn problems(text: &str) -> Vec<String> {
    let page = Html::parse_document(text);
    let mut found: Vec<String> = page.errors.iter().map(ToString::to_string).collect();
    found.extend(unclosed(text));
    found.extend(references(&page));
    found.extend(headings(&page));
    found.extend(landmarks(&page));
    found.extend(tables(&page));
    found.extend(drawings(&page));
    found.extend(regions(&page));
    found.extend(outside(&page));
    found.extend(policy(&page));
    found
}

fn attributes<'p>(page: &'p Html, names: &[&str]) -> Vec<&'p str> {
    let all = find(page, "*");
    let values = all
        .iter()
        .flat_map(|element| names.iter().filter_map(|name| element.attr(name)));
    values.collect()
}

/// In a drawing an element that nobody closes swallows all that comes after it, and a parser does
/// not mind: a shape holds nothing.
fn unclosed(text: &str) -> Vec<String> {
    let page = Html::parse_document(text);
    let found = find(&page, "path *, rect *, circle *, text *, title *, desc *");
    found
        .iter()
        .map(|element| format!("{} is inside of a shape or a text", element.value().name()))
        .collect()
}

/// Every id is there once, and everything that is referred to is there.
fn references(page: &Html) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for id in attributes(page, &["id"]) {
        if !ids.insert(id) {
            found.push(format!("two elements have the id {id}"));
        }
    }
    let named = attributes(page, &["aria-labelledby", "aria-describedby"]);
    let links = attributes(page, &["href"]);
    let links = links.iter().filter_map(|link| link.strip_prefix('#'));
    let fills = attributes(page, &["fill", "marker-end"]);
    let fills = fills
        .iter()
        .filter_map(|fill| fill.strip_prefix("url(#")?.strip_suffix(')'));
    for id in named.into_iter().chain(links).chain(fills) {
        if !ids.contains(id) {
            found.push(format!("nothing has the id {id}"));
        }
    }
    found
}

/// One heading of the page, and no level is left out.
fn headings(page: &Html) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = 0;
    for heading in find(page, "h1, h2, h3, h4, h5, h6") {
        let level = heading
            .value()
            .name()
            .trim_start_matches('h')
            .parse::<usize>()
            .unwrap();
        if level > last + 1 || (level == 1) != (last == 0) {
            found.push(format!("h{level} comes after h{last}"));
        }
        if text(heading).trim().is_empty() {
            found.push(format!("an h{level} is empty"));
        }
        last = level;
    }
    found
}

fn landmarks(page: &Html) -> Vec<String> {
    let wanted = [
        "html[lang=en]",
        "body > header",
        "body > main",
        "body > footer",
        "head > title",
        "meta[name=viewport]",
        "a.skip[href='#main']",
    ];
    let missing = wanted.iter().filter(|one| find(page, one).len() != 1);
    missing.map(|one| format!("not one of {one}")).collect()
}

/// Tables say what they are about, and whose heads their heads are; no row is short.
fn tables(page: &Html) -> Vec<String> {
    let mut found = Vec::new();
    for table in find(page, "table") {
        let of = |selector: &str| {
            let selector = Selector::parse(selector).unwrap();
            table.select(&selector).collect::<Vec<_>>()
        };
        if of("caption").len() != 1 {
            found.push("a table has no caption".to_owned());
        }
        if of("thead th").iter().any(|head| text(*head).is_empty()) {
            found.push("the head of a column is empty".to_owned());
        }
        let columns = of("thead th").len();
        for row in of("tr") {
            let cells = row.child_elements().count();
            if cells != columns {
                found.push(format!("a row has {cells} cells, not {columns}"));
            }
        }
    }
    let heads = find(page, "th:not([scope])").len();
    if heads > 0 {
        found.push(format!("{heads} heads have no scope"));
    }
    found
}

/// Drawings are pictures with a name and a description, or not there for who does not see them.
fn drawings(page: &Html) -> Vec<String> {
    let good = "svg[aria-hidden=true], svg[role=img][aria-labelledby][aria-describedby]";
    let (all, good) = (find(page, "svg").len(), find(page, good).len());
    let mut found = Vec::new();
    if all != good {
        found.push(format!("{} drawings have no text", all - good));
    }
    for told in find(page, "svg[role=img] > title, svg[role=img] > desc") {
        if text(told).is_empty() {
            found.push("a drawing has an empty text".to_owned());
        }
    }
    found
}

/// What scrolls can be reached by keyboard, and has a name of its own; wide things are in there.
fn regions(page: &Html) -> Vec<String> {
    let mut found = Vec::new();
    let mut labels = BTreeSet::new();
    for region in find(page, ".wide") {
        let is_reached = region.attr("tabindex") == Some("0");
        let label = region.attr("aria-label").unwrap_or_default();
        if !is_reached || region.value().name() != "section" || label.is_empty() {
            found.push("what scrolls is no region".to_owned());
        }
        if !labels.insert(label) {
            found.push(format!("two regions are called {label}"));
        }
    }
    let inside = ".wide table, .wide pre, .wide svg[role=img]";
    if find(page, "table, pre, svg[role=img]").len() != find(page, inside).len() {
        found.push("something wide is in no region".to_owned());
    }
    found
}

/// Nothing is loaded, run, or sent, and no link leads out of the page.
fn outside(page: &Html) -> Vec<String> {
    let mut found = Vec::new();
    let bad = "script, link, img, image, iframe, object, embed, form, input, button, base, use, \
               video, audio, foreignObject, animate, set";
    for element in find(page, bad) {
        found.push(format!("there is a {}", element.value().name()));
    }
    for element in find(page, "*") {
        for (name, value) in element.value().attrs() {
            let is_local = match name {
                "href" => value.starts_with('#'),
                "fill" | "marker-end" => value.starts_with("url(#"),
                "src" | "srcset" | "style" | "action" | "xlink:href" | "background" => false,
                _ => !name.starts_with("on"),
            };
            if !is_local {
                found.push(format!("{}: {name}={value}", element.value().name()));
            }
        }
    }
    found
}

/// The policy comes before all it is about, allows the one style sheet, and nothing else.
fn policy(page: &Html) -> Vec<String> {
    let styles = find(page, "style");
    let [style] = styles.as_slice() else {
        return vec!["not one style sheet".to_owned()];
    };
    let style = text(*style);
    let digest = BASE64_STANDARD.encode(Sha256::digest(&style));
    let wanted = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    );
    let head: Vec<_> = find(page, "head > *");
    let policy = head.get(1).and_then(|second| second.attr("content"));
    let mut found = Vec::new();
    if head.first().and_then(|first| first.attr("charset")) != Some("utf-8") {
        found.push("the encoding does not come first".to_owned());
    }
    if policy != Some(&wanted) {
        found.push(format!("the policy is {policy:?}"));
    }
    for outside in ["url(", "@import", "http:", "https:"] {
        if style.contains(outside) {
            found.push(format!("the style sheet says {outside}"));
        }
    }
    found
}
