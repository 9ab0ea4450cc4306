//! Logging in: from a name and a password to a session, for those who know both and at nobody else's cost.
//!
//! Two limits slow down guessing. A source that tries too often is told to come back later, before anything is
//! computed. A (name, source) pair that was wrong too often is not told anything: it gets the answer of a wrong
//! password, after the same work, even with the right one. Neither touches anybody's sessions, nor the same name
//! from elsewhere.

use super::{
    password::{Passwords, Verdict},
    settings::AuthSettings,
    source::Source,
    throttle::Limiter,
    token::TokenHash,
};
use crate::{
    clock::Clock,
    error::{Error, Result},
    ids::AccountId,
    store::{
        accounts,
        db::{Conn, Write},
        sessions::{self, LiveAt, Session},
    },
};

/// Checks passwords, and slows down who guesses.
pub(crate) struct Gate {
    clock: Clock,
    pub(crate) passwords: Passwords,
    /// Attempts of a source.
    attempts: Limiter,
    /// Wrong passwords of a source for a name.
    mistakes: Limiter,
}

impl Gate {
    pub(crate) fn new(clock: Clock, settings: &AuthSettings) -> Self {
        Self {
            clock,
            passwords: Passwords::new(settings.hash_cost, settings.hash_queue),
            attempts: Limiter::new(settings.logins),
            mistakes: Limiter::new(settings.failed_logins),
        }
    }

    /// Lets a source try, or tells it for how long it has to wait. Calls from inside the process are not limited.
    pub(crate) fn admit(&self, source: Option<Source>) -> Result<()> {
        let Some(source) = source else { return Ok(()) };
        self.attempts
            .take(&source, self.clock.now())
            .map_err(|wait| Error::exhausted("Too many attempts from your network.", Some(wait)))
    }

    /// Checks a password against the stored hash of the named account. `None` is one that nobody can log in to.
    pub(crate) async fn check(
        &self,
        name: &str,
        source: Option<Source>,
        password: String,
        stored: Option<String>,
    ) -> Result<Verdict> {
        let pair = source.map(|source| (name.to_ascii_lowercase(), source));
        // Taken before, given back after: many attempts at once count as many.
        let open = pair.as_ref().is_none_or(|pair| self.mistakes.take(pair, self.clock.now()).is_ok());
        let verdict = self.passwords.verify(password, stored.filter(|_| open)).await;
        let was_mistake = matches!(verdict, Ok(Verdict { right: false, .. }));
        if let Some(pair) = pair.filter(|_| open && !was_mistake) {
            self.mistakes.give_back(&pair);
        }
        verdict
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
