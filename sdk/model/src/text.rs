//! What the texts that people write may hold. Each function returns the text as it is kept, or what is wrong with it.
//!
//! How long they may be is in [`limits`].

use crate::limits;

/// Why a text is not taken, as a sentence that follows the name of its field.
///
/// ```
/// use todo_model::text;
///
/// let error = text::title(" ").unwrap_err();
/// assert_eq!(error.to_string(), "Must not be empty.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// There is nothing but white space.
    #[error("Must not be empty.")]
    Empty,
    /// There is nothing that anybody could see.
    #[error("Must have something visible in it.")]
    Invisible,
    /// It has more characters than its field takes.
    #[error("Must be at most {max} characters.")]
    TooLong {
        /// The characters that its field takes.
        max: usize,
    },
    /// One line is wanted.
    #[error("Must not contain control characters or line breaks.")]
    NotOneLine,
    /// The name of a project has too many levels.
    #[error("Must be at most 5 levels deep.")]
    TooDeep,
    /// The description has too many bytes.
    #[error("Must be at most 64 KiB.")]
    DescriptionTooLong,
    /// The description has characters that are neither text nor layout.
    #[error("Must not contain control characters other than line feeds and tabs.")]
    ControlCharacter,
    /// The tag could not be told apart from what stands beside it.
    #[error("Must not contain spaces, commas or quotes.")]
    NotOneWord,
    /// The username has the wrong length or other characters.
    #[error("Must be 1 to 64 of ASCII letters, digits, '.', '_' and '-'.")]
    Username,
    /// The password has too few bytes.
    #[error("Must have at least 8 bytes.")]
    PasswordTooShort,
    /// The password has too many bytes.
    #[error("Must have at most 1,024 bytes.")]
    PasswordTooLong,
    /// The name of a client has the wrong length or characters.
    #[error("Must be at most 200 characters, no control characters.")]
    ClientName,
}

/// Checks the title of a todo. White space around it is dropped.
///
/// ```
/// # use todo_model::text;
/// assert_eq!(text::title(" Buy milk\n"), Ok("Buy milk"));
/// assert!(text::title("Buy\nmilk").is_err());
/// ```
pub fn title(text: &str) -> Result<&str, TextError> {
    line(text, limits::TITLE_CHARS)
}

/// Checks the name of a project: up to 5 levels between slashes. White space around each is dropped.
///
/// ```
/// # use todo_model::text;
/// assert_eq!(text::project_name("Vegetable garden ")?, "Vegetable garden");
/// assert_eq!(text::project_name("Home / Kitchen")?, "Home/Kitchen");
/// assert!(text::project_name("Home//Kitchen").is_err());
/// # Ok::<(), text::TextError>(())
/// ```
pub fn project_name(text: &str) -> Result<String, TextError> {
    let levels = text.split('/').map(|level| line(level, limits::PROJECT_NAME_CHARS));
    let levels = levels.collect::<Result<Vec<_>, _>>()?;
    if levels.len() > limits::PROJECT_LEVELS {
        return Err(TextError::TooDeep);
    }
    Ok(levels.join("/"))
}

/// Checks a note that is added to a todo. Its lines end with a line feed; white space around it is dropped.
///
/// ```
/// # use todo_model::text;
/// assert_eq!(text::annotation("Called, no answer.\n")?, "Called, no answer.");
/// # Ok::<(), text::TextError>(())
/// ```
pub fn annotation(text: &str) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if is_longer(text, limits::ANNOTATION_CHARS) {
        return Err(TextError::TooLong { max: limits::ANNOTATION_CHARS });
    }
    lines(text)
}

/// Checks a tag, without the `@` before it. White space around it is dropped; within it there is none, and no comma or
/// quote, so that it can be typed among other words and in lists.
///
/// ```
/// # use todo_model::text;
/// assert_eq!(text::tag("errand"), Ok("errand"));
/// assert!(text::tag("two words").is_err());
/// ```
pub fn tag(text: &str) -> Result<&str, TextError> {
    let tag = line(text, limits::TAG_CHARS)?;
    if tag.chars().any(|c| c.is_whitespace() || matches!(c, ',' | '"' | '\'')) {
        return Err(TextError::NotOneWord);
    }
    Ok(tag)
}

