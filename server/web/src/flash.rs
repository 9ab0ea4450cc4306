//! Flash messages: what the page after a change says about it. The redirect carries no text, so that no address can make
//! a page say something: it names one of the sentences here, or an operation, which is looked up.

use todo_sdk::{Operation, OperationKind};

use crate::{urls::with_query, view_models::Notice};

/// The name of the query's pair that says which sentence. Obeyed only where this very site led to the page.
pub(crate) const FLASH: &str = "flash";

/// The name of the query's pair that says which operation has just been made.
pub(crate) const OPERATION: &str = "did";

/// A sentence about what is no operation to be looked up and undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flash {
    Overtaken,
    PasswordChanged,
    TimeZoneChanged,
    SessionEnded,
    SessionNotEnded,
    AccountDeleted,
    Purged,
    TrashEmptied,
}

impl Flash {
    const ALL: [Self; 8] = [
        Self::Overtaken,
        Self::PasswordChanged,
        Self::TimeZoneChanged,
        Self::SessionEnded,
        Self::SessionNotEnded,
        Self::AccountDeleted,
        Self::Purged,
        Self::TrashEmptied,
    ];

    /// Returns the one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flash| flash.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Overtaken => "overtaken",
            Self::PasswordChanged => "password-changed",
            Self::TimeZoneChanged => "time-zone-changed",
            Self::SessionEnded => "session-ended",
            Self::SessionNotEnded => "session-not-ended",
            Self::AccountDeleted => "account-deleted",
            Self::Purged => "purged",
            Self::TrashEmptied => "trash-emptied",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Overtaken => "Not undone: that was undone already, or something newer is in the way.",
            Self::PasswordChanged => "Password changed. All other sessions have ended.",
            Self::TimeZoneChanged => "Time zone changed.",
            Self::SessionEnded => "Session ended.",
            Self::SessionNotEnded => {
                "Signed out in this browser. The server could not be told: sign in later, and end the session under Account."
            }
            Self::AccountDeleted => "The account and everything in it are deleted.",
            Self::Purged => "Deleted for good.",
            Self::TrashEmptied => "The trash is empty.",
        }
    }

    /// Returns the path of a page that says it.
    pub(crate) fn on(self, path: &str) -> String {
        with_query(path, FLASH, self.name())
    }

    pub(crate) fn notice(self) -> Notice {
        Notice { did: self.text(), what: String::new(), operation: None }
    }
}

/// Returns what is said about an operation that has just been made; `None` if it has been undone since.
pub(crate) fn notice_of(operation: Operation) -> Option<Notice> {
    use OperationKind as Kind;
    if operation.undone_by.is_some() {
        return None;
    }
    let did = match operation.kind {
        Kind::CreateTodos | Kind::CreateProject => "Added",
        Kind::UpdateTodos => "Saved",
        Kind::CompleteTodos => "Completed",
        Kind::ReopenTodos => "Reopened",
        Kind::DeleteTodos | Kind::DeleteProject => "Deleted",
        Kind::RestoreTodos => "Restored",
        Kind::MoveTodos => "Moved",
        Kind::UndeleteProject => "Brought back",
        Kind::UpdateProject => "Renamed",
        Kind::Undo => "Undone",
        _ => "Changed",
    };
    let is_undo = operation.kind == Kind::Undo;
    let mut names = operation.projects.into_iter().chain(operation.todos).map(|target| target.name);
    let what = names.next().unwrap_or_default();
    Some(Notice { did, what, operation: (!is_undo).then(|| operation.id.to_string()) })
}

/// Returns the path without word of what has just been done.
pub(crate) fn without_flash(path: &str) -> String {
    with_query(&with_query(path, OPERATION, ""), FLASH, "")
}

/// Returns the path with word of the operation that has just been made, so that the next page can offer to undo it.
pub(crate) fn with_operation(path: &str, operation: Option<impl ToString>) -> String {
    let id = operation.map(|operation| operation.to_string()).unwrap_or_default();
    with_query(&without_flash(path), OPERATION, &id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_by_their_names() {
        for flash in Flash::ALL {
            assert_eq!(Flash::named(flash.name()), Some(flash));
        }
        assert_eq!(Flash::named("Your account was hacked."), None);
        assert_eq!(Flash::Overtaken.on("/?q=x"), "/?q=x&flash=overtaken");
    }
}
