//! What a page says after something that is no operation to be looked up and undone. An address can ask for one of these
//! sentences and for no other text, and only where this very site led to it.

use super::{form::with_query, views::Notice};

/// The name of the query's pair that says which.
pub(crate) const NOTE: &str = "note";

/// One of the sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Overtaken,
    PasswordChanged,
    TimeZoneChanged,
    SessionEnded,
    SessionLeft,
    AccountDeleted,
}

impl Note {
    const ALL: [Self; 6] = [
        Self::Overtaken,
        Self::PasswordChanged,
        Self::TimeZoneChanged,
        Self::SessionEnded,
        Self::SessionLeft,
        Self::AccountDeleted,
    ];

    /// The note of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|note| note.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Overtaken => "overtaken",
            Self::PasswordChanged => "password-changed",
            Self::TimeZoneChanged => "time-zone-changed",
            Self::SessionEnded => "session-ended",
            Self::SessionLeft => "session-left",
            Self::AccountDeleted => "account-deleted",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Overtaken => "Not undone: that was undone already, or something newer is in the way.",
            Self::PasswordChanged => "Password changed. All other sessions have ended.",
            Self::TimeZoneChanged => "Time zone changed.",
            Self::SessionEnded => "Session ended.",
            Self::SessionLeft => {
                "Signed out in this browser. The server could not be told: sign in later, and end the session under Account."
            }
            Self::AccountDeleted => "The account and everything in it are deleted.",
        }
    }

    /// The path of a page that says it.
    pub(crate) fn on(self, path: &str) -> String {
        with_query(path, NOTE, self.name())
    }

    pub(crate) fn notice(self) -> Notice {
        Notice { did: self.text(), what: String::new(), operation: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_is_found_by_its_name() {
        for note in Note::ALL {
            assert_eq!(Note::named(note.name()), Some(note));
        }
        assert_eq!(Note::named("Your account was hacked."), None);
        assert_eq!(Note::Overtaken.on("/?q=x"), "/?q=x&note=overtaken");
    }
}