/// Checks the description of a todo. Its lines end with a line feed.
///
/// ```
/// # use todo_model::text;
/// assert_eq!(text::description("In rows.\r\n\tNot too deep.")?, "In rows.\n\tNot too deep.");
/// # Ok::<(), text::TextError>(())
/// ```
pub fn description(text: &str) -> Result<String, TextError> {
    if text.len() > limits::DESCRIPTION_BYTES {
        return Err(TextError::DescriptionTooLong);
    }
    lines(text)
}

/// Checks a username. It is kept as it was typed and compared in lower case.
///
/// ```
/// # use todo_model::text;
/// assert!(text::username("Ada.Lovelace").is_ok());
/// assert!(text::username("ada@example.com").is_err());
/// ```
pub fn username(text: &str) -> Result<&str, TextError> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let good = (1..=limits::USERNAME_CHARS).contains(&text.len()) && text.bytes().all(is_good);
    good.then_some(text).ok_or(TextError::Username)
}

/// Checks how long a new password is. Nothing else about it is decided here.
///
/// ```
/// # use todo_model::text;
/// assert!(text::password_length("hunter2").is_err());
/// ```
pub fn password_length(password: &str) -> Result<(), TextError> {
    match password.len() {
        ..limits::MIN_PASSWORD_BYTES => Err(TextError::PasswordTooShort),
        limits::MIN_PASSWORD_BYTES..=limits::MAX_PASSWORD_BYTES => Ok(()),
        _ => Err(TextError::PasswordTooLong),
    }
}

/// Checks what a client calls itself at a login. It may be empty.
///
/// ```
/// # use todo_model::text;
/// assert!(text::client_name("my program 1.0").is_ok());
/// ```
pub fn client_name(text: &str) -> Result<&str, TextError> {
    if is_longer(text, limits::CLIENT_NAME_CHARS) || text.chars().any(char::is_control) {
        return Err(TextError::ClientName);
    }
    Ok(text)
}

/// Reads the number of a todo: 1 to 10 digits, the first of them not 0. `None` for any other text.
///
/// ```
/// use todo_model::text;
///
/// assert_eq!(text::todo_number("12"), Some(12));
/// for other in ["0", "012", "+12", "12345678901", "0197f0a4"] {
///     assert_eq!(text::todo_number(other), None);
/// }
/// ```
#[must_use]
pub fn todo_number(text: &str) -> Option<i64> {
    let is_number = matches!(text.len(), 1..=10)
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    is_number.then(|| text.parse().ok()).flatten()
}

/// Returns the text as it is compared and searched: without regard to case.
///
/// ```
/// assert_eq!(todo_model::text::folded("Été"), "été");
/// ```
#[must_use]
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Lines of text, each ended by a line feed, however it was written.
fn lines(text: &str) -> Result<String, TextError> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(TextError::ControlCharacter);
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// One line of text: trimmed, not empty, limited, without control characters.
fn line(text: &str, max: usize) -> Result<&str, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if is_longer(text, max) {
        return Err(TextError::TooLong { max });
    }
    if text.chars().any(breaks_line) {
        return Err(TextError::NotOneLine);
    }
    if !text.chars().any(is_visible) {
        return Err(TextError::Invisible);
    }
    Ok(text)
}

/// Whether a character leaves a mark, or changes the mark of others that do. The rest is what Unicode calls ignorable, and
/// blanks that are no white space.
fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn is_longer(text: &str, max_chars: usize) -> bool {
    text.chars().nth(max_chars).is_some()
}

