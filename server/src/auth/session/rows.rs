//! The database as the authority about tokens: one statement.
//!
//! A session that is used is noted as used, off the request's path and about once a minute.

use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::Found;
use crate::{
    auth::{settings::AuthSettings, token::TokenHash},
    clock::Time,
    error::Result,
    ids::SessionId,
    store::{
        db::{Conn, Db, Write},
        sessions::{self, LiveAt},
    },
};

/// How exact `last_use_time` is.
const USE_INTERVAL: Duration = Duration::from_mins(1);

/// The rows of the sessions.
pub(crate) struct Rows {
    db: Db,
    idle: Duration,
    /// The writes of `last_use_time` on their way.
    touches: TaskTracker,
}

impl Rows {
    pub(crate) fn new(db: Db, settings: &AuthSettings) -> Self {
        Self { db, idle: settings.session_idle, touches: TaskTracker::new() }
    }

    pub(super) async fn check(&self, token: &TokenHash, now: Time) -> Result<Option<Found>> {
        let at = LiveAt { now, idle_since: now.before(self.idle) };
        let found = sessions::check(&mut self.db.reader().await?.conn(), token.as_bytes(), at).await?;
        let Some(token) = found else { return Ok(None) };
        let mut last_use = token.last_use_time;
        if last_use.after(self.use_interval()) <= now {
            last_use = now;
            self.note_use(token.id, now);
        }
        // The next use that has to be noted must get here.
        let until = token.expire_time.min(last_use.after(self.use_interval()));
        Ok(Some(Found { account_id: token.account_id, session_id: token.id, until }))
    }

    fn note_use(&self, id: SessionId, now: Time) {
        let touch = Touch { id, now, unless_after: now.before(self.use_interval()) };
        let db = self.db.clone();
        self.touches.spawn(async move {
            if let Err(error) = db.write(touch).await {
                // It is noted with a later use.
                tracing::debug!(error = %crate::error::Chain(&error), "the use of a session was not noted");
            }
        });
    }

    /// A fraction of the time after which an unused session ends, so that a used one never does.
    fn use_interval(&self) -> Duration {
        USE_INTERVAL.min(self.idle / 2)
    }

    /// Waits for the writes on their way.
    pub(super) async fn close(&self) {
        self.touches.close();
        self.touches.wait().await;
    }
}

struct Touch {
    id: SessionId,
    now: Time,
    unless_after: Time,
}

impl Write for Touch {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        sessions::touch(conn, self.id, self.now, self.unless_after).await
    }
}
