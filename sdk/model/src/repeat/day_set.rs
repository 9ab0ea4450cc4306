//! A set of days, as one bit each.

const WORDS: usize = 6;

/// Days of a year and the weeks that reach into it: some of the 384 days from `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DaySet {
    /// The day of the lowest bit.
    first: i64,
    bits: [u64; WORDS],
}

impl DaySet {
    pub(super) fn new(first: i64) -> Self {
        Self { first, bits: [0; WORDS] }
    }

    /// The same days of another year.
    pub(super) fn moved_to(self, first: i64) -> Self {
        Self { first, ..self }
    }

    /// The word and the bit of a day; `None` for one that the set cannot hold.
    fn place(&self, day: i64) -> Option<(usize, u32)> {
        let index = u32::try_from(day - self.first).ok()?;
        let word = usize::try_from(index / 64).ok().filter(|word| *word < WORDS)?;
        Some((word, index % 64))
    }

    pub(super) fn insert(&mut self, day: i64) {
        if let Some((word, bit)) = self.place(day) {
            self.bits[word] |= 1 << bit;
        }
    }

    pub(super) fn contains(&self, day: i64) -> bool {
        self.place(day).is_some_and(|(word, bit)| self.bits[word] >> bit & 1 == 1)
    }

    /// Keeps the days that are in `other`, too, which begins on the same day.
    pub(super) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.bits.iter_mut().zip(other.bits) {
            *word &= other;
        }
    }

    pub(super) fn len(&self) -> i64 {
        self.bits.iter().map(|word| i64::from(word.count_ones())).sum()
    }

    /// The first day of the set that is not before this one.
    pub(super) fn at_or_after(&self, day: i64) -> Option<i64> {
        let (from, bit) = self.place(day.max(self.first))?;
        let mut word = self.bits[from] & (u64::MAX << bit);
        let mut at = from;
        while word == 0 {
            at += 1;
            word = *self.bits.get(at)?;
        }
        Some(self.first + i64::try_from(at).ok()? * 64 + i64::from(word.trailing_zeros()))
    }

    /// The days, first to last.
    pub(super) fn iter(&self) -> impl Iterator<Item = i64> {
        std::iter::successors(self.at_or_after(self.first), |day| self.at_or_after(day + 1))
    }

    /// The day at this place in the set, counted from 0.
    pub(super) fn nth(&self, place: i64) -> Option<i64> {
        let mut left = u32::try_from(place).ok()?;
        for (at, word) in self.bits.iter().enumerate() {
            if left < word.count_ones() {
                let mut word = *word;
                for _ in 0..left {
                    word &= word - 1;
                }
                return Some(self.first + i64::try_from(at).ok()? * 64 + i64::from(word.trailing_zeros()));
            }
            left -= word.count_ones();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_found_in_order_and_by_place() {
        let mut set = DaySet::new(1_000);
        let days = [1_000, 1_001, 1_063, 1_064, 1_127, 1_200, 1_383];
        for day in days {
            set.insert(day);
        }
        set.insert(999);
        set.insert(1_384);
        assert_eq!(set.iter().collect::<Vec<_>>(), days);
        assert_eq!(set.len(), 7);
        for (place, day) in (0..).zip(days) {
            assert_eq!(set.nth(place), Some(day));
            assert!(set.contains(day) && !set.contains(day - 7));
        }
        assert_eq!((set.nth(7), set.nth(-1)), (None, None));
        assert_eq!((set.at_or_after(0), set.at_or_after(1_065)), (Some(1_000), Some(1_127)));
        assert_eq!((set.at_or_after(1_383), set.at_or_after(1_384)), (Some(1_383), None));
        let mut other = DaySet::new(1_000);
        (1_060..1_070).for_each(|day| other.insert(day));
        other.intersect(&set);
        assert_eq!(other.iter().collect::<Vec<_>>(), [1_063, 1_064]);
    }
}
