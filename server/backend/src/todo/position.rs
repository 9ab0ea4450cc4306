//! The manual order of todos: texts that sort as bytes, and between any two of which there is another.

/// The digits, in the order of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

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
}
