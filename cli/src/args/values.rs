//! Values of options that are more than a text: priorities, tags, places for tokens.

use std::str::FromStr;

use clap::ValueEnum;
use todo_model::text;
use todo_sdk::Priority;
use todo_sdk::credentials::TokenStore;

use crate::error::Error;

/// `1` to `4`, `p1` to `p4`, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriorityArg(pub(crate) Option<Priority>);

impl FromStr for PriorityArg {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let priority = match text.to_ascii_lowercase().trim_start_matches('p') {
            "1" => Some(Priority::P1),
            "2" => Some(Priority::P2),
            "3" => Some(Priority::P3),
            "4" => Some(Priority::P4),
            "none" => None,
            _ => return Err(Error::usage("a priority is 1 (the most), 2, 3 or 4 (the least), or none")),
        };
        Ok(Self(priority))
    }
}

/// A tag, as `home` or `@home`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TagArg(pub(crate) String);

impl FromStr for TagArg {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text::tag(text.strip_prefix('@').unwrap_or(text))
            .map_err(|_| Error::usage("a tag is 1 to 64 characters without spaces, commas or quotes"))?;
        Ok(Self(name.to_owned()))
    }
}

/// Where to keep the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenStoreArg {
    Keyring,
    File,
}

impl From<TokenStoreArg> for TokenStore {
    fn from(arg: TokenStoreArg) -> Self {
        match arg {
            TokenStoreArg::Keyring => Self::Keyring,
            TokenStoreArg::File => Self::File,
        }
    }
}

#[cfg(test)]
mod tests {
    use todo_model::limits;

    use super::*;

    #[test]
    fn priorities_are_parsed() {
        assert_eq!("P2".parse::<PriorityArg>().unwrap().0, Some(Priority::P2));
        assert_eq!("none".parse::<PriorityArg>().unwrap().0, None);
        assert!("5".parse::<PriorityArg>().is_err());
    }

    #[test]
    fn tags_are_parsed_and_invalid_ones_refused() {
        assert_eq!("@home".parse::<TagArg>().unwrap().0, "home");
        assert_eq!("x".repeat(limits::TAG_CHARS).parse::<TagArg>().unwrap().0.len(), 64);
        for text in ["", "@", "two words", "a,b", "\"a\"", "kids'", &"x".repeat(65)] {
            let error = text.parse::<TagArg>().unwrap_err().to_string();
            assert_eq!(error, "a tag is 1 to 64 characters without spaces, commas or quotes", "{text}");
        }
    }
}
