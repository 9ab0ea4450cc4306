//! Sessions and the question that every call asks: is this token good?
//!
//! The database answers it in one statement. The answer is kept for up to [`FRESH`], because most calls come from
//! somebody who has just called; that is also how long a revocation by *another* process may take to be noticed.
//! One in this process acts at once, see [`Revocations`].
//!
//! A session that is used is noted as used, off the request's path and about once a minute.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio::{sync::watch, time::Instant};
use tokio_util::task::TaskTracker;

use super::{revocations::Revocations, settings::AuthSettings, token::TokenHash};
use crate::{
    clock::{Clock, Time},
    error::{Error, Refusal, Result},
    identity::Identity,
    ids::SessionId,
    store::{
        db::{Conn, Db, Write},
        sessions::{self, LiveAt},
    },
};

/// For how long an answer of the database is believed.
const FRESH: Duration = Duration::from_secs(5);
/// How many answers are kept. Each takes about 200 bytes.
const CACHED: u64 = 10_000;
/// How exact `last_use_time` is.
const USE_INTERVAL: Duration = Duration::from_mins(1);

/// Answers whether tokens are good.
pub(crate) struct Sessions {
    db: Db,
    clock: Clock,
    idle: Duration,
    cache: Cache<TokenHash, Answer>,
    revocations: Revocations,
    /// The writes of `last_use_time` on their way.
    touches: TaskTracker,
}

/// A good token, as the database saw it.
#[derive(Clone, Debug)]
struct Answer {
    identity: Identity,
    checked: Time,
    /// Until when the answer can be believed, if nothing is revoked meanwhile.
    until: Time,
}

impl Sessions {
    pub(crate) fn new(db: Db, clock: Clock, settings: &AuthSettings) -> Self {
        Self {
            db,
            clock,
            idle: settings.session_idle,
            cache: Cache::new(CACHED),
            revocations: Revocations::new(),
            touches: TaskTracker::new(),
        }
    }

    /// Returns who holds the token presented in an `authorization` header's value, without its `Bearer`.
    pub(crate) async fn identify(&self, token: &[u8]) -> Result<Identity> {
        let hash = TokenHash::of_presented(token).ok_or(Error::Unauthenticated(Refusal::Token))?;
        if let Some(identity) = self.cached(&hash) {
            return Ok(identity);
        }
        // Boxed, so that the many calls that need no look-up are not as large as one.
        Box::pin(self.look_up(hash)).await
    }

    fn cached(&self, hash: &TokenHash) -> Option<Identity> {
        let answer = self.cache.get(hash)?;
        let now = self.clock.now();
        // A clock that was set back makes an answer old, not young.
        let fresh = (answer.checked..answer.until).contains(&now);
        (fresh && !self.revocations.concern(&answer.identity)).then_some(answer.identity)
    }

