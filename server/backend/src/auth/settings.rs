//! What an operator may set about the auth service.

use std::time::Duration;

use super::{password_hash::HashCost, throttle::Quota};

/// What an operator may set about the auth service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthSettings {
    /// What a password hash costs.
    pub hash_cost: HashCost,
    /// How many logins may wait for their hash to be computed.
    pub hash_queue: usize,
    /// How long a session lives at most.
    pub session_lifetime: Duration,
    /// How long a session lives that is not used.
    pub session_idle: Duration,
    /// Wrong passwords and registrations from one source.
    pub logins: Quota,
    /// Wrong passwords for one name from one source, of one known device, and in one session.
    pub failed_logins: Quota,
    /// Wrong passwords for one name from all sources, those of known devices apart.
    pub failed_logins_of_name: Quota,
}

impl AuthSettings {
    /// The default of `hash_queue`: two to three seconds of work for one core.
    pub const HASH_QUEUE: usize = 128;
    /// The default of `session_lifetime`: 90 days.
    pub const SESSION_LIFETIME: Duration = Duration::from_hours(90 * 24);
    /// The default of `session_idle`: 30 days.
    pub const SESSION_IDLE: Duration = Duration::from_hours(30 * 24);
    /// The default of `logins`: an office behind one address in the morning, and then one a second.
    pub const LOGINS: Quota = Quota { burst: 100, per_hour: 3_600 };
    /// The default of `failed_logins`: ten mistakes, and then one every minute.
    pub const FAILED_LOGINS: Quota = Quota { burst: 10, per_hour: 60 };
    /// The default of `failed_logins_of_name`: at most 90 in any hour.
    pub const FAILED_LOGINS_OF_NAME: Quota = Quota { burst: 30, per_hour: 60 };
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            hash_cost: HashCost::default(),
            hash_queue: Self::HASH_QUEUE,
            session_lifetime: Self::SESSION_LIFETIME,
            session_idle: Self::SESSION_IDLE,
            logins: Self::LOGINS,
            failed_logins: Self::FAILED_LOGINS,
            failed_logins_of_name: Self::FAILED_LOGINS_OF_NAME,
        }
    }
}
