//! Logging in: from a name and a password to a session.
//!
//! Who guesses too often is told so, and for how long to wait, before anything is computed; see
//! [`login_throttle`](super::login_throttle). Nobody's sessions notice.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use todo_model::{caller::ClientIp, clock::Clock};

use super::{
    login_throttle::{Guess, LoginThrottle, Throttled},
    password::{PasswordCheck, Passwords},
    settings::AuthSettings,
};
use crate::{
    error::{Error, Result},
    identity::TokenHash,
    ids::AccountId,
    metrics::AuthMetrics,
    store::{
        accounts,
        conn::{Conn, Write},
        devices,
        sessions::{self, LiveAt, Session},
    },
    time::Time,
};

/// Checks passwords, and slows down who guesses.
pub(crate) struct LoginGuard {
    clock: Clock,
    pub(crate) passwords: Passwords,
    throttle: LoginThrottle,
    throttled: Counter,
}

impl LoginGuard {
    pub(crate) fn new(clock: Clock, settings: &AuthSettings, metrics: &AuthMetrics) -> Self {
        Self {
            clock,
            passwords: Passwords::new(settings.hash_cost, settings.hash_queue, metrics.clone()),
            throttle: LoginThrottle::new(settings),
            throttled: metrics.throttled.clone(),
        }
    }

    /// Lets a source register, or tells it for how long it has to wait. Calls from inside the process are not limited.
    pub(crate) fn admit(&self, source: Option<ClientIp>) -> Result<()> {
        let Some(source) = source else { return Ok(()) };
        self.throttle.charge_source(source, Time::now(&self.clock)).map_err(|refused| self.refuse(&refused))
    }

    /// Checks a password against the stored hash of the named account. `None` is one that nobody can log in to. A guess of
    /// `None` comes from inside the process, and is not limited.
    pub(crate) async fn check(
        &self,
        name: &str,
        guess: Option<Guess>,
        password: String,
        stored: Option<String>,
    ) -> Result<PasswordCheck> {
        let Some(guess) = guess else { return self.verify(name, password, stored).await };
        let charge = self.throttle.charge(&guess, Time::now(&self.clock));
        let charge = charge.map_err(|refused| self.refuse(&refused))?;
        let verdict = self.verify(name, password, stored).await;
        if verdict.as_ref().map_or(true, |verdict| verdict.right) {
            charge.refund();
        }
        verdict
    }

    fn refuse(&self, refused: &Throttled) -> Error {
        self.throttled.inc();
        // Whole seconds, never too early: nothing tells one name from another.
        let seconds = refused.wait.as_secs() + u64::from(refused.wait.subsec_nanos() > 0);
        Error::exhausted(refused.text, Some(Duration::from_secs(seconds)))
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
    /// What the device is known by from now on.
    pub(crate) device: TokenHash,
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
        devices::remember(conn, owner, self.device.as_bytes(), self.session.create_time).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures_util::future::join_all;
    use rand::{SeedableRng as _, rngs::StdRng};
    use todo_model::TokenKind;

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

    fn device(seed: u64) -> TokenHash {
        Token::of_kind(TokenKind::Device, &mut StdRng::seed_from_u64(seed)).hash()
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
            device: device(seed),
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
            failed_logins: Quota { burst: 2, per_hour: 60 },
            ..AuthSettings::default()
        };
        let login_guard = LoginGuard::new(Clock::system(), &settings, &AuthMetrics::default());
        let stored = login_guard.passwords.hash("correct horse".into()).await.unwrap();
        let check = |name: &'static str, password: String| {
            let (login_guard, stored) = (&login_guard, stored.clone());
            let guess = Guess::Unknown { name: name.into(), source: IpAddr::from([192, 0, 2, 1]).into() };
            async move { login_guard.check(name, Some(guess), password, Some(stored)).await }
        };
        for _ in 0..5 {
            assert!(check("ann", "correct horse".into()).await.unwrap().right, "the right one costs nothing");
        }
        let guesses = (0..20).map(|guess| format!("horse number {guess}")).chain(["correct horse".into()]);
        let answers = join_all(guesses.map(|guess| check("ann", guess))).await;
        let (tried, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert!(tried.len() == 2 && tried.iter().all(|verdict| !verdict.as_ref().unwrap().right));
        for refusal in refused {
            assert!(
                matches!(refusal, Err(Error::ResourceExhausted { retry_after: Some(_), .. })),
                "{refusal:?}"
            );
        }
        assert!(check("bob", "correct horse".into()).await.unwrap().right, "another name");
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

        async fn the_20_devices_that_were_used_last_are_known(test_db: TestDb) {
            let owner = account(&test_db).await;
            for seed in 0..21 {
                test_db.advance(Duration::from_secs(1));
                assert!(test_db.db.write(open(&test_db, owner, seed, "one")).await.unwrap());
                if seed == 19 {
                    // The oldest is used once more.
                    test_db.advance(Duration::from_secs(1));
                    let again = OpenSession { device: device(0), ..open(&test_db, owner, 100, "one") };
                    assert!(test_db.db.write(again).await.unwrap());
                }
            }
            let mut reader = test_db.db.reader().await.unwrap();
            let mut known = Vec::new();
            for seed in 0..21 {
                if devices::is_known(&mut reader.conn(), owner, device(seed).as_bytes()).await.unwrap() {
                    known.push(seed);
                }
            }
            assert_eq!(known, [0].into_iter().chain(2..21).collect::<Vec<_>>());
            let other = AccountId::generate(Time::now(&test_db.clock));
            assert!(!devices::is_known(&mut reader.conn(), other, device(0).as_bytes()).await.unwrap());
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
