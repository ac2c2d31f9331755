//! What somebody meant who wrote a word that is not known.
//!
//! Layer 0. Fields and words of the topology file, members named by a flag, and
//! codes asked of `explain` are all looked for with [`nearest`].

/// A longer word is no mistake in writing a short one.
const LONGEST_MISTAKE: usize = 64;

/// The nearest of some words, if one is near enough to be meant: a mistake, and one
/// more for every four characters.
pub fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    if word.len() > LONGEST_MISTAKE {
        return None;
    }
    let scored = words.into_iter().map(|other| {
        let distance = strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase());
        (distance, other)
    });
    let (distance, best) = scored.min()?;
    (distance <= 1 + word.chars().count() / 4).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_meant_that_is_near() {
        let fields = ["clientURLs", "name", "peerURLs"];
        assert_eq!(nearest("peerURL", fields), Some("peerURLs"));
        assert_eq!(nearest("clienturl", fields), Some("clientURLs"));
        assert_eq!(nearest("nmae", fields), Some("name"));
        assert_eq!(nearest("address", fields), None);
        assert_eq!(nearest(&"name".repeat(20), fields), None);
        // Of two that are as near, always the same.
        assert_eq!(nearest("b", ["c", "a"]), Some("a"));
    }
}
