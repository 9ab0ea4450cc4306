//! What a transport said, as text: its error types are no part of the public interface.

use std::{error::Error as StdError, fmt};

/// An error and all its causes, in one line.
#[derive(Debug)]
pub(super) struct Cause(String);

impl Cause {
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut text = String::new();
        for link in chain(error).map(ToString::to_string) {
            // Many layers repeat what the one below them says.
            if !text.contains(&link) {
                text.push_str(if text.is_empty() { "" } else { ": " });
                text.push_str(&link);
            }
        }
        Self(text)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Cause {}

/// An error and all its causes.
pub(super) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| StdError::source(*error))
}
