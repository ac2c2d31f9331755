//! Words and lists of a YAML file.

use std::fmt::Write as _;

use crate::url::Url;

/// Words that YAML 1.1 or 1.2 reads as something else than text, in small letters.
const NO_TEXT: [&str; 12] = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "inf", "nan", "all",
];

/// A text as a scalar: as it is where nobody can read it otherwise, else in double quotes.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_word = !NO_TEXT.contains(&text.to_ascii_lowercase().as_str());
    if begins && is_word && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        // Writing to a string does not fail.
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            ' '..='~' => write!(quoted, "{c}"),
            c if !c.is_ascii() && c.is_alphanumeric() => write!(quoted, "{c}"),
            // Everything that a terminal, an editor, or a reader of YAML could take for more than a sign.
            c => write!(quoted, "\\U{:08x}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

/// URLs as a list on one line.
pub(super) fn list<'u>(urls: impl IntoIterator<Item = &'u Url>) -> String {
    let urls: Vec<String> = urls.into_iter().map(|url| of_list(url.as_str())).collect();
    format!("[{}]", urls.join(", "))
}

/// A URL inside of brackets, where it must not hold any itself.
fn of_list(url: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if url.starts_with("http") && url.contains("://") && url.chars().all(is_plain) {
        url.to_owned()
    } else {
        let quoted = scalar(url);
        if quoted.starts_with('"') {
            quoted
        } else {
            format!("\"{quoted}\"")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be() {
        for (text, written) in [
            ("infra0", "infra0"),
            ("prod-eu.v2/x", "prod-eu.v2/x"),
            ("null", "\"null\""),
            ("No", "\"No\""),
            ("12e4", "\"12e4\""),
            ("-", "\"-\""),
            ("a: b # c", "\"a: b # c\""),
            ("größer", "\"größer\""),
            (
                "\"\\\u{1b}\n\u{202e}",
                r#""\"\\\U0000001b\U0000000a\U0000202e""#,
            ),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text), written);
        }
        let urls = ["http://10.0.0.1:2380", "http://[::1]:2380"].map(Url::observed);
        assert_eq!(
            list(&urls),
            r#"[http://10.0.0.1:2380, "http://[::1]:2380"]"#
        );
    }
}
