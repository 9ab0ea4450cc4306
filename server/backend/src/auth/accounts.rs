//! Accounts: what one may be called, and the changes that are made to it. Each is applied whole.

use todo_model::text;
use todo_proto::auth::v1;

use super::convert;
use crate::{
    error::{Error, Refusal, Result},
    ids::{AccountId, SessionId},
    store::{
        accounts::{self, Account},
        conn::{Conn, Write},
        db::Db,
        sessions,
    },
    time::Time,
    todo,
    validation::in_field,
};

/// A name that an account may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Username {
    /// As typed.
    pub(crate) typed: String,
    /// In lower case, by which names are compared.
    pub(crate) key: String,
}

impl Username {
    /// Returns the name, or `None` for a text that no account can be called.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        text::username(typed).ok().map(Self::from_valid)
    }

    /// Like [`Username::parse`], with the violation of the request's field `username`.
    pub(crate) fn check(typed: &str) -> Result<Self> {
        in_field("username", text::username(typed)).map(Self::from_valid)
    }

    fn from_valid(typed: &str) -> Self {
        Self { typed: typed.to_owned(), key: typed.to_ascii_lowercase() }
    }
}

/// Returns the IANA name of a time zone as the database spells it; empty means UTC.
pub(crate) fn check_time_zone(name: &str) -> Result<String> {
    let name = if name.is_empty() { "UTC" } else { name };
    let zone = jiff::tz::TimeZone::get(name).ok();
    zone.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned).ok_or_else(|| {
        Error::invalid("time_zone", "Is not the name of an IANA time zone such as Europe/Berlin.")
    })
}

/// Creates an account with its settings and its Inbox. Answers whether its name was free.
pub(crate) struct CreateAccount {
    pub(crate) account: Account,
    /// As [`check_time_zone`] returns it.
    pub(crate) time_zone: String,
}

impl Write for CreateAccount {
    type Output = bool;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
        let Self { account, time_zone } = self;
        let is_free = accounts::insert(conn, account).await?;
        if is_free {
            todo::account::create(conn, account.id, time_zone, account.create_time).await?;
        }
        Ok(is_free)
    }
}

/// Sets the time zone. Answers the account as it is then.
pub(crate) struct SetTimeZone {
    pub(crate) owner: AccountId,
    /// As [`check_time_zone`] returns it.
    pub(crate) time_zone: String,
}

impl SetTimeZone {
    /// Reads the request of UpdateAccount, which can change nothing else yet.
    pub(crate) fn read(owner: AccountId, request: v1::UpdateAccountRequest) -> Result<Self> {
        let paths = request.update_mask.unwrap_or_default().paths;
        if paths.is_empty() {
            return Err(Error::invalid("update_mask", "Must name at least one field."));
        }
        if let Some(path) = paths.iter().find(|path| *path != "time_zone") {
            let text = format!("Names {path:?}, where only the time zone can be changed.");
            return Err(Error::invalid("update_mask", text));
        }
        Ok(Self { owner, time_zone: check_time_zone(&request.account.unwrap_or_default().time_zone)? })
    }
}

impl Write for SetTimeZone {
    type Output = v1::Account;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<v1::Account> {
        todo::account::set_time_zone(conn, self.owner, &self.time_zone).await?;
        let account = of_caller(conn, self.owner).await?;
        to_proto(conn, account).await
    }
}

/// Replaces a password and ends every session but one. Answers how many those were, or `None` if `current_hash` is
/// not the account's any more.
pub(crate) struct ReplacePassword {
    pub(crate) owner: AccountId,
    pub(crate) current_hash: String,
    pub(crate) new_hash: String,
    pub(crate) keep: SessionId,
}

impl Write for ReplacePassword {
    type Output = Option<u64>;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<Option<u64>> {
        if !accounts::still_has_password(conn, self.owner, &self.current_hash).await? {
            return Ok(None);
        }
        accounts::set_password_hash(conn, self.owner, &self.new_hash).await?;
        Ok(Some(sessions::delete_others(conn, self.owner, self.keep).await?))
    }
}

/// Ends an account for everybody, and leaves its rows to [`EraseAccount`]. Answers whether `current_hash` was still the
/// account's.
pub(crate) struct DeleteAccount {
    pub(crate) owner: AccountId,
    pub(crate) current_hash: String,
    pub(crate) now: Time,
}

impl Write for DeleteAccount {
    type Output = bool;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
        let is_current = accounts::still_has_password(conn, self.owner, &self.current_hash).await?;
        if is_current {
            todo::account::end(conn, self.owner).await?;
            accounts::begin_deletion(conn, self.owner, self.now).await?;
        }
        Ok(is_current)
    }
}

/// Deletes a portion of the rows of an account that was ended, and at last its own. Answers whether there is more.
pub(crate) struct EraseAccount {
    pub(crate) owner: AccountId,
}

impl Write for EraseAccount {
    type Output = bool;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
        if !accounts::is_being_deleted(conn, self.owner).await? {
            return Ok(false);
        }
        if todo::account::erase_portion(conn, self.owner).await? {
            return Ok(true);
        }
        accounts::delete(conn, self.owner).await?;
        Ok(false)
    }
}

/// Deletes the rows of an account that was ended, portion by portion. Maintenance goes on where this is cut short.
pub(crate) async fn erase(db: Db, owner: AccountId) {
    loop {
        match db.write(EraseAccount { owner }).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let error = crate::error::Chain(&error);
                tracing::warn!(%error, account = %owner, "the rows of a deleted account are still there");
                return;
            }
        }
    }
}

/// Returns the account of a caller whose token was good a moment ago.
pub(crate) async fn of_caller(conn: &mut Conn<'_>, caller: AccountId) -> Result<Account> {
    // It was deleted since.
    accounts::find(conn, caller).await?.ok_or(Error::Unauthenticated(Refusal::Token))
}

/// Returns what a person may see of their account, with its settings.
pub(crate) async fn to_proto(conn: &mut Conn<'_>, account: Account) -> Result<v1::Account> {
    let time_zone = todo::account::time_zone(conn, account.id).await?;
    Ok(convert::account(account, time_zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_short_ascii_without_case() {
        let name = Username::parse("Ann.O_Nym-1").unwrap();
        assert_eq!((&*name.typed, &*name.key), ("Ann.O_Nym-1", "ann.o_nym-1"));
        assert!(Username::parse(&"a".repeat(64)).is_some());
        for text in ["", "a b", "änn", "ann@example.org", "ann\0", "ann\n", &"a".repeat(65)] {
            assert_eq!(Username::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn time_zones_are_iana_names() {
        assert_eq!(check_time_zone("").unwrap(), "UTC");
        assert_eq!(check_time_zone("Europe/Berlin").unwrap(), "Europe/Berlin");
        assert_eq!(check_time_zone("europe/berlin").unwrap(), "Europe/Berlin");
        for name in ["Mars/Olympus", "+02:00", "Europe/Berlin\0", "../../etc/passwd", "CEST-2"] {
            assert!(check_time_zone(name).is_err(), "{name}");
        }
    }
}
