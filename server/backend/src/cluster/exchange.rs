//! Sends and receives notifications, until the server stops.
//!
//! A server also receives its own. When they stay away, its connection is silently lost.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    listen_notify::{self, Listener, MAX_TEXT},
    notifier::{Notification, Notifier, Outbox},
    wire_format::{NOTIFICATION_LENGTH, decode, encode},
};
use crate::error::{Chain, Error, Result};

/// Notifications of this time are sent together.
const BATCH_WINDOW: Duration = Duration::from_millis(5);
/// How long to wait before trying again what failed.
const BACKOFF: Duration = Duration::from_millis(500);
const SEND_TIMEOUT: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a server sends something, if only to receive it.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// After this time without its own heartbeat, a server gives its connection up.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// What received notifications do to this server.
pub(crate) trait Receiver: Send + Sync + 'static {
    /// Another server committed something.
    fn receive(&self, notification: Notification);
    /// Notifications may have been missed.
    fn catch_up(&self);
}

/// Exchanges notifications with the other servers on a database.
pub(crate) struct Exchange {
    pool: PgPool,
    /// Tells a server its own notifications.
    server_id: String,
    outbox: Arc<Outbox>,
}

impl Exchange {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool, server_id: Uuid::new_v4().simple().to_string(), outbox: Arc::default() }
    }

    /// Returns what takes the notifications for the other servers.
    pub(crate) fn notifier(&self) -> Notifier {
        Notifier::new(Arc::clone(&self.outbox))
    }

    /// Sends and receives until it is cancelled, and then sends what has not been sent.
    pub(crate) async fn run(self, receiver: impl Receiver, cancel: CancellationToken) {
        tokio::join!(self.send(&cancel), cancel.run_until_cancelled(self.receive(&receiver)));
    }

    async fn send(&self, cancel: &CancellationToken) {
        loop {
            // An error means that nothing came up: then it is time for a heartbeat.
            let added = timeout_at(Instant::now() + HEARTBEAT, self.outbox.added());
            let is_last = cancel.run_until_cancelled(added).await.is_none();
            let notifications = self.outbox.take();
            let sent = timeout(SEND_TIMEOUT, self.send_all(&notifications)).await;
            let pause = match sent.unwrap_or_else(|_| Err(Error::unavailable("It took too long."))) {
                Ok(()) => BATCH_WINDOW,
                Err(error) => {
                    tracing::debug!(error = %Chain(&error), "other servers could not be told");
                    self.outbox.add(notifications);
                    BACKOFF
                }
            };
            if is_last {
                return;
            }
            cancel.run_until_cancelled(sleep(pause)).await;
        }
    }

    async fn send_all(&self, notifications: &[Notification]) -> Result<()> {
        let per_text = MAX_TEXT.saturating_sub(self.server_id.len()) / NOTIFICATION_LENGTH;
        let mut batches = notifications.chunks(per_text);
        // The heartbeat is one text without any.
        let mut batch = batches.next().unwrap_or_default();
        loop {
            listen_notify::notify(&self.pool, &encode(&self.server_id, batch)).await?;
            let Some(next) = batches.next() else { return Ok(()) };
            batch = next;
        }
    }

    async fn receive(&self, receiver: &impl Receiver) {
        let mut is_disconnected = false;
        loop {
            let opened = timeout(CONNECT_TIMEOUT, Listener::open(&self.pool)).await;
            let error = match opened.unwrap_or_else(|_| Err(Error::unavailable("It took too long."))) {
                Ok(listener) => {
                    if is_disconnected {
                        tracing::info!("other servers are heard again");
                    }
                    is_disconnected = false;
                    // Whatever was sent before this moment was missed.
                    receiver.catch_up();
                    self.listen(listener, receiver).await.err()
                }
                Err(error) => Some(error),
            };
            if !is_disconnected {
                let error = error.as_ref().map(|error| Chain(error).to_string());
                tracing::warn!(error, "other servers are not heard: their changes are seen a little later");
            }
            is_disconnected = true;
            sleep(BACKOFF).await;
        }
    }

    /// Passes on what is received until the connection is lost or silent.
    async fn listen(&self, mut listener: Listener, receiver: &impl Receiver) -> Result<()> {
        let mut deadline = Instant::now() + SILENCE_TIMEOUT;
        while let Ok(received) = timeout_at(deadline, listener.receive()).await {
            let Some(text) = received? else { return Ok(()) };
            let Some((sender, notifications)) = decode(&text) else { continue };
            if sender == self.server_id {
                deadline = Instant::now() + SILENCE_TIMEOUT;
            } else {
                notifications.for_each(|notification| receiver.receive(notification));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        ids::AccountId,
        store::{db::Db, postgres::Postgres},
        testing::TestDb,
        time::Time,
    };

    struct Ignore;

    impl Receiver for Ignore {
        fn receive(&self, _: Notification) {}
        fn catch_up(&self) {}
    }

    #[tokio::test]
    async fn more_notifications_than_fit_into_one_text_are_all_sent() {
        let Some(test_db) = TestDb::on_postgres().await else { return };
        let Db::Postgres(Postgres { pool, .. }) = &test_db.db else { unreachable!() };
        let exchange = Exchange::new(pool.clone());
        let mut listener = Listener::open(pool).await.unwrap();
        let notifications =
            (0..1_000).map(|n| Notification::Changed(AccountId::generate(Time::from_micros(n))));
        let notifications = notifications.collect::<BTreeSet<_>>();
        for notification in &notifications {
            exchange.notifier().notify(*notification);
            exchange.notifier().notify(*notification);
        }
        let cancel = CancellationToken::new();
        let running = tokio::spawn(exchange.run(Ignore, cancel.clone()));
        let mut received = Vec::new();
        while received.len() < notifications.len() {
            let text = listener.receive().await.unwrap().unwrap();
            assert!(text.len() < MAX_TEXT);
            received.extend(decode(&text).unwrap().1);
        }
        assert!(received.iter().eq(&notifications), "each once, in order");
        cancel.cancel();
        running.await.unwrap();
    }
}
