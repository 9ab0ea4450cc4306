//! [`Token`]: what a client shows to be let in.

use std::{fmt, str::FromStr};

use todo_model::{Secret, TokenKind, token};

use crate::{Error, Result};

/// A session token (`tdos_`) or a personal access token (`tdop_`): it gives full access to the account.
///
/// Its text is the prefix, 32 random bytes in base62, and a checksum, so that a token cut off while copying is noticed
/// before it is sent:
///
/// ```
/// use todo_sdk::Token;
///
/// let token: Token = "tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe".parse()?;
/// assert_eq!(format!("{token:?}"), "Token(tdos_***)");
/// assert!("tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9".parse::<Token>().is_err());
/// # Ok::<(), todo_sdk::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    text: Secret,
}

impl Token {
    /// Returns the text itself, for a place that is as well guarded as a keyring.
    ///
    /// ```
    /// fn save(token: &todo_sdk::Token, vault: &mut Vec<String>) {
    ///     vault.push(token.expose().to_owned());
    /// }
    /// ```
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

impl FromStr for Token {
    type Err = Error;

    /// Reads a token; white space around it is dropped. Fails if it is not whole, without repeating it.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        match TokenKind::of(text.as_bytes()) {
            Some(kind @ (TokenKind::Session | TokenKind::AccessToken)) => {
                Ok(Self { kind, text: Secret::from(text) })
            }
            _ => Err(Error::invalid("This is not a token of Todo, or not a whole one.").with_hint(hint())),
        }
    }
}

fn hint() -> String {
    let [session, access] = [TokenKind::Session, TokenKind::AccessToken].map(TokenKind::prefix);
    format!(
        "A token begins with {session} or {access} and has {} characters. Copy it again, or log in anew.",
        token::LENGTH
    )
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}***)", self.kind.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_without_the_white_space_around_them() {
        for kind in [TokenKind::Session, TokenKind::AccessToken] {
            let text = kind.encode([7; 32]);
            let token: Token = format!(" {}\n", text.expose()).parse().unwrap();
            assert_eq!(token.expose(), text.expose());
        }
    }

    #[test]
    fn the_secret_of_a_device_is_no_token() {
        assert!(TokenKind::Device.encode([7; 32]).expose().parse::<Token>().is_err());
    }

    #[test]
    fn neither_debug_nor_an_error_shows_a_token() {
        let text = TokenKind::Session.encode([7; 32]);
        let text = text.expose();
        let token: Token = text.parse().unwrap();
        assert_eq!(format!("{token:?}"), "Token(tdos_***)");
        let error = format!("{text}x").parse::<Token>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&text[5..]));
    }
}
