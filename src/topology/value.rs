//! Single values of a file, read from their texts.

use std::fmt::Display;
use std::str::FromStr;

use crate::topology::finding::Finding;
use crate::topology::path::Path;
use crate::topology::problem::Code;
use crate::url::{Url, Urls};

/// Reads a value from text; a finding where it cannot be read.
pub(super) fn read<T: FromStr>(
    text: Option<&str>,
    code: Code,
    at: &Path,
    help: &str,
    findings: &mut Vec<Finding>,
) -> Option<T>
where
    T::Err: Display,
{
    match text?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            findings.push(Finding::at(
                code,
                at.clone(),
                T::Err::to_string(&error),
                "this value",
                help,
            ));
            None
        }
    }
}

/// Reads a list of URLs as etcd judges them.
pub(super) fn urls(texts: &[String], at: &Path, findings: &mut Vec<Finding>) -> Urls {
    let mut good = Vec::new();
    if texts.is_empty() {
        let help = "write at least one: [http://10.0.4.11:2380]";
        findings.push(Finding::at(
            Code::NoUrl,
            at.clone(),
            "the list has no URL",
            "an empty list",
            help,
        ));
    }
    for (index, text) in texts.iter().enumerate() {
        match Url::parse(text) {
            Ok(url) => good.push(url),
            Err(error) => {
                let help = "write scheme, host and port, as in http://10.0.4.11:2380";
                let message = format!("`{text}` is no URL that etcd takes: {error}");
                findings.push(Finding::at(
                    Code::BadUrl,
                    at.item(index),
                    message,
                    "this URL",
                    help,
                ));
            }
        }
    }
    good.into()
}
