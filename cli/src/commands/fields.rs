//! Fields of a todo as `todo add` and `todo edit` take them.

use todo_model::date_settings::DateSettings;
use todo_model::grammar::{DateError, DateErrorKind, DatePhrase};
use todo_model::text::{self, TextError};
use todo_sdk::{Due, Priority};

use super::context::Context;
use crate::error::Error;

/// Where all forms of dates are.
pub(super) const MORE_DATES: &str =
    "`fri`, `tomorrow 18:00`, `24 dec`, `in 3 days`, `next week` and many more are dates, `none` is never.";

/// A title as the contract takes it. Checked before the call, so that no line is added if one of them is invalid.
pub(super) fn parse_title(text: &str) -> Result<String, Error> {
    let title = text.trim();
    text::title(title).map(str::to_owned).map_err(|error| match error {
        TextError::Empty => Error::usage("A todo needs a title."),
        TextError::TooLong { max } => {
            let length = title.chars().count();
            Error::usage(format!("The title has {length} characters; at most {max} are possible."))
                .hint("Put the rest into `--description`.")
        }
        TextError::NotOneLine => Error::usage(format!(
            "The title {title:?} holds control characters or line breaks."
        ))
        .hint("Text of several lines goes into `--description`; `todo add -` reads one todo per line."),
        other => Error::usage(format!("The title {title:?} is not possible: {other}")),
    })
}

/// A date as a person wrote it: `None` for `none`.
pub(super) fn parse_date(
    text: &str,
    settings: &DateSettings,
    cx: &Context<'_>,
) -> Result<Option<Due>, Error> {
    parse_phrase(text, settings, cx).map(|phrase| phrase.value.due())
}

/// Refuses what is no date whatever the settings of the account are: before anything else is done.
pub(super) fn check_date(text: &str, cx: &Context<'_>) -> Result<(), Error> {
    match DatePhrase::parse(text, cx.now(), &DateSettings::default()) {
        // With an order of dates it may be one.
        Err(error) if error.kind() == DateErrorKind::Ambiguous => Ok(()),
        Err(error) => Err(invalid_date(text, &error)),
        Ok(_) => Ok(()),
    }
}

/// The priority of this number, 1 being the highest.
pub(super) fn priority(number: u8) -> Option<Priority> {
    match number {
        1 => Some(Priority::P1),
        2 => Some(Priority::P2),
        3 => Some(Priority::P3),
        4 => Some(Priority::P4),
        _ => None,
    }
}

/// As [`parse_date`], with the whole of a period.
pub(super) fn parse_phrase(
    text: &str,
    settings: &DateSettings,
    cx: &Context<'_>,
) -> Result<DatePhrase, Error> {
    DatePhrase::parse(text, cx.now(), settings).map_err(|error| invalid_date(text, &error))
}

fn invalid_date(text: &str, error: &DateError) -> Error {
    Error::usage(format!("Invalid date `{text}`. {error}")).hint(MORE_DATES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_titles_are_refused_with_the_reason() {
        assert_eq!(parse_title(" Buy milk\n").unwrap(), "Buy milk");
        for (text, message) in [
            ("  ", "A todo needs a title."),
            (&"ü".repeat(501), "The title has 501 characters; at most 500 are possible."),
            ("a\nb", "The title \"a\\nb\" holds control characters or line breaks."),
            ("a\u{2028}b", "The title \"a\\u{2028}b\" holds control characters or line breaks."),
        ] {
            assert_eq!(parse_title(text).unwrap_err().to_string(), message);
        }
    }
}
