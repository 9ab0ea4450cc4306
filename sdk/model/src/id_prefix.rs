//! [`IdPrefix`]: how an id begins, which is all of it that anybody types.

use std::fmt;

use uuid::Uuid;

use crate::limits;

/// Hexadecimal digits of a whole id.
const ID_DIGITS: usize = 32;

/// The beginning of an id: 4 to 32 hexadecimal digits in any case. Hyphens among them do not count.
///
/// ```
/// use todo_model::IdPrefix;
/// use uuid::uuid;
///
/// let prefix = IdPrefix::parse("0197F0a4-6").unwrap();
/// assert!(prefix.matches(uuid!("0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e")));
/// assert!(IdPrefix::parse("019").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdPrefix {
    lowest: Uuid,
    highest: Uuid,
}

impl IdPrefix {
    /// Reads the beginning of an id. `None` for too few or too many digits, and for anything else.
    ///
    /// ```
    /// # use todo_model::IdPrefix;
    /// assert!(IdPrefix::parse("beef").is_some());
    /// assert!(IdPrefix::parse("milk").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        if !(limits::ID_PREFIX_DIGITS..=ID_DIGITS).contains(&digits.len())
            // The parser of numbers takes a sign, too.
            || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        {
            return None;
        }
        let fill = |with: &str| {
            let text = format!("{digits}{}", with.repeat(ID_DIGITS - digits.len()));
            u128::from_str_radix(&text, 16).ok().map(Uuid::from_u128)
        };
        Some(Self { lowest: fill("0")?, highest: fill("f")? })
    }

    /// Returns the lowest and the highest id that begin so.
    ///
    /// ```
    /// # use todo_model::IdPrefix;
    /// let (lowest, highest) = IdPrefix::parse("0197f0a4").unwrap().range();
    /// assert_eq!(lowest.to_string(), "0197f0a4-0000-0000-0000-000000000000");
    /// assert_eq!(highest.to_string(), "0197f0a4-ffff-ffff-ffff-ffffffffffff");
    /// ```
    #[must_use]
    pub fn range(self) -> (Uuid, Uuid) {
        (self.lowest, self.highest)
    }

    /// Whether this id begins so.
    ///
    /// ```
    /// # use todo_model::IdPrefix;
    /// assert!(IdPrefix::parse("0000").unwrap().matches(uuid::Uuid::nil()));
    /// ```
    #[must_use]
    pub fn matches(self, id: impl Into<Uuid>) -> bool {
        (self.lowest..=self.highest).contains(&id.into())
    }
}

/// In lower case, a whole id with hyphens: [`IdPrefix::parse`] reads it back.
impl fmt::Display for IdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lowest == self.highest {
            return self.lowest.fmt(f);
        }
        // The digits that follow are all 0 in the one and all f in the other.
        let differing = (self.lowest.as_u128() ^ self.highest.as_u128()).leading_zeros() / 4;
        let digits = self.lowest.simple().to_string();
        f.write_str(digits.get(..differing as usize).unwrap_or(&digits))
    }
}

#[cfg(test)]
mod tests {
    use uuid::uuid;

    use super::*;

    #[test]
    fn a_prefix_is_a_range_of_ids() {
        let (lowest, highest) = IdPrefix::parse("0197-F0a4").unwrap().range();
        assert_eq!(lowest, uuid!("0197f0a4-0000-0000-0000-000000000000"));
        assert_eq!(highest, uuid!("0197f0a4-ffff-ffff-ffff-ffffffffffff"));
        assert_eq!(IdPrefix::parse(&highest.to_string()).unwrap().range(), (highest, highest));
    }

    #[test]
    fn only_ids_that_begin_so_match() {
        let prefix = IdPrefix::parse("0197f0a46").unwrap();
        assert!(prefix.matches(uuid!("0197f0a4-6000-0000-0000-000000000000")));
        assert!(prefix.matches(uuid!("0197f0a4-6fff-ffff-ffff-ffffffffffff")));
        assert!(!prefix.matches(uuid!("0197f0a4-5fff-ffff-ffff-ffffffffffff")));
        assert!(!prefix.matches(uuid!("0197f0a4-7000-0000-0000-000000000000")));
    }

    #[test]
    fn prefixes_are_written_as_they_are_read() {
        for text in ["0000", "ffff", "0197f0a4", "00000", "fffff", "0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e"] {
            assert_eq!(IdPrefix::parse(text).unwrap().to_string(), text);
        }
        let all_but_one = "0197f0a46ff77c4e9d1b3c1f6f6b2f6";
        assert_eq!(IdPrefix::parse(all_but_one).unwrap().to_string(), all_but_one);
    }

    #[test]
    fn other_texts_are_no_prefixes() {
        for text in ["", "----", "019", "0-1-9", "zzzz", "+123", "é123", " 0197", &"0".repeat(33)] {
            assert_eq!(IdPrefix::parse(text), None, "{text:?}");
        }
    }
}
