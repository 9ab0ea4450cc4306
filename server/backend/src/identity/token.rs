//! Tokens: what stands for a session in the `authorization` metadata.
//!
//! A token is opaque to everybody: the prefix of its kind, 32 random bytes in base62, and 6 characters of CRC-32.
//!
//! ```text
//! tdos_ 4fVd0Xw3mJ9qLr7cTz2GkYb6Nh8PsDxUeAoIi5RvWtC 0Bk3Zq
//! kind  43 characters, the bytes as one big-endian number CRC-32 of all before it
//! ```
//!
//! Digits are `0-9A-Za-z` in this order. The checksum lets scanners of leaked secrets be sure, and turns typing
//! errors away without asking the database, which holds the SHA-256 of the whole text only.

use std::{fmt, sync::Arc};

use rand::CryptoRng;
use sha2::{Digest, Sha256};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Prefix of a session's token.
const SESSION: &str = "tdos_";
/// Digits that hold any 256-bit number.
const BODY_DIGITS: usize = 43;
/// Digits that hold any 32-bit number.
const CHECK_DIGITS: usize = 6;
const LENGTH: usize = SESSION.len() + BODY_DIGITS + CHECK_DIGITS;

/// A token as its owner holds it. The server forgets it as soon as it is sent.
pub(crate) struct Token(String);

impl Token {
    /// Makes the token of a new session.
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut secret = [0; 32];
        rng.fill_bytes(&mut secret);
        let mut text = String::with_capacity(LENGTH);
        text.push_str(SESSION);
        text.extend(base62::<32, BODY_DIGITS>(secret).map(char::from));
        text.extend(checksum(&text).map(char::from));
        Self(text)
    }

    /// Returns what the database may know of it.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }

    /// Returns the secret itself, for the one answer that carries it.
    pub(crate) fn into_exposed(self) -> String {
        self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The SHA-256 of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    /// Returns the hash of a presented token, or `None` for a text that is no session token at all.
    pub(crate) fn of_presented(text: &[u8]) -> Option<Self> {
        let text =
            str::from_utf8(text).ok().filter(|text| text.len() == LENGTH && text.starts_with(SESSION))?;
        let (checked, check) = text.split_at_checked(LENGTH - CHECK_DIGITS)?;
        (check.as_bytes() == checksum(checked)).then(|| Self::of(text))
    }

    /// Returns its bytes, for the database.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// A token that a caller has shown and that may be good. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PresentedToken {
    hash: TokenHash,
    text: Option<Arc<Token>>,
}

impl PresentedToken {
    /// As far as the database needs to know it.
    pub(crate) fn without_text(hash: TokenHash) -> Self {
        Self { hash, text: None }
    }

    /// With the secret itself, to be shown to another server.
    pub(crate) fn with_text(hash: TokenHash, text: &[u8]) -> Self {
        Self { hash, text: Some(Arc::new(Token(String::from_utf8_lossy(text).into_owned()))) }
    }

    pub(crate) fn hash(&self) -> &TokenHash {
        &self.hash
    }

    /// Returns the secret itself, if it was kept.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref().map(|token| &*token.0)
    }
}

fn checksum(text: &str) -> [u8; CHECK_DIGITS] {
    base62(crc32fast::hash(text.as_bytes()).to_be_bytes())
}

/// Writes a big-endian number of `N` bytes in `D` digits, which must be enough for it.
fn base62<const N: usize, const D: usize>(mut number: [u8; N]) -> [u8; D] {
    let mut digits = [DIGITS[0]; D];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u16;
        for byte in &mut number {
            let value = remainder << 8 | u16::from(*byte);
            // The remainder is below 62, so the quotient fits.
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            remainder = value % 62;
        }
        *digit = DIGITS[usize::from(remainder)];
    }
    digits
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn token(seed: u64) -> Token {
        Token::generate(&mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn the_format_is_the_documented_one() {
        let Token(text) = token(1);
        assert_eq!(text.len(), 54);
        assert!(text.starts_with("tdos_"));
        assert!(text[5..].bytes().all(|byte| DIGITS.contains(&byte)));
        assert!(TokenHash::of_presented(text.as_bytes()) == Some(token(1).hash()));
        assert_ne!(token(1).hash(), token(2).hash());
    }

    #[test]
    fn numbers_are_padded_big_endian_base62() {
        let digits = |number: u32| base62::<4, CHECK_DIGITS>(number.to_be_bytes());
        assert_eq!(&digits(0), b"000000");
        assert_eq!(&digits(61), b"00000z");
        assert_eq!(&digits(62), b"000010");
        assert_eq!(&digits(u32::MAX), b"4gfFC3");
        assert_eq!(&base62::<32, 43>([u8::MAX; 32]), b"yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
    }

    #[test]
    fn what_is_no_token_is_turned_away() {
        let Token(good) = token(3);
        let mut typo = good.clone().into_bytes();
        typo[20] = if typo[20] == b'a' { b'b' } else { b'a' };
        let personal = good.replacen("tdos_", "tdop_", 1);
        for text in
            ["", "tdos_", "Bearer", &good[..53], &format!("{good}0"), &personal, "ä".repeat(27).as_str()]
        {
            assert_eq!(TokenHash::of_presented(text.as_bytes()), None, "{text}");
        }
        assert_eq!(TokenHash::of_presented(&typo), None);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", token(4)), "Token(..)");
    }
}
