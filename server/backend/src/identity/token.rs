//! Tokens: what stands for a session in the `authorization` metadata.
//!
//! Their form is [`TokenKind`]'s; its checksum turns typing errors away without asking the database. That holds the
//! SHA-256 of the whole text only, and nothing here shows the text.

use std::sync::Arc;

use rand::CryptoRng;
use sha2::{Digest, Sha256};
use todo_model::{Secret, TokenKind};

/// A token as its owner holds it. The server forgets it as soon as it is sent.
#[derive(Debug)]
pub(crate) struct Token(Secret);

impl Token {
    /// Makes the token of a new session.
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::of_kind(TokenKind::Session, rng)
    }

    /// Makes a token of this kind.
    pub(crate) fn of_kind(kind: TokenKind, rng: &mut impl CryptoRng) -> Self {
        let mut random = [0; 32];
        rng.fill_bytes(&mut random);
        Self(kind.encode(random))
    }

    /// Returns what the database may know of it.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.expose())
    }

    /// Returns the secret itself, for the one answer that carries it.
    pub(crate) fn into_exposed(self) -> String {
        self.0.expose().to_owned()
    }
}

/// The SHA-256 of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    /// Returns the hash of a presented token, or `None` for a text that is no session token at all.
    pub(crate) fn of_presented(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        (TokenKind::of(text.as_bytes()) == Some(TokenKind::Session)).then(|| Self::of(text))
    }

    /// Returns the hash of a device's secret, or `None` for a text that is none.
    pub(crate) fn of_device(text: &str) -> Option<Self> {
        (TokenKind::of(text.as_bytes()) == Some(TokenKind::Device)).then(|| Self::of(text))
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
    text: Option<Arc<Secret>>,
}

impl PresentedToken {
    /// As far as the database needs to know it.
    pub(crate) fn without_text(hash: TokenHash) -> Self {
        Self { hash, text: None }
    }

    /// With the secret itself, to be shown to another server.
    pub(crate) fn with_text(hash: TokenHash, text: &[u8]) -> Self {
        Self { hash, text: Some(Arc::new(Secret::from(String::from_utf8_lossy(text).into_owned()))) }
    }

    pub(crate) fn hash(&self) -> &TokenHash {
        &self.hash
    }

    /// Returns the secret itself, if it was kept.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref().map(Secret::expose)
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn token(seed: u64) -> Token {
        Token::generate(&mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn generated_tokens_are_session_tokens() {
        let text = token(1).into_exposed();
        assert_eq!(TokenKind::of(text.as_bytes()), Some(TokenKind::Session));
        assert_eq!(TokenHash::of_presented(text.as_bytes()), Some(token(1).hash()));
        assert_ne!(token(1).hash(), token(2).hash());
    }

    #[test]
    fn malformed_tokens_and_other_kinds_are_refused() {
        let good = token(3).into_exposed();
        let access_token = TokenKind::AccessToken.encode([3; 32]);
        for text in ["", "Bearer", &good[..53], &format!("{good}0"), access_token.expose()] {
            assert_eq!(TokenHash::of_presented(text.as_bytes()), None, "{text}");
        }
        assert_eq!(TokenHash::of_presented(&[0xff; 54]), None);
    }

    #[test]
    fn debug_does_not_show_the_token() {
        let text = token(4).into_exposed();
        let presented = PresentedToken::with_text(token(4).hash(), text.as_bytes());
        assert_eq!(presented.text(), Some(&*text));
        assert!(!format!("{:?} {presented:?}", token(4)).contains(&text));
    }
}
