//! The manual order of todos: texts that sort as bytes, and between any two of which there is another.

use crate::error::{Error, Result};

/// The digits, in the order of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u128 = 62;
/// The longest that a position may become. Where there is no room within it, those around are rebalanced.
const MAX_LEN: usize = 24;
/// Digits that are looked at behind those that two positions have in common: as many as a `u128` holds.
const WINDOW: usize = 20;

/// Returns the position of a new todo with this number: behind all that were created before.
pub(super) fn of_number(number: i64) -> String {
    let mut rest = u64::try_from(number).unwrap_or_default();
    let mut digits = Vec::new();
    while rest > 0 || digits.is_empty() {
        let digit = usize::try_from(rest % 62).unwrap_or_default();
        digits.push(char::from(DIGITS[digit]));
        rest /= 62;
    }
    // Longer numbers are larger: how long it is comes first.
    digits.push(char::from(DIGITS[digits.len()]));
    digits.iter().rev().collect()
}

/// Returns as many positions between two others, in their order and evenly spaced. `lower` is empty for the beginning.
/// `None` if there is no room for them within the length that a position may have.
pub(super) fn between(lower: &str, upper: &str, count: usize) -> Result<Option<Vec<String>>> {
    let (lower, upper) = (digits(lower)?, digits(upper)?);
    let common = (0..upper.len()).take_while(|&at| lower.get(at).unwrap_or(&0) == &upper[at]).count();
    let wanted = u128::try_from(count).map_err(Error::internal)? + 1;
    for len in 1..=WINDOW.min(MAX_LEN.saturating_sub(common)) {
        let value = |digits: &[u8]| {
            (common..common + len)
                .fold(0, |sum, at| sum * BASE + u128::from(digits.get(at).copied().unwrap_or(0)))
        };
        let (low, high) = (value(&lower), value(&upper));
        if high <= low || high - low < wanted {
            continue;
        }
        let step = (high - low) / wanted;
        let position = |index: u128| {
            let mut digits = upper[..common].to_vec();
            let mut rest = low + step * index;
            let mut tail: Vec<u8> = Vec::with_capacity(len);
            for _ in 0..len {
                tail.push(u8::try_from(rest % BASE).unwrap_or_default());
                rest /= BASE;
            }
            digits.extend(tail.iter().rev());
            text(&digits)
        };
        return Ok(Some((1..wanted).map(position).collect()));
    }
    Ok(None)
}

fn digits(position: &str) -> Result<Vec<u8>> {
    let digit = |byte: u8| {
        let digit = DIGITS.binary_search(&byte).ok().and_then(|digit| u8::try_from(digit).ok());
        digit.ok_or_else(|| Error::internal("a position with a byte that is not a digit"))
    };
    position.bytes().map(digit).collect()
}

/// Zeros at the end say nothing: without them there is one text for each place.
fn text(digits: &[u8]) -> String {
    let end = digits.iter().rposition(|digit| *digit != 0).map_or(1, |last| last + 1);
    digits[..end].iter().map(|digit| char::from(DIGITS[usize::from(*digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_todos_come_in_the_order_of_their_numbers() {
        let numbers = [0, 1, 9, 10, 61, 62, 63, 3_843, 3_844, 1_000_000, 9_999_999_999, i64::MAX];
        let positions = numbers.map(of_number);
        assert!(positions.is_sorted(), "{positions:?}");
        assert_eq!(positions[1], "11");
        assert!(positions.iter().all(|position| position.len() <= 12), "{positions:?}");
    }

    #[test]
    fn there_are_positions_between_any_two() {
        for (lower, upper, count) in [
            ("", "11", 1),
            ("11", "12", 1),
            ("11", "12", 1_000),
            ("1z", "210", 3),
            ("zzz", "zzzz", 2),
            ("", "00001", 5),
        ] {
            let found = between(lower, upper, count).unwrap().unwrap();
            assert_eq!(found.len(), count);
            let all: Vec<&str> =
                [lower].into_iter().chain(found.iter().map(String::as_str)).chain([upper]).collect();
            assert!(all.is_sorted_by(|one, other| one < other), "{lower:?} {upper:?} {found:?}");
            assert!(found.iter().all(|position| !position.ends_with('0')), "{found:?}");
        }
        assert_eq!(between("5", "5", 1).unwrap(), None);
        assert_eq!(between("6", "5", 1).unwrap(), None);
        assert!(between("-", "5", 1).is_err());
    }

    #[test]
    fn the_room_ends_before_positions_become_long() {
        let (mut lower, mut upper) = (String::from("11"), String::from("12"));
        for turn in 0.. {
            let Some(found) = between(&lower, &upper, 1).unwrap() else {
                assert!(turn > 100, "{turn}");
                break;
            };
            assert!(found[0].len() <= MAX_LEN);
            if turn % 2 == 0 { lower.clone_from(&found[0]) } else { upper.clone_from(&found[0]) }
        }
    }
}
