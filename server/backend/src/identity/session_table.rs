//! The database as the verifier of tokens: one statement.
//!
//! The last use of a session is written about once a minute, outside the request.

use std::time::Duration;

use tokio_util::task::TaskTracker;

use futures_util::future::BoxFuture;

use super::{
    token::{PresentedToken, TokenHash},
    verifier::{TokenVerifier, VerifiedToken},
};
use crate::{
    error::{Chain, Result},
    ids::SessionId,
    store::{
        conn::{Conn, Write},
        db::Db,
        sessions::{self, GoodToken, LiveAt},
    },
    time::Time,
};

/// How exact `last_use_time` is.
const USE_INTERVAL: Duration = Duration::from_mins(1);

/// The table of sessions.
pub(crate) struct SessionTable {
    db: Db,
    idle: Duration,
    /// The writes of `last_use_time` on their way.
    touches: TaskTracker,
}

impl SessionTable {
    pub(crate) fn new(db: Db, session_idle: Duration) -> Self {
        Self { db, idle: session_idle, touches: TaskTracker::new() }
    }

    async fn check(&self, token: &TokenHash, now: Time) -> Result<Option<VerifiedToken>> {
        let at = LiveAt { now, idle_since: now.before(self.idle) };
        let found = sessions::check(&mut self.db.reader().await?.conn(), token.as_bytes(), at).await?;
        let Some(token) = found else { return Ok(None) };
        let mut last_use = token.last_use_time;
        if last_use.after(self.use_interval()) <= now {
            last_use = now;
            self.record_use(token.id, now);
        }
        // The next use that has to be recorded must get here.
        let until = token.expire_time.min(last_use.after(self.use_interval()));
        let GoodToken { id, account_id, client, .. } = token;
        Ok(Some(VerifiedToken { account_id, session_id: id, client, until }))
    }

    fn record_use(&self, id: SessionId, now: Time) {
        let touch = Touch { id, now, unless_after: now.before(self.use_interval()) };
        let db = self.db.clone();
        self.touches.spawn(async move {
            if let Err(error) = db.write(touch).await {
                // It is recorded with a later use.
                tracing::debug!(error = %Chain(&error), "the use of a session was not noted");
            }
        });
    }

    /// A fraction of the time after which an unused session ends, so that a used one never does.
    fn use_interval(&self) -> Duration {
        USE_INTERVAL.min(self.idle / 2)
    }
}

impl TokenVerifier for SessionTable {
    fn verify<'a>(
        &'a self,
        token: &'a PresentedToken,
        now: Time,
    ) -> BoxFuture<'a, Result<Option<VerifiedToken>>> {
        Box::pin(self.check(token.hash(), now))
    }

    /// Waits for the writes of `last_use_time`.
    fn close(&self) -> BoxFuture<'_, ()> {
        self.touches.close();
        Box::pin(async { self.touches.wait().await })
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
