//! PostgreSQL's LISTEN and NOTIFY: short texts between the servers that share a database.
//!
//! A text is sent outside the transaction that it is about, and after it: PostgreSQL commits transactions with
//! notifications one after the other. So it may be lost, and must never carry what is not in the rows.

use sqlx::postgres::{PgListener, PgPool};

use crate::error::Result;

/// The name that all servers listen to. Of the database, so that other databases of the same cluster receive nothing.
const CHANNEL: &str = "todo";

/// Bytes of a text at most. PostgreSQL takes a little under 8,000.
pub(crate) const MAX_TEXT: usize = 7_900;

/// Sends a text to every server that listens, this one among them.
pub(crate) async fn notify(pool: &PgPool, text: &str) -> Result<()> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(text).execute(pool).await?;
    Ok(())
}

/// Receives texts, on a connection of its own. Lost with its connection: open another.
pub(crate) struct Listener(PgListener);

impl Listener {
    /// Receives whatever is sent from its return on.
    pub(crate) async fn open(pool: &PgPool) -> Result<Self> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Returns the next text; `None` when the connection is lost.
    pub(crate) async fn receive(&mut self) -> Result<Option<String>> {
        Ok(self.0.try_recv().await?.map(|notification| notification.payload().to_owned()))
    }
}
