//! A place in a list of words.

use jiff::ZonedDateTime;

use super::{PhraseError, vocabulary::number};

/// Words, and how far they were read.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'w> {
    pub(super) words: &'w [&'w str],
    pub(super) at: usize,
    /// The time of the person who wrote them.
    pub(super) now: &'w ZonedDateTime,
}

impl<'w> Cursor<'w> {
    pub(super) fn new(words: &'w [&'w str], now: &'w ZonedDateTime) -> Self {
        Self { words, at: 0, now }
    }

    /// A word from here on, without the comma behind it; an empty one behind the end.
    pub(super) fn word(&self, ahead: usize) -> &'w str {
        self.words.get(self.at + ahead).map_or("", |word| word.trim_end_matches(','))
    }

    /// A number of times from here on: `3 times`, `1 time`.
    pub(super) fn count(&self, ahead: usize) -> Option<u32> {
        let count = number(self.word(ahead))?;
        let times = self.word(ahead + 1);
        (times == "times" || count == 1 && times == "time").then_some(count)
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.word(0) == word;
        self.at += usize::from(found);
        found
    }

    /// Whether a comma stands before what comes now.
    pub(super) fn ends_with_comma(&self) -> bool {
        self.at > 0 && self.words.get(self.at - 1).is_some_and(|word| word.ends_with(','))
    }

    pub(super) fn text(&self, from: usize, to: usize) -> String {
        self.words[from.min(self.words.len())..to.min(self.words.len())].join(" ")
    }

    /// The error about the next word, or about that there is none.
    pub(super) fn not_understood(&self) -> PhraseError {
        let before = self.text(0, self.at);
        match self.word(0) {
            "" => PhraseError::Incomplete { before },
            word => PhraseError::NotUnderstood { word: word.to_owned(), before },
        }
    }
}
