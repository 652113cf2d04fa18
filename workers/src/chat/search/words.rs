//! What a word is. Case, accents and compatibility forms do not matter: "dang" finds "Đặng". Words are told apart as
//! Unicode does (UAX #29), so each character of Chinese is one.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// The most different words of a message that can be found; a message has at most 8,000 characters.
const MAX_WORDS: usize = 500;
/// The most words to look for at a time.
const MAX_TERMS: usize = 10;
/// What is longer is cut, in characters: nobody looks for the end of it.
const MAX_WORD_CHARS: usize = 40;

/// The words of a message, folded.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words: BTreeSet<&str> = folded.unicode_words().map(cut).take(MAX_WORDS).collect();
    words.into_iter().map(str::to_owned).collect()
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Each is the beginning of a word.
    beginnings: BTreeSet<String>,
    /// What was written without a space and is several words all the same, such as a domain or Chinese.
    runs: Vec<String>,
}

impl Wanted {
    /// Of a text with at least one word; what is beyond ten words does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        let beginnings: BTreeSet<String> = folded
            .unicode_words()
            .map(cut)
            .take(MAX_TERMS)
            .map(str::to_owned)
            .collect();
        let runs = folded
            .split_whitespace()
            .filter(|run| run.unicode_words().nth(1).is_some())
            .map(|run| run.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
            .collect();
        (!beginnings.is_empty()).then_some(Self { beginnings, runs })
    }

    /// Whether a message holds it.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let folded = fold(text);
        let words: Vec<&str> = folded.unicode_words().collect();
        let holds = |beginning: &String| words.iter().any(|word| word.starts_with(beginning));
        self.beginnings.iter().all(holds) && self.runs.iter().all(|run| folded.contains(run))
    }

    /// The beginnings as patterns that MongoDB finds in an index.
    pub fn patterns(&self) -> impl Iterator<Item = String> {
        self.beginnings
            .iter()
            .map(|beginning| format!("^{}", escaped(beginning)))
    }
}

/// In the form in which texts are compared.
fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

fn cut(word: &str) -> &str {
    let end = word.char_indices().nth(MAX_WORD_CHARS);
    end.map_or(word, |(end, _)| &word[..end])
}

/// A word may hold a full stop and such, which mean something in a pattern.
fn escaped(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len());
    for c in word.chars() {
        if !c.is_alphanumeric() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_told_once() {
        assert_eq!(
            words("Đặng, ĐẶNG! Straße ﬁn 3.14 don't"),
            ["3.14", "dang", "don't", "fin", "straße"]
        );
        assert_eq!(words("日本語"), ["日", "本", "語"]);
        assert!(words("… ! 👍").is_empty());
    }

    #[test]
    fn every_word_must_begin_one_of_the_message() {
        for (wanted, text) in [
            ("dan", "Xin chào Đặng"),
            ("CARROT soup", "soup of carrots"),
            ("日本", "ようこそ日本へ"),
            ("example.com", "see http://example.com/x"),
            ("o'ne", "O'Neill"),
            ("한", "한국"),
        ] {
            assert!(Wanted::parse(wanted).unwrap().is_in(text), "{wanted}");
        }
        for (wanted, text) in [
            ("arrot", "carrot"),
            ("carrot soup", "carrots only"),
            ("本日", "ようこそ日本へ"),
        ] {
            assert!(!Wanted::parse(wanted).unwrap().is_in(text), "{wanted}");
        }
        assert_eq!(Wanted::parse(" … "), None);
    }

    #[test]
    fn whatever_is_indexed_is_found_by_itself() {
        let long = "a".repeat(100);
        for text in ["Đặng", "3.14", "日本語", "O'Neill_x", "ÅNGSTRÖM", &long] {
            let wanted = Wanted::parse(text).unwrap();
            assert!(wanted.is_in(text), "{text}");
            let words = words(text);
            for beginning in &wanted.beginnings {
                assert!(
                    words.iter().any(|word| word.starts_with(beginning)),
                    "{text}"
                );
            }
        }
    }
}
