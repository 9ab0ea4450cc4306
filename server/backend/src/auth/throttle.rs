//! Slows down who tries too often, in a fixed amount of memory.
//!
//! A [`Limiter`] gives every key the same quota: a burst, refilled at a steady rate (GCRA, the generic cell rate
//! algorithm: all there is to remember of a key is the time at which its quota will be whole again). Keys are
//! not stored. Each one is hashed, with keys of this process, to a slot in each of two rows; it is over its quota
//! when both slots say so. Nobody can make the table grow or push another key out of it, and two keys rarely meet in
//! both rows.

use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::time::Time;

/// Slots per row: 128 KiB.
const SLOTS: usize = 1 << 14;

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At once, by somebody who has not done it for a while. At least 1.
    pub burst: u32,
    /// In the long run. At least 1.
    pub per_minute: u32,
}

/// Remembers how often keys were used. See the module's page.
pub(crate) struct Limiter {
    /// Of each slot, the time in microseconds at which its quota is whole again.
    rows: Mutex<[Box<[i64]>; 2]>,
    hashers: [RandomState; 2],
    /// Microseconds that one use costs.
    cost: i64,
    /// Microseconds that may be owed: the burst.
    credit: i64,
}

impl Limiter {
    pub(crate) fn new(quota: Quota) -> Self {
        let row = || vec![0; SLOTS].into_boxed_slice();
        let cost = (60_000_000 / i64::from(quota.per_minute.max(1))).max(1);
        Self {
            rows: Mutex::new([row(), row()]),
            hashers: [RandomState::new(), RandomState::new()],
            cost,
            credit: cost.saturating_mul(i64::from(quota.burst.max(1))),
        }
    }

    /// Uses the key's quota once.
    ///
    /// # Errors
    /// How long to wait, if it is used up. Nothing is used then.
    pub(crate) fn take(&self, key: &impl Hash, now: Time) -> Result<(), Duration> {
        let slots = self.slots(key);
        let mut rows = self.rows();
        let wait = self.wait(&rows, slots, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.use_once(&mut rows, slots, now);
        Ok(())
    }

    /// Whether the key's quota is used up.
    pub(crate) fn is_used_up(&self, key: &impl Hash, now: Time) -> bool {
        !self.wait(&self.rows(), self.slots(key), now).is_zero()
    }

    /// Uses the key's quota once, even if it is used up; then it takes longer to be there again.
    pub(crate) fn charge(&self, key: &impl Hash, now: Time) {
        let slots = self.slots(key);
        self.use_once(&mut self.rows(), slots, now);
    }

    /// How long until the quota is enough for one use.
    fn wait(&self, rows: &[Box<[i64]>; 2], slots: [usize; 2], now: Time) -> Duration {
        let owed = rows[0][slots[0]].min(rows[1][slots[1]]).saturating_sub(now.as_micros()).max(0);
        let wait = owed.saturating_add(self.cost).saturating_sub(self.credit);
        Duration::from_micros(wait.max(0).unsigned_abs())
    }

    fn use_once(&self, rows: &mut [Box<[i64]>; 2], slots: [usize; 2], now: Time) {
        for (row, slot) in rows.iter_mut().zip(slots) {
            row[slot] = row[slot].max(now.as_micros()).saturating_add(self.cost);
        }
    }

    fn slots(&self, key: &impl Hash) -> [usize; 2] {
        [0, 1].map(|row| usize::try_from(self.hashers[row].hash_one(key) % SLOTS as u64).unwrap_or(0))
    }

    fn rows(&self) -> MutexGuard<'_, [Box<[i64]>; 2]> {
        // Whole after every statement, so a panic elsewhere has broken nothing.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(burst: u32, per_minute: u32) -> Limiter {
        Limiter::new(Quota { burst, per_minute })
    }

    const NOW: Time = Time::from_micros(1_700_000_000_000_000);

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let limiter = limiter(3, 60);
        for _ in 0..3 {
            assert_eq!(limiter.take(&"ann", NOW), Ok(()));
        }
        assert_eq!(limiter.take(&"ann", NOW), Err(Duration::from_secs(1)));
        assert_eq!(
            limiter.take(&"ann", NOW.after(Duration::from_millis(600))),
            Err(Duration::from_millis(400))
        );
        assert_eq!(limiter.take(&"ann", NOW.after(Duration::from_secs(1))), Ok(()));
        assert!(limiter.take(&"ann", NOW.after(Duration::from_secs(1))).is_err());
    }

    #[test]
    fn keys_do_not_share_an_allowance() {
        let limiter = limiter(1, 1);
        let free = (0..1_000).filter(|key| limiter.take(key, NOW).is_ok()).count();
        // 999 others in 16,384 slots: two in both rows are a matter of a few in a thousand.
        assert!(free >= 980, "{free}");
    }

    #[test]
    fn charges_add_up_beyond_the_allowance() {
        let limiter = limiter(2, 60);
        assert!(!limiter.is_used_up(&"ann", NOW));
        for _ in 0..5 {
            limiter.charge(&"ann", NOW);
        }
        assert!(limiter.is_used_up(&"ann", NOW.after(Duration::from_millis(3_999))));
        assert!(!limiter.is_used_up(&"ann", NOW.after(Duration::from_secs(4))));
        assert!(!limiter.is_used_up(&"bob", NOW));
    }

    #[test]
    fn a_refused_attempt_is_not_charged() {
        let limiter = limiter(1, 60);
        assert!(limiter.take(&"ann", NOW).is_ok());
        for _ in 0..100 {
            assert_eq!(limiter.take(&"ann", NOW), Err(Duration::from_secs(1)));
        }
    }
}
