//! The form of tokens: what a text must look like before anybody asks whether it is good.
//!
//! A token is opaque to everybody: the prefix of its kind, 32 random bytes in base62, and 6 characters of CRC-32.
//!
//! ```text
//! tdos_ 4fVd0Xw3mJ9qLr7cTz2GkYb6Nh8PsDxUeAoIi5RvWtC 0Bk3Zq
//! kind  43 characters, the bytes as one big-endian number CRC-32 of all before it
//! ```
//!
//! Digits are `0-9A-Za-z` in this order, which is that of ASCII. The checksum lets scanners of leaked secrets be sure,
//! and turns a token that was cut off while copying away before anybody is asked.

use crate::Secret;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters of a prefix.
const PREFIX_LENGTH: usize = 5;
/// Digits that hold any 256-bit number.
const BODY_LENGTH: usize = 43;
/// Digits that hold any 32-bit number.
const CHECKSUM_LENGTH: usize = 6;
/// The largest 256-bit number. Texts of one length sort as the numbers that they are.
const LARGEST_BODY: &[u8; BODY_LENGTH] = b"yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1";

/// Characters of a token.
pub const LENGTH: usize = PREFIX_LENGTH + BODY_LENGTH + CHECKSUM_LENGTH;

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A session: one login on one device.
    Session,
    /// A personal access token, for a program.
    AccessToken,
    /// Nothing by itself: a device that has logged in before, and is not held up by others' guesses at the name.
    Device,
}

impl TokenKind {
    /// Returns what tokens of this kind begin with.
    ///
    /// ```
    /// assert_eq!(todo_model::TokenKind::Session.prefix(), "tdos_");
    /// ```
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "tdos_",
            Self::AccessToken => "tdop_",
            Self::Device => "tdod_",
        }
    }

    /// Returns the kind of a token, or `None` for a text that is not a token, or not a whole one. White space counts.
    ///
    /// ```
    /// use todo_model::TokenKind;
    ///
    /// let token = b"tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";
    /// assert_eq!(TokenKind::of(token), Some(TokenKind::Session));
    /// assert_eq!(TokenKind::of(&token[..30]), None);
    /// ```
    #[must_use]
    pub fn of(text: &[u8]) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let (checked, sum) = text.split_at(PREFIX_LENGTH + BODY_LENGTH);
        let (prefix, body) = checked.split_at(PREFIX_LENGTH);
        let kind = [Self::Session, Self::AccessToken, Self::Device]
            .into_iter()
            .find(|kind| kind.prefix().as_bytes() == prefix)?;
        // 43 digits can say a little more than 32 bytes can hold.
        let is_body = body.iter().all(u8::is_ascii_alphanumeric) && body <= LARGEST_BODY.as_slice();
        (is_body && sum == checksum(checked)).then_some(kind)
    }

    /// Writes the token of this kind that has these random bytes.
    ///
    /// ```
    /// use todo_model::TokenKind;
    ///
    /// let token = TokenKind::Session.encode([7; 32]);
    /// assert_eq!(TokenKind::of(token.expose().as_bytes()), Some(TokenKind::Session));
    /// ```
    #[must_use]
    pub fn encode(self, random: [u8; 32]) -> Secret {
        let mut text = String::with_capacity(LENGTH);
        text.push_str(self.prefix());
        text.extend(base62::<32, BODY_LENGTH>(random).map(char::from));
        text.extend(checksum(text.as_bytes()).map(char::from));
        Secret::from(text)
    }
}

fn checksum(text: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    base62(crc32fast::hash(text).to_be_bytes())
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encoded_tokens_stay_the_same() {
        let encoded = |kind: TokenKind, random| kind.encode(random).expose().to_owned();
        insta::assert_snapshot!(encoded(TokenKind::Session, [0; 32]), @"tdos_00000000000000000000000000000000000000000001T59tC");
        insta::assert_snapshot!(encoded(TokenKind::AccessToken, [255; 32]), @"tdop_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13b5cXH");
    }

    #[test]
    fn numbers_are_padded_big_endian_base62() {
        let digits = |number: u32| base62::<4, CHECKSUM_LENGTH>(number.to_be_bytes());
        assert_eq!(&digits(0), b"000000");
        assert_eq!(&digits(61), b"00000z");
        assert_eq!(&digits(62), b"000010");
        assert_eq!(&digits(u32::MAX), b"4gfFC3");
        assert_eq!(&base62::<32, BODY_LENGTH>([u8::MAX; 32]), LARGEST_BODY);
        assert!(DIGITS.is_sorted(), "texts sort as the numbers that they are");
    }

    #[test]
    fn a_value_above_32_bytes_is_refused() {
        let above = String::from_utf8_lossy(LARGEST_BODY).replace("Xp1", "Xp2");
        for body in ["z".repeat(BODY_LENGTH), above] {
            let mut text = format!("tdos_{body}").into_bytes();
            text.extend(checksum(&text));
            assert_eq!(TokenKind::of(&text), None);
        }
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let good = TokenKind::Session.encode([3; 32]);
        let good = good.expose();
        let other_kind = good.replacen("tdos_", "tdop_", 1);
        let no_kind = good.replacen("tdos_", "tdox_", 1);
        for text in
            ["", "tdos_", "Bearer", &good[..53], &format!("{good}0"), &other_kind, &no_kind, &"ä".repeat(27)]
        {
            assert_eq!(TokenKind::of(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_encoded_token_is_recognized(random: [u8; 32], session: bool) {
            let kind = if session { TokenKind::Session } else { TokenKind::Device };
            prop_assert_eq!(TokenKind::of(kind.encode(random).expose().as_bytes()), Some(kind));
        }

        #[test]
        fn one_wrong_character_is_detected(random: [u8; 32], at in 0..LENGTH, to in 0..DIGITS.len()) {
            let token = TokenKind::Session.encode(random);
            let mut text = token.expose().as_bytes().to_vec();
            prop_assume!(text[at] != DIGITS[to]);
            text[at] = DIGITS[to];
            prop_assert_eq!(TokenKind::of(&text), None);
        }

        #[test]
        fn arbitrary_text_is_refused_without_a_panic(text in ".{0,80}") {
            prop_assert_eq!(TokenKind::of(text.as_bytes()), None);
        }
    }
}
