//! The token check that every call passes: is this token valid?
//!
//! The [`TokenVerifier`] answers it: the database in one statement, or the auth service of another server. The answer is
//! cached for up to [`FRESH`], because most calls come from somebody who has just called; that is also how long a
//! revocation by *another* server may take to be noticed at most. One by this server acts at once, and one by another as
//! soon as its notification arrives, see [`Revocations`].
//!
//! Concurrent lookups of one token are one lookup, see [`SingleFlight`].

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use todo_model::clock::Clock;
use tokio::{sync::watch, time::Instant};

use super::{
    identity::Identity,
    revocations::Revocations,
    single_flight::SingleFlight,
    token::{PresentedToken, TokenHash},
    verifier::TokenVerifier,
};
use crate::{
    cluster::Notifier,
    error::{Error, Refusal, Result},
    metrics::TokenMetrics,
    store::sessions::LiveAt,
    time::Time,
};

/// For how long an answer is believed.
const FRESH: Duration = Duration::from_secs(5);
/// How many answers are kept. Each takes about 200 bytes.
const CACHED: u64 = 10_000;

/// Answers whether tokens are good.
pub(crate) struct Sessions {
    verifier: Arc<dyn TokenVerifier>,
    clock: Clock,
    idle: Duration,
    cache: Cache<TokenHash, Answer>,
    lookups: SingleFlight,
    revocations: Revocations,
    metrics: TokenMetrics,
}

/// A valid token, as the verifier saw it.
#[derive(Clone, Debug)]
struct Answer {
    identity: Identity,
    checked: Time,
    /// Until when the answer can be believed, if nothing is revoked meanwhile.
    until: Time,
}

impl Sessions {
    /// Other servers are notified of the revocations by this one. A session ends after `idle` without use.
    pub(crate) fn new(
        verifier: Arc<dyn TokenVerifier>,
        clock: Clock,
        idle: Duration,
        notifier: Notifier,
        metrics: TokenMetrics,
    ) -> Self {
        Self {
            verifier,
            clock,
            idle,
            cache: Cache::new(CACHED),
            lookups: SingleFlight::default(),
            revocations: Revocations::new(notifier),
            metrics,
        }
    }

    /// Returns who holds the token presented in an `authorization` header's value, without its `Bearer`.
    pub(crate) async fn identify(&self, token: &[u8]) -> Result<Identity> {
        let hash = TokenHash::of_presented(token).ok_or(Error::Unauthenticated(Refusal::Token))?;
        if let Some(answer) = self.cached(&hash) {
            self.metrics.hits.inc();
            return Ok(answer.identity);
        }
        self.metrics.misses.inc();
        // Boxed, so that the many calls that need no look-up are not as large as one.
        let token = if self.verifier.needs_text() {
            PresentedToken::with_text(hash, token)
        } else {
            PresentedToken::without_text(hash)
        };
        Box::pin(self.look_up(token)).await
    }

    fn cached(&self, hash: &TokenHash) -> Option<Answer> {
        let answer = self.cache.get(hash)?;
        let now = Time::now(&self.clock);
        // A clock that was set back makes an answer old, not young.
        let fresh = (answer.checked..answer.until).contains(&now);
        (fresh && !self.is_revoked(&answer.identity)).then_some(answer)
    }

    /// Whether something about the account was revoked since the verifier was asked.
    fn is_revoked(&self, identity: &Identity) -> bool {
        self.revocations.affects(identity.account_id, identity.as_of)
    }

    /// Asks the verifier, and caches its answer.
    async fn look_up(&self, token: PresentedToken) -> Result<Identity> {
        // Before the lookup: its answer may not know of what is revoked from here on.
        let (since, now) = (self.revocations.now(), Time::now(&self.clock));
        let (verifier, cache) = (Arc::clone(&self.verifier), self.cache.clone());
        let hash = *token.hash();
        let lookup = async move {
            let Some(found) = verifier.verify(&token, now).await? else {
                cache.invalidate(&hash);
                return Err(Error::Unauthenticated(Refusal::Token));
            };
            let identity =
                Identity::of_session(found.account_id, found.session_id, &found.client, token, since);
            let until = now.after(FRESH).min(found.until);
            cache.insert(hash, Answer { identity: identity.clone(), checked: now, until });
            Ok(identity)
        };
        self.lookups.join_or_start(hash, since, lookup).await
    }

