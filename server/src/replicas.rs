//! What the servers on one PostgreSQL database tell each other: whose todos changed, and whose tokens were revoked.
//!
//! A [`Notice`] is a hint to look at the rows. It is handed to the [`Herald`] after the commit, goes out with others
//! that came in meanwhile, and wakes the watchers and empties the caches of the servers that hear it. One that is lost
//! costs time, never a change: watchers and caches look at the rows every few seconds without being told.
//!
//! A server also hears itself. That is how it finds out that it has become deaf: nothing comes back.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::ids::AccountId;

/// Something that other servers should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Notice {
    /// Todos or projects of the account.
    Changed(AccountId),
    /// The account's sessions.
    Revoked(AccountId),
}

/// Takes notices for the other servers. Where there are none, nobody collects them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Herald(Option<Arc<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    /// The same notice twice is one.
    notices: Mutex<BTreeSet<Notice>>,
    more: Notify,
}

impl Herald {
    /// Hands a notice in. To be called after the commit that it is about.
    pub(crate) fn tell(&self, notice: Notice) {
        if let Some(waiting) = &self.0 {
            waiting.add([notice]);
        }
    }
}

impl Waiting {
    fn add(&self, notices: impl IntoIterator<Item = Notice>) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).extend(notices);
        self.more.notify_one();
    }
}

#[cfg(feature = "network")]
pub(crate) use exchange::Exchange;

#[cfg(feature = "network")]
mod exchange {
    use std::time::Duration;

    use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
    use sqlx::PgPool;
    use tokio::time::{Instant, sleep, timeout, timeout_at};
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    use super::{Arc, Herald, Notice, PoisonError, Waiting};
    use crate::{
        auth::session::Sessions,
        error::{Chain, Error, Result},
        ids::AccountId,
        store::{
            db::Db,
            notify::{self, Listener, MAX_TEXT},
        },
        todo::Feed,
    };

    /// Notices of this time go out together.
    const GATHERING: Duration = Duration::from_millis(5);
    /// How long to wait before trying again what failed.
    const BACK_OFF: Duration = Duration::from_millis(500);
    /// How long telling may take, and beginning to hear.
    const SENDING: Duration = Duration::from_secs(1);
    const OPENING: Duration = Duration::from_secs(5);
    /// How often a server says something, if only to hear itself.
    const HEARTBEAT: Duration = Duration::from_secs(10);
    /// After this time without hearing itself a server is deaf.
    const DEAF: Duration = Duration::from_secs(30);

    /// Exchanges notices with the other servers on a database.
    pub(crate) struct Exchange {
        pool: PgPool,
        /// Who is talking, so that a server knows its own words.
        me: String,
        waiting: Arc<Waiting>,
    }

    impl Exchange {
        /// `None` for a database that has one server only.
        pub(crate) fn on(db: &Db) -> Option<Self> {
            match db {
                Db::Sqlite(_) => None,
                Db::Postgres(postgres) => Some(Self::new(postgres.pool.clone())),
            }
        }

        fn new(pool: PgPool) -> Self {
            Self { pool, me: Uuid::new_v4().simple().to_string(), waiting: Arc::default() }
        }

        /// Who takes the notices that this exchange tells the others.
        pub(crate) fn herald(&self) -> Herald {
            Herald(Some(Arc::clone(&self.waiting)))
        }

        /// Tells and hears until it is cancelled, and then tells what has not been told.
        pub(crate) async fn run(self, feed: Feed, sessions: Arc<Sessions>, cancel: CancellationToken) {
            tokio::join!(self.tell(&cancel), cancel.run_until_cancelled(self.hear(&feed, &sessions)));
        }

        async fn tell(&self, cancel: &CancellationToken) {
            loop {
                let heartbeat = Instant::now() + HEARTBEAT;
                // An error means that nothing came up: then it is time for a heartbeat.
                let waiting = timeout_at(heartbeat, self.waiting.more.notified());
                let is_last = cancel.run_until_cancelled(waiting).await.is_none();
                let notices =
                    std::mem::take(&mut *self.waiting.notices.lock().unwrap_or_else(PoisonError::into_inner));
                let notices = notices.into_iter().collect::<Vec<_>>();
                let sent = timeout(SENDING, self.send(&notices)).await;
                let pause = match sent.unwrap_or_else(|_| Err(Error::unavailable("It took too long."))) {
                    Ok(()) => GATHERING,
                    Err(error) => {
                        tracing::debug!(error = %Chain(&error), "other servers could not be told");
                        self.waiting.add(notices);
                        BACK_OFF
                    }
                };
                if is_last {
                    return;
                }
                cancel.run_until_cancelled(sleep(pause)).await;
            }
        }

        async fn send(&self, notices: &[Notice]) -> Result<()> {
            let room = MAX_TEXT.saturating_sub(self.me.len()) / WORD;
            let mut portions = notices.chunks(room);
            // Without notices there is one text without any.
            let mut portion = portions.next().unwrap_or_default();
            loop {
                notify::tell(&self.pool, &write(&self.me, portion)).await?;
                let Some(next) = portions.next() else { return Ok(()) };
                portion = next;
            }
        }

