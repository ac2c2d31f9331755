//! Words for a POSIX shell.

use std::fmt::Write as _;

use crate::render::plain::plain;

/// A word that the shell takes as it is, with nothing in it that a terminal would obey.
pub(crate) fn quoted(word: &str) -> String {
    if plain(word) != word {
        return printed(word);
    }
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The same, written out in octal: it may be shown, and the shell still gets it, but for line
/// breaks at its end, which no command substitution keeps.
fn printed(word: &str) -> String {
    let mut octal = String::new();
    for byte in word.bytes() {
        // Writing to a string does not fail.
        let _ = match byte {
            // Some shells read the octal form of a percent sign as one that begins a conversion.
            b'%' => write!(octal, "%%"),
            // An option begins with a dash.
            b'-' if octal.is_empty() => write!(octal, r"\055"),
            b if b.is_ascii_alphanumeric() || b" -_./:=,@+".contains(&b) => {
                write!(octal, "{}", char::from(b))
            }
            b => write!(octal, r"\{b:03o}"),
        };
    }
    format!("\"$(printf '{octal}')\"")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;
    use crate::render::plain::acts;

    #[test]
    fn a_shell_takes_each_word_as_it_is() {
        let words = [
            "",
            "/var/lib/etcd",
            "a b",
            "it's",
            "$HOME `id` \"x\" \\ !1 *",
            "two\nlines 100%",
            "-n %d\u{7f}%",
            "-\u{ad}",
            "\u{1b}[2J\u{202e}größer",
        ];
        for word in words {
            let script = format!("printf '%s' {}", quoted(word));
            assert!(!script.contains(char::is_control), "{script}");
            let told = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(told.stdout).unwrap(), word, "{script}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

        #[test]
        fn no_word_is_more_than_a_word(
            words in proptest::collection::vec(proptest::collection::vec(any::<char>(), 0..6), 1..40)
        ) {
            // No argument holds a zero byte.
            let words = words.iter().map(|word| word.iter().collect::<String>().replace('\0', ""));
            let words: Vec<String> = words.map(|word| word.trim_end_matches('\n').to_owned()).collect();
            let written: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            let script = format!("printf '%s\\0' {}", written.join(" "));
            prop_assert!(!script.contains(acts), "{script}");
            let told = Command::new("sh").args(["-c", &script]).output().unwrap();
            let told = String::from_utf8(told.stdout).unwrap();
            let told: Vec<&str> = told.split_terminator('\0').collect();
            prop_assert_eq!(told, words);
        }
    }
}