    /// What makes a session live at this time.
    pub(crate) fn live_at(&self, now: Time) -> LiveAt {
        LiveAt { now, idle_since: now.before(self.idle) }
    }

    /// Who is told that sessions ended.
    pub(crate) fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// Waits for what is being written on the side.
    pub(crate) async fn close(&self) {
        self.verifier.close().await;
    }
}

/// Keeps an eye on the session behind a call that goes on and on.
pub(crate) struct SessionWatch {
    sessions: Arc<Sessions>,
    token: PresentedToken,
    identity: Identity,
    /// When the verifier was asked last, by this watch or by another of the session. What the call began with may have been an
    /// older answer.
    checked: Option<Instant>,
    revoked: watch::Receiver<()>,
}

impl SessionWatch {
    pub(crate) fn new(sessions: Arc<Sessions>, identity: Identity, token: PresentedToken) -> Self {
        let revoked = sessions.revocations.subscribe();
        Self { sessions, token, identity, checked: None, revoked }
    }

    /// Fails if the session has ended, or if that cannot be found out. Costs nothing most of the time.
    pub(crate) async fn check(&mut self) -> Result<()> {
        let is_fresh = self.checked.is_some_and(|checked| checked.elapsed() < FRESH);
        if is_fresh && !self.sessions.is_revoked(&self.identity) {
            return Ok(());
        }
        // Many watches of one session ask once for all of them.
        if let Some((identity, checked)) = self.newer_answer() {
            (self.identity, self.checked) = (identity, Some(checked));
            return Ok(());
        }
        self.identity = self.sessions.look_up(self.token.clone()).await?;
        self.checked = Some(Instant::now());
        Ok(())
    }

    /// What somebody else was answered since this watch was, and when.
    fn newer_answer(&self) -> Option<(Identity, Instant)> {
        let answer = self.sessions.cached(self.token.hash())?;
        let age = Time::now(&self.sessions.clock).as_micros() - answer.checked.as_micros();
        let checked = Instant::now().checked_sub(Duration::from_micros(age.try_into().ok()?))?;
        (checked > self.checked?).then_some((answer.identity, checked))
    }