    /// Asks the database.
    async fn look_up(&self, hash: TokenHash) -> Result<Identity> {
        // Before the statement: whatever is revoked from here on may be unknown to its answer.
        let as_of = self.revocations.now();
        let now = self.clock.now();
        let mut reader = self.db.reader().await?;
        let found = sessions::check(&mut reader.conn(), hash.as_bytes(), self.live_at(now)).await?;
        drop(reader);
        let Some(token) = found else {
            self.cache.invalidate(&hash);
            return Err(Error::Unauthenticated(Refusal::Token));
        };
        let identity = Identity::of_session(token.account_id, token.id, hash, as_of);
        let mut last_use = token.last_use_time;
        if last_use.after(self.use_interval()) <= now {
            last_use = now;
            self.note_use(token.id, now);
        }
        // The next use that has to be noted must get here.
        let until = now.after(FRESH).min(token.expire_time).min(last_use.after(self.use_interval()));
        self.cache.insert(hash, Answer { identity: identity.clone(), checked: now, until });
        Ok(identity)
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

    /// What makes a session live at this time.
    pub(crate) fn live_at(&self, now: Time) -> LiveAt {
        LiveAt { now, idle_since: now.before(self.idle) }
    }

    /// Who is told that sessions ended.
    pub(crate) fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Waits for the writes on their way.
    pub(crate) async fn close(&self) {
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

/// Keeps an eye on the session behind a call that goes on and on.
pub(crate) struct SessionWatch {
    sessions: Arc<Sessions>,
    hash: TokenHash,
    identity: Identity,
    /// When the database was asked last. What the call began with may have been an older answer.
    checked: Option<Instant>,
    revoked: watch::Receiver<()>,
}

impl SessionWatch {
    pub(crate) fn new(sessions: Arc<Sessions>, identity: Identity, hash: TokenHash) -> Self {
        let revoked = sessions.revocations.subscribe();
        Self { sessions, hash, identity, checked: None, revoked }
    }

    /// Fails if the session has ended, or if that cannot be found out. Costs nothing most of the time.
    pub(crate) async fn check(&mut self) -> Result<()> {
        let is_fresh = self.checked.is_some_and(|checked| checked.elapsed() < FRESH);
        if !is_fresh || self.sessions.revocations.concern(&self.identity) {
            self.identity = self.sessions.look_up(self.hash).await?;
            self.checked = Some(Instant::now());
        }
        Ok(())
    }

    /// Returns why the call must end, when it must: at once after a revocation in this process, within [`FRESH`]
    /// otherwise.
    pub(crate) async fn ended(&mut self) -> Error {
        loop {
            // First, so that nothing is missed when this is dropped half-way and called again.
            if let Err(error) = self.check().await {
                return error;
            }
            // An error means that the sessions are gone, and with them the server.
            drop(tokio::time::timeout(FRESH, self.revoked.changed()).await);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::{
        auth::token::Token,
        ids::AccountId,
        store::sessions::Session,
        testing::{World, on_both_engines},
    };

    struct Open {
        session: Session,
        token: TokenHash,
    }

    impl Write for Open {
        type Output = ();

        async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
            sessions::insert(conn, &self.session, self.token.as_bytes()).await
        }
    }

    struct End(AccountId, SessionId);

    impl Write for End {
        type Output = bool;

        async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
            sessions::delete(conn, self.0, self.1).await
        }
    }

    /// The sessions of a world, and one of them: its token and its ids.
    async fn one_session(world: &World) -> (Sessions, String, AccountId, SessionId) {
        let account = world.account("ann").await;
        let now = world.clock.now();
        let token = Token::generate(&mut StdRng::seed_from_u64(1));
        let session = Session {
            id: SessionId::generate(now),
            account_id: account,
            client: "tests".into(),
            create_time: now,
            last_use_time: now,
            expire_time: now.after(Duration::from_hours(1)),
        };
        let id = session.id;
        world.db.write(Open { session, token: token.hash() }).await.unwrap();
        let sessions = Sessions::new(world.db.clone(), world.clock.clone(), &AuthSettings::default());
        (sessions, token.into_exposed(), account, id)
    }

    fn is_refused(result: &Result<Identity>) -> bool {
        matches!(result, Err(Error::Unauthenticated(Refusal::Token)))
    }

    on_both_engines! {
        async fn an_answer_is_believed_for_5_seconds_and_no_longer(world: World) {
            let (sessions, token, account, id) = one_session(&world).await;
            let identity = sessions.identify(token.as_bytes()).await.unwrap();
            assert_eq!((identity.account_id, identity.session_id), (account, Some(id)));
            // Another process ends it.
            world.db.write(End(account, id)).await.unwrap();
            world.advance(FRESH.saturating_sub(Duration::from_micros(1)));
            assert!(sessions.identify(token.as_bytes()).await.is_ok());
            world.advance(Duration::from_micros(1));
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn a_revocation_in_this_process_acts_at_once(world: World) {
            let (sessions, token, account, id) = one_session(&world).await;
            sessions.identify(token.as_bytes()).await.unwrap();
            world.db.write(End(account, id)).await.unwrap();
            sessions.revocations().revoke(account);
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn an_answer_that_was_on_its_way_during_a_revocation_is_not_kept(world: World) {
            let (sessions, token, account, id) = one_session(&world).await;
            // Asked before the revocation, put into the cache after it: what a slow call does.
            let slow = sessions.identify(token.as_bytes()).await.unwrap();
            let hash = TokenHash::of_presented(token.as_bytes()).unwrap();
            let answer = sessions.cache.get(&hash).unwrap();
            world.db.write(End(account, id)).await.unwrap();
            sessions.revocations().revoke(account);
            sessions.cache.insert(hash, Answer { identity: slow, ..answer });
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn a_clock_that_is_set_back_makes_no_answer_last(world: World) {
            let (sessions, token, account, id) = one_session(&world).await;
            world.advance(Duration::from_mins(10));
            sessions.identify(token.as_bytes()).await.unwrap();
            world.db.write(End(account, id)).await.unwrap();
            world.set_back(Duration::from_mins(5));
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn a_watch_ends_with_its_session(world: World) {
            let (sessions, token, account, id) = one_session(&world).await;
            let identity = sessions.identify(token.as_bytes()).await.unwrap();
            let hash = TokenHash::of_presented(token.as_bytes()).unwrap();
            let sessions = Arc::new(sessions);
            let mut watch = SessionWatch::new(Arc::clone(&sessions), identity, hash);
            watch.check().await.unwrap();
            // A revocation of another session of the account wakes the watch, which finds that it may go on.
            sessions.revocations().revoke(account);
            watch.check().await.unwrap();

            let ended = tokio::spawn(async move { watch.ended().await });
            world.db.write(End(account, id)).await.unwrap();
            sessions.revocations().revoke(account);
            assert!(matches!(ended.await.unwrap(), Error::Unauthenticated(Refusal::Token)));
        }

        async fn a_watch_does_not_begin_with_an_old_answer(world: World) {
            let (sessions, token, account, id) = one_session(&world).await;
            sessions.identify(token.as_bytes()).await.unwrap();
            // Another process ends it; here that is not known yet.
            world.db.write(End(account, id)).await.unwrap();
            let identity = sessions.identify(token.as_bytes()).await.unwrap();
            let hash = TokenHash::of_presented(token.as_bytes()).unwrap();
            let mut watch = SessionWatch::new(Arc::new(sessions), identity, hash);
            assert!(matches!(watch.ended().await, Error::Unauthenticated(Refusal::Token)));
        }
    }
}
