//! The filters of requests.

use jiff::tz::TimeZone;
use todo_model::grammar::{self, Condition};

use crate::{
    error::{Error, Result},
    ids::AccountId,
    store::{conn::Conn, todo_accounts, todo_filter::Filter},
    validation::in_field,
};

/// Reads the `filter` of a request.
pub(crate) fn parse(text: &str) -> Result<grammar::Filter> {
    in_field("filter", grammar::Filter::parse(text))
}

/// Puts the dates and times of a filter on the clocks of the account.
pub(crate) async fn in_zone(
    conn: &mut Conn<'_>,
    owner: AccountId,
    filter: &grammar::Filter,
) -> Result<Filter> {
    let is_timed =
        |condition: &&Condition| matches!(condition, Condition::Due(test) if test.bounds().is_some());
    // Most filters have no time, and need no look at the account.
    let is_timed = filter.conditions().iter().any(is_timed);
    let zone = if is_timed { zone(conn, owner).await? } else { TimeZone::UTC };
    Ok(Filter::new(filter, zone))
}

/// Returns the zone of the account.
pub(crate) async fn zone(conn: &mut Conn<'_>, owner: AccountId) -> Result<TimeZone> {
    let account = todo_accounts::find(conn, owner).await?.ok_or(Error::NotFound)?;
    // A zone that this machine no longer knows must not stop anybody from reading.
    Ok(TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC))
}