        async fn hear(&self, feed: &Feed, sessions: &Sessions) {
            let mut is_deaf = false;
            loop {
                let opened = timeout(OPENING, Listener::open(&self.pool)).await;
                let error = match opened.unwrap_or_else(|_| Err(Error::unavailable("It took too long."))) {
                    Ok(listener) => {
                        if is_deaf {
                            tracing::info!("other servers are heard again");
                        }
                        is_deaf = false;
                        // Whatever was told before this moment was missed.
                        feed.wake_all_here();
                        sessions.revocations().revoke_all_here();
                        self.listen(listener, feed, sessions).await.err()
                    }
                    Err(error) => Some(error),
                };
                if !is_deaf {
                    let error = error.as_ref().map(|error| Chain(error).to_string());
                    tracing::warn!(
                        error,
                        "other servers are not heard: their changes are seen a little later"
                    );
                }
                is_deaf = true;
                sleep(BACK_OFF).await;
            }
        }

        /// Passes on what is heard until the connection is lost or silent.
        async fn listen(&self, mut listener: Listener, feed: &Feed, sessions: &Sessions) -> Result<()> {
            let mut deaf = Instant::now() + DEAF;
            while let Ok(heard) = timeout_at(deaf, listener.hear()).await {
                let Some(text) = heard? else { return Ok(()) };
                let Some((speaker, notices)) = read(&text) else { continue };
                if speaker == self.me {
                    deaf = Instant::now() + DEAF;
                    continue;
                }
                for notice in notices {
                    match notice {
                        Notice::Changed(account) => feed.wake_here(account),
                        Notice::Revoked(account) => sessions.revocations().revoke_here(account),
                    }
                }
            }
            Ok(())
        }
    }

    /// Bytes of a notice: a space, its kind, and the account in base64.
    const WORD: usize = 2 + 22;

    /// Writes the speaker and the notices as a text.
    fn write(speaker: &str, notices: &[Notice]) -> String {
        let mut text = String::with_capacity(speaker.len() + notices.len() * WORD);
        text.push_str(speaker);
        for notice in notices {
            let (kind, account) = match notice {
                Notice::Changed(account) => (" c", account),
                Notice::Revoked(account) => (" r", account),
            };
            text.push_str(kind);
            BASE64_STANDARD_NO_PAD.encode_string(account.as_uuid().as_bytes(), &mut text);
        }
        text
    }

    /// Reads the speaker and the notices; what a newer server may have invented is passed over.
    fn read(text: &str) -> Option<(&str, impl Iterator<Item = Notice>)> {
        let mut words = text.split(' ');
        let speaker = words.next()?;
        let notice = |word: &str| {
            let (kind, account) = word.split_at_checked(1)?;
            let account = BASE64_STANDARD_NO_PAD.decode(account).ok()?;
            let account = AccountId::from_uuid(Uuid::from_slice(&account).ok()?);
            match kind {
                "c" => Some(Notice::Changed(account)),
                "r" => Some(Notice::Revoked(account)),
                _ => None,
            }
        };
        Some((speaker, words.filter_map(notice)))
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::{
            auth::{
                AuthSettings,
                session::{Authority, Rows},
            },
            clock::Time,
            metrics::TokenMetrics,
            store::db::Postgres,
            testing::World,
        };

        #[test]
        fn what_is_written_is_read() {
            let account = |n| AccountId::generate(Time::from_micros(n));
            let notices = (0..300).flat_map(|n| [Notice::Changed(account(n)), Notice::Revoked(account(n))]);
            let notices = notices.collect::<Vec<_>>();
            let text = write("me", &notices);
            assert_eq!(text.len(), 2 + notices.len() * WORD);
            let (speaker, read) = read(&text).unwrap();
            assert_eq!((speaker, read.collect::<Vec<_>>()), ("me", notices));
        }

        #[test]
        fn what_is_not_understood_is_passed_over() {
            let known = write("me", &[Notice::Changed(AccountId::generate(Time::from_micros(1)))]);
            let text = format!("{known} x{0} c{0} c c!! é", "AAAA");
            assert_eq!(read(&text).unwrap().1.count(), 1);
        }

        #[tokio::test]
        async fn more_notices_than_one_text_holds_are_all_told() {
            let Some(world) = World::on_postgres().await else { return };
            let Db::Postgres(Postgres { pool, .. }) = &world.db else { unreachable!() };
            let exchange = Exchange::new(pool.clone());
            let mut listener = Listener::open(pool).await.unwrap();
            let notices = (0..1_000).map(|n| Notice::Changed(AccountId::generate(Time::from_micros(n))));
            let notices = notices.collect::<std::collections::BTreeSet<_>>();
            for notice in &notices {
                exchange.herald().tell(*notice);
                exchange.herald().tell(*notice);
            }
            let settings = AuthSettings::default();
            let rows = Authority::Rows(Rows::new(world.db.clone(), &settings));
            let sessions = Sessions::new(
                rows,
                world.clock.clone(),
                &settings,
                Herald::default(),
                TokenMetrics::default(),
            );
            let cancel = CancellationToken::new();
            let running = tokio::spawn(exchange.run(Feed::default(), Arc::new(sessions), cancel.clone()));
            let mut heard = Vec::new();
            while heard.len() < notices.len() {
                let text = listener.hear().await.unwrap().unwrap();
                assert!(text.len() < MAX_TEXT);
                heard.extend(read(&text).unwrap().1);
            }
            assert!(heard.iter().eq(&notices), "each once, in order");
            cancel.cancel();
            running.await.unwrap();
        }
    }
}
