//! Sessions and the question that every call asks: is this token good?
//!
//! An [`Authority`] answers it: the [database](rows) in one statement or, where the role auth is played elsewhere, the
//! [auth service](remote). The answer is kept for up to [`FRESH`], because most calls come from somebody who has just
//! called; that is also how long a revocation by *another* server may take to be noticed. One by this server acts at
//! once, and one by another as soon as it is heard of, see [`Revocations`].
//!
//! Whoever asks about a token whose answer is on its way waits for that one, see [`questions`].

mod questions;
#[cfg(feature = "network")]
mod remote;
mod rows;

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio::{sync::watch, time::Instant};

use self::questions::Questions;
#[cfg(feature = "network")]
pub(crate) use self::remote::RemoteAuth;
pub(crate) use self::rows::Rows;
use super::{
    revocations::Revocations,
    settings::AuthSettings,
    token::{PresentedToken, TokenHash},
};
use crate::{
    clock::{Clock, Time},
    error::{Error, Refusal, Result},
    identity::Identity,
    ids::{AccountId, SessionId},
    metrics::TokenMetrics,
    replicas::Herald,
    store::sessions::LiveAt,
};

/// For how long an answer is believed.
const FRESH: Duration = Duration::from_secs(5);
/// How many answers are kept. Each takes about 200 bytes.
const CACHED: u64 = 10_000;

/// Answers whether tokens are good.
pub(crate) struct Sessions {
    authority: Arc<Authority>,
    clock: Clock,
    idle: Duration,
    cache: Cache<TokenHash, Answer>,
    questions: Questions,
    revocations: Revocations,
    metrics: TokenMetrics,
}

/// Who knows whether a token is good.
pub(crate) enum Authority {
    /// The database.
    Rows(Rows),
    /// The auth service of another server.
    #[cfg(feature = "network")]
    Remote(RemoteAuth),
}

/// What the authority knows about a good token.
#[derive(Clone, Copy, Debug)]
struct Found {
    account_id: AccountId,
    session_id: SessionId,
    /// When it wants to be asked again at the latest.
    until: Time,
}

/// A good token, as the authority saw it.
#[derive(Clone, Debug)]
struct Answer {
    identity: Identity,
    checked: Time,
    /// Until when the answer can be believed, if nothing is revoked meanwhile.
    until: Time,
}

impl Authority {
    /// Whose token it is; `None` if it is not good.
    async fn check(&self, token: &PresentedToken, now: Time) -> Result<Option<Found>> {
        match self {
            Self::Rows(rows) => rows.check(token.hash(), now).await,
            #[cfg(feature = "network")]
            Self::Remote(auth) => auth.check(token).await,
        }
    }

    /// A token as it has to be kept for asking about it, now and later.
    #[cfg_attr(not(feature = "network"), expect(unused_variables, reason = "the database needs no text"))]
    fn present(&self, hash: TokenHash, text: &[u8]) -> PresentedToken {
        match self {
            Self::Rows(_) => PresentedToken::without_text(hash),
            #[cfg(feature = "network")]
            Self::Remote(_) => PresentedToken::with_text(hash, text),
        }
    }
}

impl Sessions {
    /// Revocations by this server are told to others by the herald.
    pub(crate) fn new(
        authority: Authority,
        clock: Clock,
        settings: &AuthSettings,
        herald: Herald,
        metrics: TokenMetrics,
    ) -> Self {
        Self {
            authority: Arc::new(authority),
            clock,
            idle: settings.session_idle,
            cache: Cache::new(CACHED),
            questions: Questions::default(),
            revocations: Revocations::new(herald),
            metrics,
        }
    }

    /// Returns who holds the token presented in an `authorization` header's value, without its `Bearer`.
    pub(crate) async fn identify(&self, token: &[u8]) -> Result<Identity> {
        let hash = TokenHash::of_presented(token).ok_or(Error::Unauthenticated(Refusal::Token))?;
        if let Some(identity) = self.cached(&hash) {
            self.metrics.hits.inc();
            return Ok(identity);
        }
        self.metrics.misses.inc();
        // Boxed, so that the many calls that need no look-up are not as large as one.
        Box::pin(self.look_up(self.authority.present(hash, token))).await
    }

    fn cached(&self, hash: &TokenHash) -> Option<Identity> {
        let answer = self.cache.get(hash)?;
        let now = self.clock.now();
        // A clock that was set back makes an answer old, not young.
        let fresh = (answer.checked..answer.until).contains(&now);
        (fresh && !self.revocations.concern(&answer.identity)).then_some(answer.identity)
    }

    /// Asks the authority, and keeps its answer.
    async fn look_up(&self, token: PresentedToken) -> Result<Identity> {
        // Before the question: whatever is revoked from here on may be unknown to its answer.
        let (as_of, now) = (self.revocations.now(), self.clock.now());
        let (authority, cache) = (Arc::clone(&self.authority), self.cache.clone());
        let hash = *token.hash();
        let question = async move {
            let Some(found) = authority.check(&token, now).await? else {
                cache.invalidate(&hash);
                return Err(Error::Unauthenticated(Refusal::Token));
            };
            let identity = Identity::of_session(found.account_id, found.session_id, token, as_of);
            let until = now.after(FRESH).min(found.until);
            cache.insert(hash, Answer { identity: identity.clone(), checked: now, until });
            Ok(identity)
        };
        self.questions.join_or_ask(hash, as_of, question).await
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
        match &*self.authority {
            Authority::Rows(rows) => rows.close().await,
            #[cfg(feature = "network")]
            Authority::Remote(_) => {}
        }
    }
}

/// Keeps an eye on the session behind a call that goes on and on.
pub(crate) struct SessionWatch {
    sessions: Arc<Sessions>,
    token: PresentedToken,
    identity: Identity,
    /// When the authority was asked last. What the call began with may have been an older answer.
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
        if !is_fresh || self.sessions.revocations.concern(&self.identity) {
            self.identity = self.sessions.look_up(self.token.clone()).await?;
            self.checked = Some(Instant::now());
        }
        Ok(())
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
        store::{
            db::{Conn, Write},
            sessions::{self, Session},
        },
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
        let settings = AuthSettings::default();
        let rows = Authority::Rows(Rows::new(world.db.clone(), &settings));
        let sessions =
            Sessions::new(rows, world.clock.clone(), &settings, Herald::default(), TokenMetrics::default());
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
            let token = PresentedToken::without_text(hash);
            let mut watch = SessionWatch::new(Arc::clone(&sessions), identity, token);
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
            let token = PresentedToken::without_text(hash);
            let mut watch = SessionWatch::new(Arc::new(sessions), identity, token);
            assert!(matches!(watch.ended().await, Error::Unauthenticated(Refusal::Token)));
        }
    }
}
