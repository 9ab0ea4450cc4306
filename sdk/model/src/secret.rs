//! Text that must not be shown.

use std::fmt;

use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// A password, or other text that must not be shown. Wiped from memory when dropped.
///
/// ```
/// # use todo_model::Secret;
/// let password = Secret::from("correct horse battery staple");
/// assert_eq!(format!("{password:?}"), "Secret(***)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text itself. Pass it on, never print it.
    ///
    /// ```
    /// # use todo_model::Secret;
    /// let password = Secret::from("correct horse battery staple");
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
