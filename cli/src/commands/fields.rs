//! Fields of a todo as `todo add` and `todo edit` take them.

use todo_sdk::Due;

use super::context::Context;
use crate::error::Error;

/// The contract's limit for a title, in characters.
const MAX_TITLE_CHARS: usize = 500;

/// A title as the contract takes it. Said here, before a call, so that of many lines none is added if one is bad.
pub(super) fn parse_title(text: &str) -> Result<String, Error> {
    let title = text.trim();
    let length = title.chars().count();
    if title.is_empty() {
        return Err(Error::usage("A todo needs a title."));
    }
    if length > MAX_TITLE_CHARS {
        return Err(Error::usage(format!(
            "The title has {length} characters; at most {MAX_TITLE_CHARS} are possible."
        ))
        .hint("Put the rest into `--description`."));
    }
    if title.chars().any(char::is_control) {
        return Err(Error::usage(format!("The title {title:?} holds control characters."))
            .hint("Text of several lines goes into `--description`; `todo add -` reads one todo per line."));
    }
    Ok(title.to_owned())
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
    fn titles_are_measured_in_characters() {
        assert!(parse_title(&"ü".repeat(500)).is_ok());
        assert!(parse_title(&"ü".repeat(501)).is_err());
        assert!(parse_title("  ").is_err());
    }
}
