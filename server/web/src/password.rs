//! A password in a form.

use serde::Deserialize;
use todo_sdk::Secret;

/// What was typed into a password field. Never shown, not even by `Debug`.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Password(Secret);

impl Password {
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(Secret::from(text))
    }
}

impl Default for Password {
    fn default() -> Self {
        Self(Secret::from(""))
    }
}
