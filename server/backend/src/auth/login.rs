//! Logging in: from a name and a password to a session.
//!
//! Two limits slow down guessing. A source that tries too often is told to come back later, before anything is
//! computed. A (name, source) pair that was wrong too often is not told anything: it gets the answer of a wrong
//! password, after the same work, even with the right one. Neither touches anybody's sessions, nor the same name
//! from elsewhere.

use prometheus_client::metrics::counter::Counter;
use todo_model::{caller::ClientIp, clock::Clock};

use super::{
    password::{PasswordCheck, Passwords},
    settings::AuthSettings,
    throttle::Limiter,
};
use crate::{
    error::{Error, Result},
    identity::TokenHash,
    ids::AccountId,
    metrics::AuthMetrics,
    store::{
        accounts,
        conn::{Conn, Write},
        sessions::{self, LiveAt, Session},
    },
    time::Time,
};

/// Checks passwords, and slows down who guesses.
pub(crate) struct LoginGuard {
    clock: Clock,
    pub(crate) passwords: Passwords,
    /// Attempts of a source.
    attempts: Limiter,
    /// Wrong passwords of a source for a name.
    mistakes: Limiter,
    throttled: Counter,
}

impl LoginGuard {
    pub(crate) fn new(clock: Clock, settings: &AuthSettings, metrics: &AuthMetrics) -> Self {
        Self {
            clock,
            passwords: Passwords::new(settings.hash_cost, settings.hash_queue, metrics.clone()),
            attempts: Limiter::new(settings.logins),
            mistakes: Limiter::new(settings.failed_logins),
            throttled: metrics.throttled.clone(),
        }
    }

    /// Lets a source try, or tells it for how long it has to wait. Calls from inside the process are not limited.
    pub(crate) fn admit(&self, source: Option<ClientIp>) -> Result<()> {
        let Some(source) = source else { return Ok(()) };
        self.attempts.take(&source, Time::now(&self.clock)).map_err(|wait| {
            self.throttled.inc();
            Error::exhausted("Too many attempts from your network.", Some(wait))
        })
    }

    /// Checks a password against the stored hash of the named account. `None` is one that nobody can log in to.
    pub(crate) async fn check(
        &self,
        name: &str,
        source: Option<ClientIp>,
        password: String,
        stored: Option<String>,
    ) -> Result<PasswordCheck> {
        let Some(source) = source else { return self.verify(name, password, stored).await };
        let pair = (name.to_ascii_lowercase(), source);
        let is_shut = || self.mistakes.is_used_up(&pair, Time::now(&self.clock));
        if is_shut() {
            // As much work as ever, and nothing to learn from it.
            return self.passwords.verify(password, None).await;
        }
        let verdict = self.verify(name, password, stored).await?;
        if !verdict.right {
            self.mistakes.charge(&pair, Time::now(&self.clock));
        } else if is_shut() {
            // Many guesses at once are no better than one after the other.
            return Ok(PasswordCheck { right: false, upgrade: None, unusable: None });
        }
        Ok(verdict)
    }

    async fn verify(&self, name: &str, password: String, stored: Option<String>) -> Result<PasswordCheck> {
        let verdict = self.passwords.verify(password, stored).await?;
        if let Some(reason) = verdict.unusable {
            tracing::error!(username = name, %reason, "the stored password hash of an account cannot be used");
        }
        Ok(verdict)
    }
}

/// Opens a session for somebody who knew the password. Answers whether that was still the password by then.
pub(crate) struct OpenSession {
    pub(crate) session: Session,
    pub(crate) token: TokenHash,
    /// The hash that the password was checked against.
    pub(crate) password_hash: String,
    /// A stronger one to take its place.
    pub(crate) upgrade: Option<String>,
    /// What makes the account's other sessions live. Those that are not are cleared away.
    pub(crate) live_at: LiveAt,
}

