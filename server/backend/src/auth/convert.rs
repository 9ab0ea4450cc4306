//! Rows to messages of `todo.auth.v1`.

use todo_proto::auth::v1;

use crate::{
    ids::SessionId,
    store::{accounts::Account, sessions::Session},
};

/// Returns what a person may see of their account.
pub(crate) fn account(account: Account, time_zone: String) -> v1::Account {
    v1::Account {
        id: account.id.to_string(),
        username: account.username,
        time_zone,
        create_time: Some(account.create_time.to_proto()),
    }
}

/// Returns what a person may see of a session; `current` is the one that asks.
pub(crate) fn session(session: &Session, current: Option<SessionId>) -> v1::Session {
    v1::Session {
        id: session.id.to_string(),
        client: session.client.clone(),
        create_time: Some(session.create_time.to_proto()),
        last_use_time: Some(session.last_use_time.to_proto()),
        expire_time: Some(session.expire_time.to_proto()),
        current: Some(session.id) == current,
    }
}
