//! Which passwords may be chosen. Those that are there already are not asked again.

use todo_model::text;

use crate::{
    error::{Error, Result},
    validation::in_field,
};

/// Passwords that attackers try first, in lower case, sorted, none of which is too short.
const COMMON: &str = include_str!("common_passwords.txt");

/// Refuses a new password that is too short, too long, or among the first that anybody tries: a common one, the username,
/// or one of these over and over. `field` is its path in the request.
pub(crate) fn check_new(field: &str, username: &str, password: &str) -> Result<()> {
    in_field(field, text::password_length(password))?;
    let part = repeated_part(password);
    let reason = if text::password_length(part).is_err() {
        "Repeats the same few characters. Choose another."
    } else if part.eq_ignore_ascii_case(username) {
        "Is the username. Choose another."
    } else if is_common(part) {
        "Is one of the most common passwords. Choose another."
    } else {
        return Ok(());
    };
    Err(Error::invalid(field, reason))
}

fn is_common(password: &str) -> bool {
    COMMON.lines().any(|common| common.eq_ignore_ascii_case(password))
}

/// Returns the shortest part that the text repeats at least twice, the last time perhaps cut off; otherwise all of it.
fn repeated_part(text: &str) -> &str {
    let bytes = text.as_bytes();
    let repeats = |length: &usize| bytes[*length..] == bytes[..bytes.len() - length];
    let length = (1..=bytes.len() / 2).filter(|length| text.is_char_boundary(*length)).find(repeats);
    &text[..length.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(username: &str, password: &str) -> Option<String> {
        check_new("password", username, password).err().map(|error| error.to_string())
    }

    #[test]
    fn new_passwords_have_8_to_1024_bytes() {
        assert!(reason("ann", "7 bytes").is_some());
        assert_eq!(reason("ann", "äöüß"), None, "8 bytes, byte for byte");
        assert_eq!(reason("ann", &"too long".repeat(128).replacen("too", "not", 1)), None);
        let error = check_new("new_password", "ann", &"x".repeat(1_025)).unwrap_err();
        assert_eq!(error.to_string(), "new_password: Must have at most 1,024 bytes.");
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for common in ["password", "Password1", "12345678", "QWERTYUIOP", "iloveyou", "passwordpassword"] {
            let reason = reason("ann", common).unwrap();
            assert!(reason.contains("common"), "{common}: {reason}");
        }
        assert_eq!(reason("ann", "password password"), None);
    }

    #[test]
    fn the_username_is_no_password() {
        for password in ["ann.otherwise", "Ann.Otherwise", "ann.otherwiseann.otherwise"] {
            assert_eq!(
                reason("Ann.otherwise", password).unwrap(),
                "password: Is the username. Choose another.",
                "{password}"
            );
        }
        assert_eq!(reason("ann.otherwise", "ann.otherwise 2"), None);
        assert_eq!(reason("bob", "ann.otherwise"), None);
    }

    #[test]
    fn a_few_characters_over_and_over_are_refused() {
        for password in
            ["        ", "aaaaaaaaaaaaaaaa", "abcabcabc", "abcabcab", "12341234", "ääääää", "correctcorrect"]
        {
            assert_eq!(
                reason("ann", password).unwrap(),
                "password: Repeats the same few characters. Choose another.",
                "{password}"
            );
        }
        for password in ["abcabcabd", "abcdefga", "correct horse", "correct horse correct horse "] {
            assert_eq!(reason("ann", password), None, "{password}");
        }
    }

    #[test]
    fn the_list_of_common_passwords_is_sorted_and_holds_allowed_lengths_only() {
        let lines = COMMON.lines().collect::<Vec<_>>();
        assert!(lines.len() >= 400, "{}", lines.len());
        assert!(lines.is_sorted_by(|a, b| a < b));
        for line in lines {
            assert!(text::password_length(line).is_ok() && line.to_ascii_lowercase() == line, "{line}");
        }
    }
}
