//! Numbers with their nouns: the one place that makes plurals.

/// `1 step`, `2 steps`, `0 processes`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = match noun {
        _ if count == 1 => "",
        noun if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_as_a_person_does() {
        assert_eq!(
            counted(1, "step") + &counted(0, "process"),
            "1 step0 processes"
        );
    }
}
