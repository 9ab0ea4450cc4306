//! Fields of a todo as `todo add` and `todo edit` take them.

use todo_model::text::{self, TextError};
use todo_sdk::Due;

use super::context::Context;
use crate::error::Error;

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

/// When a todo is to be due; `None` for `none`.
pub(super) fn parse_due(text: &str, cx: &Context<'_>) -> Result<Option<Due>, Error> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    Due::parse(text, cx.now()).map(Some).map_err(|error| {
        Error::usage(format!("`{text}` is no time that `todo` understands.")).caused_by(&error).hint(
            "Say `today`, `tomorrow`, `fri`, `2026-12-24`, `18:00` or `tomorrow 18:00`; `none` for never.",
        )
    })
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