impl Write for OpenSession {
    type Output = bool;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
        let owner: AccountId = self.session.account_id;
        // Locked: a change of the password either sees this session and ends it, or comes first and prevents it.
        if !accounts::still_has_password(conn, owner, &self.password_hash).await? {
            return Ok(false);
        }
        if let Some(upgrade) = &self.upgrade {
            accounts::set_password_hash(conn, owner, upgrade).await?;
        }
        sessions::delete_dead(conn, owner, self.live_at).await?;
        sessions::insert(conn, &self.session, self.token.as_bytes()).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::Duration};

    use futures_util::future::join_all;
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::{
        auth::{
            accounts::{CreateAccount, DeleteAccount, ReplacePassword},
            throttle::Quota,
        },
        identity::Token,
        ids::SessionId,
        store::accounts::Account,
        testing::{TestDb, on_both_engines},
    };

    /// Makes an account whose password's hash is `one`.
    async fn account(test_db: &TestDb) -> AccountId {
        let now = Time::now(&test_db.clock);
        let account = Account {
            id: AccountId::generate(now),
            username: "ann".into(),
            username_key: "ann".into(),
            password_hash: Some("one".into()),
            register_request_id: None,
            disable_time: None,
            create_time: now,
        };
        let id = account.id;
        assert!(test_db.db.write(CreateAccount { account, time_zone: "UTC".into() }).await.unwrap());
        id
    }

    /// A login of somebody who knew the password with this hash.
    fn open(test_db: &TestDb, owner: AccountId, seed: u64, password_hash: &str) -> OpenSession {
        let now = Time::now(&test_db.clock);
        let session = Session {
            id: SessionId::generate(now),
            account_id: owner,
            client: String::new(),
            create_time: now,
            last_use_time: now,
            expire_time: now.after(Duration::from_secs(100)),
        };
        OpenSession {
            session,
            token: Token::generate(&mut StdRng::seed_from_u64(seed)).hash(),
            password_hash: password_hash.into(),
            upgrade: None,
            live_at: LiveAt { now, idle_since: now.before(Duration::from_secs(100)) },
        }
    }

    async fn count(test_db: &TestDb, owner: AccountId) -> usize {
        let at =
            LiveAt { now: crate::time::Time::from_micros(0), idle_since: crate::time::Time::from_micros(0) };
        sessions::list(&mut test_db.db.reader().await.unwrap().conn(), owner, at, None, 100)
            .await
            .unwrap()
            .len()
    }

    #[tokio::test]
    async fn concurrent_guesses_are_throttled_like_sequential_ones() {
        let settings = AuthSettings {
            hash_queue: 1_000,
            failed_logins: Quota { burst: 2, per_minute: 1 },
            ..AuthSettings::default()
        };
        let login_guard = LoginGuard::new(Clock::system(), &settings, &AuthMetrics::default());
        let stored = login_guard.passwords.hash("correct horse".into()).await.unwrap();
        let source = Some(ClientIp::from(IpAddr::from([192, 0, 2, 1])));
        let check = |name: &'static str, password: String| {
            let (login_guard, stored) = (&login_guard, stored.clone());
            async move { login_guard.check(name, source, password, Some(stored)).await.unwrap().right }
        };
        // So many that the last one waits in the queue until others were found wrong. All begin before that.
        let wrong = std::thread::available_parallelism().unwrap().get() + 10;
        let guesses = (0..wrong).map(|guess| format!("horse number {guess}")).chain(["correct horse".into()]);
        let answers = join_all(guesses.map(|guess| check("ann", guess))).await;
        assert!(answers.iter().all(|right| !right));
        assert!(check("bob", "correct horse".into()).await, "another name");
    }

    on_both_engines! {
        async fn a_password_changed_during_a_login_opens_no_session(test_db: TestDb) {
            let owner = account(&test_db).await;
            let first = open(&test_db, owner, 1, "one");
            let keep = first.session.id;
            assert!(test_db.db.write(first).await.unwrap());
            assert!(test_db.db.write(open(&test_db, owner, 2, "one")).await.unwrap());
            let change = |current: &str, new: &str| ReplacePassword {
                owner,
                current_hash: current.into(),
                new_hash: new.into(),
                keep,
            };
            assert_eq!(test_db.db.write(change("one", "two")).await.unwrap(), Some(1));
            assert_eq!(test_db.db.write(change("one", "three")).await.unwrap(), None, "changed already");
            assert!(!test_db.db.write(open(&test_db, owner, 3, "one")).await.unwrap());
            assert_eq!(count(&test_db, owner).await, 1);
            let delete = |current: &str| DeleteAccount { owner, current_hash: current.into(), now: Time::now(&test_db.clock) };
            assert!(!test_db.db.write(delete("one")).await.unwrap());
            assert!(test_db.db.write(delete("two")).await.unwrap());
            assert!(!test_db.db.write(open(&test_db, owner, 4, "two")).await.unwrap(), "deleted");
        }

        async fn an_upgraded_hash_replaces_the_old_one(test_db: TestDb) {
            let owner = account(&test_db).await;
            let upgrading = OpenSession { upgrade: Some("stronger".into()), ..open(&test_db, owner, 1, "one") };
            assert!(test_db.db.write(upgrading).await.unwrap());
            assert!(!test_db.db.write(open(&test_db, owner, 2, "one")).await.unwrap());
            assert!(test_db.db.write(open(&test_db, owner, 2, "stronger")).await.unwrap());
        }

        async fn a_login_deletes_expired_sessions(test_db: TestDb) {
            let owner = account(&test_db).await;
            for seed in 0..3 {
                assert!(test_db.db.write(open(&test_db, owner, seed, "one")).await.unwrap());
            }
            test_db.advance(Duration::from_secs(100));
            assert!(test_db.db.write(open(&test_db, owner, 3, "one")).await.unwrap());
            assert_eq!(count(&test_db, owner).await, 1);
        }
    }
}
