//! Secrets: passwords and tokens. Neither can be printed by accident.

use std::{fmt, str::FromStr};

use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::{Error, Result};

/// A password, or other text that must not be shown. Wiped from memory when dropped.
///
/// ```
/// let password = todo_sdk::Secret::from("correct horse battery staple");
/// assert_eq!(format!("{password:?}"), "Secret(***)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text itself. Pass it on, never print it.
    ///
    /// ```
    /// let password = todo_sdk::Secret::from("correct horse battery staple");
    /// assert_eq!(password.expose().len(), 28);
    /// ```
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Secret {}

/// A session token (`tdos_`) or a personal access token (`tdop_`): whoever has it is the account.
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
pub struct Token(Secret);

const PREFIX_LENGTH: usize = 5;
const BODY_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

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
        self.0.expose()
    }

    fn prefix(&self) -> &str {
        &self.0.expose()[..PREFIX_LENGTH]
    }
}

impl FromStr for Token {
    type Err = Error;

    /// Reads a token; white space around it is dropped. Fails if it is not whole, without repeating it.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        if is_well_formed(text) {
            return Ok(Self(Secret::from(text)));
        }
        Err(Error::invalid("This is not a token of Todo, or not a whole one.").with_hint(
            "A token begins with tdos_ or tdop_ and has 54 characters. Copy it again, or log in anew.",
        ))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}***)", self.prefix())
    }
}

fn is_well_formed(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != PREFIX_LENGTH + BODY_LENGTH + CHECKSUM_LENGTH {
        return false;
    }
    let (signed, checksum) = bytes.split_at(PREFIX_LENGTH + BODY_LENGTH);
    let (prefix, body) = signed.split_at(PREFIX_LENGTH);
    (prefix == b"tdos_" || prefix == b"tdop_")
        && fits_in_32_bytes(body)
        && checksum == base62_checksum(crc32fast::hash(signed))
}

/// Whether the digits are base62 and their value is below 2^256: 43 digits can say a little more than 32 bytes can hold.
fn fits_in_32_bytes(digits: &[u8]) -> bool {
    let mut value = [0_u8; 32];
    for digit in digits {
        let Some(digit) = DIGITS.iter().position(|known| known == digit) else { return false };
        let mut carry = digit;
        for byte in value.iter_mut().rev() {
            carry += usize::from(*byte) * DIGITS.len();
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    true
}

fn base62_checksum(checksum: u32) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = checksum as usize;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn issue(prefix: &str, random: [u8; 32]) -> String {
        let mut rest = random;
        let mut body = [b'0'; BODY_LENGTH];
        for digit in body.iter_mut().rev() {
            let mut remainder = 0_usize;
            for byte in &mut rest {
                let value = remainder * 256 + usize::from(*byte);
                *byte = u8::try_from(value / 62).unwrap();
                remainder = value % 62;
            }
            *digit = DIGITS[remainder];
        }
        let signed = format!("{prefix}{}", std::str::from_utf8(&body).unwrap());
        let checksum = base62_checksum(crc32fast::hash(signed.as_bytes()));
        signed + std::str::from_utf8(&checksum).unwrap()
    }

    #[test]
    fn known_tokens() {
        insta::assert_snapshot!(issue("tdos_", [0; 32]), @"tdos_00000000000000000000000000000000000000000001T59tC");
        insta::assert_snapshot!(issue("tdop_", [255; 32]), @"tdop_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13b5cXH");
    }

    #[test]
    fn a_value_above_32_bytes_is_refused() {
        let signed = format!("tdos_{}", "z".repeat(BODY_LENGTH));
        let checksum = base62_checksum(crc32fast::hash(signed.as_bytes()));
        let text = signed + std::str::from_utf8(&checksum).unwrap();
        assert!(text.parse::<Token>().is_err());
    }

    #[test]
    fn nothing_shows_a_secret() {
        let text = issue("tdos_", [7; 32]);
        let token: Token = text.parse().unwrap();
        assert_eq!(format!("{token:?}"), "Token(tdos_***)");
        let error = format!("{text}x").parse::<Token>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&text[5..]));
    }

    proptest! {
        #[test]
        fn every_issued_token_is_read(random: [u8; 32], personal: bool) {
            let text = issue(if personal { "tdop_" } else { "tdos_" }, random);
            let token: Token = format!(" {text}\n").parse().unwrap();
            prop_assert_eq!(token.expose(), text);
        }

        #[test]
        fn one_wrong_character_is_noticed(random: [u8; 32], at in 0..54_usize, to in 0..62_usize) {
            let mut bytes = issue("tdos_", random).into_bytes();
            prop_assume!(bytes[at] != DIGITS[to]);
            bytes[at] = DIGITS[to];
            prop_assert!(String::from_utf8(bytes).unwrap().parse::<Token>().is_err());
        }

        #[test]
        fn any_text_is_answered(text in ".{0,80}") {
            prop_assert!(text.parse::<Token>().is_err());
        }
    }
}
