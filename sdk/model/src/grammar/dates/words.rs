//! From a text to words, with where each of them stands.

use std::{borrow::Cow, ops::Range};

/// A word of a text, without the punctuation behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word<'t> {
    /// As it was typed.
    pub(crate) text: &'t str,
    /// In lower case.
    pub(crate) lower: Cow<'t, str>,
    /// Where it begins, in bytes.
    pub(crate) start: usize,
    /// Whether no phrase goes on behind it: a sentence ends there.
    pub(crate) stop: bool,
}

impl<'t> Word<'t> {
    /// Reads what stands between two spaces. `None` for nothing but punctuation.
    pub(crate) fn new(raw: &'t str, start: usize) -> Self {
        let core = raw.trim_end_matches([',', ';', '!', '?']);
        let core = if core.is_empty() { raw } else { core };
        // The dot of `24.12.` and `27.` belongs to the word, that of `friday.` does not.
        let ends_sentence = core.strip_suffix('.').filter(|stem| {
            stem.ends_with(|c: char| c.is_alphabetic())
                || (stem.contains([':', '-']) && stem.ends_with(|c: char| c.is_ascii_digit()))
        });
        let text = ends_sentence.unwrap_or(core);
        // The dot of `27. Jan. 2027` ends no sentence.
        let stop = raw[text.len()..].contains([';', '!', '?'])
            || (ends_sentence.is_some() && text.chars().count() > 4);
        let lower = if text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
            Cow::Owned(text.to_lowercase())
        } else {
            Cow::Borrowed(text)
        };
        Self { text, lower, start, stop }
    }

    /// Where it stands, in bytes.
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether it begins with a capital letter.
    pub(crate) fn is_capital(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }
}

/// The words of a text.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    raw_words(text, 0).map(|(raw, start)| Word::new(raw, start)).collect()
}

/// What stands between spaces, with where it begins; `offset` is where the text begins.
pub(crate) fn raw_words(text: &str, offset: usize) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let begin = at + rest.find(|c: char| !c.is_whitespace())?;
        let rest = &text[begin..];
        let end = rest.find(char::is_whitespace).map_or(text.len(), |length| begin + length);
        at = end;
        Some((&text[begin..end], offset + begin))
    })
}

/// The beginning of a list of words, up to the first behind which a sentence ends.
pub(super) fn sentence<'w, 't>(words: &'w [Word<'t>]) -> &'w [Word<'t>] {
    let end = words.iter().position(|word| word.stop).map_or(words.len(), |at| at + 1);
    &words[..end]
}

/// The word at a place, in lower case; an empty one behind the end.
pub(super) fn lower<'w>(words: &'w [Word<'_>], at: usize) -> &'w str {
    words.get(at).map_or("", |word| &word.lower)
}

/// Reads one or more ASCII digits, at most as many as this.
pub(super) fn digits(text: &str, most: usize) -> Option<u32> {
    let good = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

/// Splits the digits at the beginning off: `5d` is 5 and `d`.
pub(super) fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Reads `5`, `a`, `an` or `one` to `twelve`.
pub(crate) fn number(word: &str) -> Option<i64> {
    const NAMES: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    if matches!(word, "a" | "an") {
        return Some(1);
    }
    let named = NAMES.iter().position(|name| *name == word).and_then(|at| i64::try_from(at).ok());
    named.or_else(|| digits(word, 9).map(i64::from))
}

/// Reads `1st`, `27th`, or `first` to `fifth`.
pub(super) fn ordinal(word: &str) -> Option<u32> {
    const NAMES: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let named = NAMES.iter().position(|name| *name == word).and_then(|at| u32::try_from(at + 1).ok());
    named.or_else(|| numeric_ordinal(word))
}

/// Reads `1st` or `27th`.
pub(super) fn numeric_ordinal(word: &str) -> Option<u32> {
    let (number, ending) = leading_digits(word)?;
    matches!(ending, "st" | "nd" | "rd" | "th").then(|| digits(number, 2)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_is_no_part_of_a_word() {
        let split = |text| {
            words(text)
                .into_iter()
                .map(|word| (word.text.to_owned(), word.start, word.stop))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            split("Fri, 24.12. today!\u{a0}é"),
            [
                ("Fri".into(), 0, false),
                ("24.12.".into(), 5, false),
                ("today".into(), 12, true),
                ("é".into(), 20, false)
            ]
        );
        assert_eq!(
            split("tomorrow. Jan. ?"),
            [("tomorrow".into(), 0, true), ("Jan".into(), 10, false), ("?".into(), 15, false)]
        );
    }
}
