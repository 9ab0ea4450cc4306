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

/// Slots per row: 512 KiB, which the system provides as they are used.
const SLOTS: usize = 1 << 16;

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At once, by somebody who has not done it for a while. At least 1.
    pub burst: u32,
    /// In the long run. At least 1.
    pub per_hour: u32,
}

/// Where a [`Limiter`] remembers a key: a slot of each row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots([usize; 2]);

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
        let cost = (3_600_000_000 / i64::from(quota.per_hour.max(1))).max(1);
        Self {
            rows: Mutex::new([row(), row()]),
            hashers: [RandomState::new(), RandomState::new()],
            cost,
            credit: cost.saturating_mul(i64::from(quota.burst.max(1))),
        }
    }

    /// Returns where the key's quota is remembered.
    pub(crate) fn slots(&self, key: &impl Hash) -> Slots {
        Slots([0, 1].map(|row| usize::try_from(self.hashers[row].hash_one(key) % SLOTS as u64).unwrap_or(0)))
    }

    /// Uses a quota once.
    ///
    /// # Errors
    /// How long to wait, if it is used up. Nothing is used then.
    pub(crate) fn take(&self, slots: Slots, now: Time) -> Result<(), Duration> {
        let mut rows = self.rows();
        let wait = self.wait_of(&rows, slots, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        for (row, slot) in rows.iter_mut().zip(slots.0) {
            row[slot] = row[slot].max(now.as_micros()).saturating_add(self.cost);
        }
        Ok(())
    }

    /// Takes one use back.
    pub(crate) fn refund(&self, slots: Slots) {
        for (row, slot) in self.rows().iter_mut().zip(slots.0) {
            row[slot] = row[slot].saturating_sub(self.cost);
        }
    }

    /// How long until the quota is enough for one use.
    pub(crate) fn wait(&self, slots: Slots, now: Time) -> Duration {
        self.wait_of(&self.rows(), slots, now)
    }

    fn wait_of(&self, rows: &[Box<[i64]>; 2], slots: Slots, now: Time) -> Duration {
        let owed = rows[0][slots.0[0]].min(rows[1][slots.0[1]]).saturating_sub(now.as_micros()).max(0);
        let wait = owed.saturating_add(self.cost).saturating_sub(self.credit);
        Duration::from_micros(wait.max(0).unsigned_abs())
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
        Limiter::new(Quota { burst, per_hour: per_minute * 60 })
    }

    const NOW: Time = Time::from_micros(1_700_000_000_000_000);

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let limiter = limiter(3, 60);
        let take = |millis| limiter.take(limiter.slots(&"ann"), NOW.after(Duration::from_millis(millis)));
        for _ in 0..3 {
            assert_eq!(take(0), Ok(()));
        }
        assert_eq!(take(0), Err(Duration::from_secs(1)));
        assert_eq!(take(600), Err(Duration::from_millis(400)));
        assert_eq!(take(1_000), Ok(()));
        assert!(take(1_000).is_err());
    }

    #[test]
    fn keys_do_not_share_an_allowance() {
        let limiter = limiter(1, 1);
        let free = (0..1_000).filter(|key| limiter.take(limiter.slots(key), NOW).is_ok()).count();
        // 999 others in 65,536 slots: two in both rows are a matter of one in some thousands.
        assert!(free >= 990, "{free}");
    }

    #[test]
    fn a_refund_makes_room_for_one_more() {
        let limiter = limiter(2, 60);
        let ann = limiter.slots(&"ann");
        assert!(limiter.take(ann, NOW).is_ok() && limiter.take(ann, NOW).is_ok());
        limiter.refund(ann);
        assert_eq!(limiter.wait(ann, NOW), Duration::ZERO);
        assert!(limiter.take(ann, NOW).is_ok());
        assert_eq!(limiter.take(ann, NOW), Err(Duration::from_secs(1)));
    }

    #[test]
    fn a_refused_attempt_is_not_charged() {
        let limiter = limiter(1, 60);
        let ann = limiter.slots(&"ann");
        assert!(limiter.take(ann, NOW).is_ok());
        for _ in 0..100 {
            assert_eq!(limiter.take(ann, NOW), Err(Duration::from_secs(1)));
        }
    }
}
