//! Which word was probably meant by one that is not known.

/// Returns the word that this one is, with one letter missing, added, wrong or out of place.
pub(super) fn closest(typed: &str, words: &[&'static str]) -> Option<&'static str> {
    let typed: Vec<char> = typed.to_lowercase().chars().collect();
    words.iter().copied().find(|word| is_one_edit(&typed, &word.chars().collect::<Vec<_>>()))
}

fn is_one_edit(a: &[char], b: &[char]) -> bool {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    match (&a[same..], &b[same..]) {
        ([_, a @ ..], b) if a == b => true,
        (a, [_, b @ ..]) if a == b => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([a1, a2, a @ ..], [b1, b2, b @ ..]) => (a1, a2) == (b2, b1) && a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_a_slip_of_the_finger() {
        for typed in ["ope", "opeen", "opxn", "opne", "OPNE", "pen"] {
            assert_eq!(closest(typed, &["done", "open"]), Some("open"), "{typed}");
        }
        for typed in ["open", "op", "nepo", "", "opnee"] {
            assert_eq!(closest(typed, &["open"]), None, "{typed}");
        }
    }
}