fn breaks_line(c: char) -> bool {
    // The two separators break lines, too, without being control characters.
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_trimmed_and_limited_in_characters() {
        assert_eq!(title("  Buy milk \n"), Ok("Buy milk"));
        assert!(title(&"é".repeat(500)).is_ok());
        assert_eq!(title(&"é".repeat(501)).unwrap_err().to_string(), "Must be at most 500 characters.");
        assert_eq!(title(" \t "), Err(TextError::Empty));
        for text in ["a\nb", "a\u{7}b", "a\u{2028}b", "a\0b"] {
            assert_eq!(title(text), Err(TextError::NotOneLine), "{text:?}");
        }
    }

    #[test]
    fn a_line_has_something_to_see() {
        for text in ["\u{200b}", "\u{feff}\u{200d}", " \u{2800} ", "\u{202e}", "\u{e0041}", "\u{ad}\u{3164}"]
        {
            assert_eq!(title(text), Err(TextError::Invisible), "{text:?}");
        }
        for text in ["\u{200b}a", "👨\u{200d}👩\u{200d}👧", "क\u{94d}\u{200d}", "❤\u{fe0f}"] {
            assert_eq!(title(text), Ok(text));
        }
    }

    #[test]
    fn project_names_have_levels_that_are_limited_in_characters() {
        assert!(project_name(&"é".repeat(100)).is_ok());
        assert_eq!(project_name(&"é".repeat(101)), Err(TextError::TooLong { max: 100 }));
        assert_eq!(project_name(" a / b /c").unwrap(), "a/b/c");
        assert!(project_name("1/2/3/4/5").is_ok());
        assert_eq!(project_name("1/2/3/4/5/6"), Err(TextError::TooDeep));
        for text in ["/", "a/", "/a", "a//b", "a/ /b"] {
            assert_eq!(project_name(text), Err(TextError::Empty), "{text:?}");
        }
    }

    #[test]
    fn annotations_are_lines_and_limited_in_characters() {
        assert_eq!(annotation(" a\r\nb ").unwrap(), "a\nb");
        assert!(annotation(&"é".repeat(4_000)).is_ok());
        assert_eq!(annotation(&"é".repeat(4_001)), Err(TextError::TooLong { max: 4_000 }));
        assert_eq!(annotation(" \n"), Err(TextError::Empty));
        assert_eq!(annotation("a\0b"), Err(TextError::ControlCharacter));
    }

    #[test]
    fn tags_are_single_words() {
        assert_eq!(tag(" ÉTÉ "), Ok("ÉTÉ"));
        assert!(tag(&"x".repeat(64)).is_ok());
        assert_eq!(tag(&"x".repeat(65)), Err(TextError::TooLong { max: 64 }));
        assert_eq!(tag(""), Err(TextError::Empty));
        assert_eq!(tag("a\nb"), Err(TextError::NotOneLine));
        for text in ["two words", "no\u{a0}break", "a,b", "\"a\"", "kids'"] {
            assert_eq!(tag(text), Err(TextError::NotOneWord), "{text:?}");
        }
    }

    #[test]
    fn descriptions_keep_their_lines_and_are_limited_in_bytes() {
        assert_eq!(description("a\r\n\tb").unwrap(), "a\n\tb");
        assert_eq!(
            description("a\rb\r\r\nc").unwrap(),
            "a\nb\n\nc",
            "one that stands alone ends a line, too"
        );
        assert!(description(&"é".repeat(32 * 1024)).is_ok());
        assert_eq!(description(&"é".repeat(32 * 1024 + 1)), Err(TextError::DescriptionTooLong));
        assert_eq!(description("a\0b"), Err(TextError::ControlCharacter));
    }

    #[test]
    fn usernames_are_ascii() {
        assert_eq!(username("Ada_1.x-y"), Ok("Ada_1.x-y"));
        assert!(username(&"a".repeat(64)).is_ok());
        for text in ["", "ä", "a b", "a/b", &"a".repeat(65)] {
            assert_eq!(username(text), Err(TextError::Username), "{text:?}");
        }
    }

    #[test]
    fn passwords_are_measured_in_bytes() {
        assert_eq!(password_length("éééé"), Ok(()));
        assert_eq!(password_length("1234567"), Err(TextError::PasswordTooShort));
        assert_eq!(password_length(&"x".repeat(1_024)), Ok(()));
        assert_eq!(password_length(&"x".repeat(1_025)), Err(TextError::PasswordTooLong));
    }

    #[test]
    fn client_names_are_limited_in_characters() {
        assert_eq!(client_name(""), Ok(""));
        assert!(client_name(&"é".repeat(200)).is_ok());
        for text in [&"é".repeat(201), "a\nb"] {
            assert_eq!(client_name(text), Err(TextError::ClientName), "{text:?}");
        }
    }

    /// The sentences name the limits in words: they must say the same.
    #[test]
    fn messages_name_the_limits() {
        assert_eq!((limits::DESCRIPTION_BYTES, limits::PROJECT_LEVELS), (64 << 10, 5));
        assert_eq!((limits::MIN_PASSWORD_BYTES, limits::MAX_PASSWORD_BYTES), (8, 1_024));
        assert_eq!((limits::USERNAME_CHARS, limits::CLIENT_NAME_CHARS), (64, 200));
    }
}