    /// Returns why the call must end, when it must: at once after a revocation by this server, within [`FRESH`]
    /// otherwise.
    pub(crate) async fn ended(&mut self) -> Error {
        loop {
            // First, so that nothing is missed when this is dropped half-way and called again.
            if let Err(error) = self.check().await {
                return error;
            }
            // An error means that the sessions are gone, and with them the server.
            let rest = self.checked.map_or(FRESH, |checked| FRESH.saturating_sub(checked.elapsed()));
            drop(tokio::time::timeout(rest, self.revoked.changed()).await);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::{
        identity::{SessionTable, Token},
        ids::{AccountId, SessionId},
        store::{
            conn::{Conn, Write},
            sessions::{self, Session},
        },
        testing::{TestDb, on_both_engines},
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

    /// The sessions of a test_db, and one of them: its token and its ids.
    async fn one_session(test_db: &TestDb) -> (Sessions, String, AccountId, SessionId) {
        let account = test_db.account("ann").await;
        let now = Time::now(&test_db.clock);
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
        test_db.db.write(Open { session, token: token.hash() }).await.unwrap();
        let idle = Duration::from_hours(30 * 24);
        let table = Arc::new(SessionTable::new(test_db.db.clone(), idle));
        let sessions =
            Sessions::new(table, test_db.clock.clone(), idle, Notifier::default(), TokenMetrics::default());
        (sessions, token.into_exposed(), account, id)
    }

    fn is_refused(result: &Result<Identity>) -> bool {
        matches!(result, Err(Error::Unauthenticated(Refusal::Token)))
    }

    on_both_engines! {
        async fn an_answer_is_cached_for_5_seconds(test_db: TestDb) {
            let (sessions, token, account, id) = one_session(&test_db).await;
            let identity = sessions.identify(token.as_bytes()).await.unwrap();
            assert_eq!((identity.account_id, identity.session_id), (account, Some(id)));
            // Another process ends it.
            test_db.db.write(End(account, id)).await.unwrap();
            test_db.advance(FRESH.saturating_sub(Duration::from_micros(1)));
            assert!(sessions.identify(token.as_bytes()).await.is_ok());
            test_db.advance(Duration::from_micros(1));
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn a_revocation_by_this_server_acts_at_once(test_db: TestDb) {
            let (sessions, token, account, id) = one_session(&test_db).await;
            sessions.identify(token.as_bytes()).await.unwrap();
            test_db.db.write(End(account, id)).await.unwrap();
            sessions.revocations().revoke(account);
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn an_answer_in_flight_during_a_revocation_is_stale(test_db: TestDb) {
            let (sessions, token, account, id) = one_session(&test_db).await;
            // Asked before the revocation, put into the cache after it: what a slow call does.
            let slow = sessions.identify(token.as_bytes()).await.unwrap();
            let hash = TokenHash::of_presented(token.as_bytes()).unwrap();
            let answer = sessions.cache.get(&hash).unwrap();
            test_db.db.write(End(account, id)).await.unwrap();
            sessions.revocations().revoke(account);
            sessions.cache.insert(hash, Answer { identity: slow, ..answer });
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn a_clock_that_is_set_back_does_not_extend_an_answer(test_db: TestDb) {
            let (sessions, token, account, id) = one_session(&test_db).await;
            test_db.advance(Duration::from_mins(10));
            sessions.identify(token.as_bytes()).await.unwrap();
            test_db.db.write(End(account, id)).await.unwrap();
            test_db.set_back(Duration::from_mins(5));
            assert!(is_refused(&sessions.identify(token.as_bytes()).await));
        }

        async fn a_watch_ends_with_its_session(test_db: TestDb) {
            let (sessions, token, account, id) = one_session(&test_db).await;
            let identity = sessions.identify(token.as_bytes()).await.unwrap();
            let hash = TokenHash::of_presented(token.as_bytes()).unwrap();
            let sessions = Arc::new(sessions);
            let token = PresentedToken::without_text(hash);
            let mut watch = SessionWatch::new(Arc::clone(&sessions), identity, token);
            watch.check().await.unwrap();
            // A revocation of another session of the account wakes the watch, which finds that it may go on.
            sessions.revocations().revoke(account);
            watch.check().await.unwrap();

            let ended = tokio::spawn(async move { watch.ended().await });
            test_db.db.write(End(account, id)).await.unwrap();
            sessions.revocations().revoke(account);
            assert!(matches!(ended.await.unwrap(), Error::Unauthenticated(Refusal::Token)));
        }

        async fn watches_of_a_session_ask_once_for_all_of_them(test_db: TestDb) {
            let (sessions, token, account, id) = one_session(&test_db).await;
            let sessions = Arc::new(sessions);
            let identity = sessions.identify(token.as_bytes()).await.unwrap();
            let token = PresentedToken::without_text(TokenHash::of_presented(token.as_bytes()).unwrap());
            let mut watches = Vec::new();
            for _ in 0..2 {
                let mut watch = SessionWatch::new(Arc::clone(&sessions), identity.clone(), token.clone());
                watch.check().await.unwrap();
                watches.push(watch);
            }
            // 5 seconds later the first one asks, and then another process ends the session.
            test_db.advance(FRESH);
            for watch in &mut watches {
                watch.checked = Instant::now().checked_sub(FRESH);
            }
            watches[0].check().await.unwrap();
            test_db.db.write(End(account, id)).await.unwrap();
            watches[1].check().await.unwrap();
            assert!(watches[1].checked.unwrap().elapsed() < FRESH, "as the first one was told");
            // Another 5 seconds later nobody is told so any more.
            test_db.advance(FRESH);
            watches[1].checked = Instant::now().checked_sub(FRESH);
            assert!(watches[1].check().await.is_err());
        }

        async fn a_watch_does_not_start_with_a_cached_answer(test_db: TestDb) {
            let (sessions, token, account, id) = one_session(&test_db).await;
            sessions.identify(token.as_bytes()).await.unwrap();
            // Another process ends it; here that is not known yet.
            test_db.db.write(End(account, id)).await.unwrap();
            let identity = sessions.identify(token.as_bytes()).await.unwrap();
            let hash = TokenHash::of_presented(token.as_bytes()).unwrap();
            let token = PresentedToken::without_text(hash);
            let mut watch = SessionWatch::new(Arc::new(sessions), identity, token);
            assert!(matches!(watch.ended().await, Error::Unauthenticated(Refusal::Token)));
        }
    }
}
