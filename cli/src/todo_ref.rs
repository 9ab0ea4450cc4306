//! How todos are named on the command line: `12`, `#12`, `1-3`, `1,4-10`, a UUID, or the beginning of one.
//!
//! Parsing only; `commands/resolve.rs` asks the server which todos these are.

use std::fmt;
use std::str::FromStr;

use todo_model::{IdPrefix, limits};
use todo_sdk::TodoId;

use crate::error::Error;

/// One or more names of todos, as one argument or one word of standard input gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TodoRefs(pub(crate) Vec<TodoRef>);

/// One todo, as somebody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TodoRef {
    /// Its number in the account.
    Number(u64),
    /// Its whole id.
    Id(TodoId),
    /// How its id begins, in lower case, perhaps with hyphens.
    Prefix(String),
    /// `-`: names follow on standard input.
    Stdin,
}

impl fmt::Display for TodoRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "#{number}"),
            Self::Id(id) => write!(f, "{id}"),
            Self::Prefix(prefix) => write!(f, "{prefix}"),
            Self::Stdin => write!(f, "-"),
        }
    }
}

impl FromStr for TodoRefs {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "-" {
            return Ok(Self(vec![TodoRef::Stdin]));
        }
        let mut names = Vec::new();
        for part in text.split(',').map(str::trim) {
            if part.is_empty() {
                return Err(Error::usage(format!("`{text}` has an empty id.")));
            }
            parse_part(part, &mut names)?;
        }
        Ok(Self(names))
    }
}

fn parse_part(part: &str, names: &mut Vec<TodoRef>) -> Result<(), Error> {
    if let Ok(id) = part.parse::<TodoId>() {
        names.push(TodoRef::Id(id));
    } else if let Some(number) = number(part)? {
        names.push(TodoRef::Number(number));
    } else if let Some((first, last)) = range(part)? {
        if first > last {
            return Err(Error::usage(format!("`{part}` counts down."))
                .hint(format!("Ranges go up, as in `{last}-{first}`.")));
        }
        if last - first >= limits::IDS as u64 {
            return Err(too_many());
        }
        names.extend((first..=last).map(TodoRef::Number));
    } else if is_prefix(part) {
        names.push(TodoRef::Prefix(part.to_ascii_lowercase()));
    } else {
        return Err(Error::usage(format!("`{part}` does not name a todo.")).hint(
            "Name todos by number (`12`, `1-3`, `1,4-10`), by id or by the first 4 or more digits of an id.",
        ));
    }
    if names.len() > limits::IDS {
        return Err(too_many());
    }
    Ok(())
}

/// The error for more todos than one call takes.
pub(crate) fn too_many() -> Error {
    Error::usage("More than 1,000 todos in one command.")
        .hint("Split the command: each half is all or nothing.")
}

/// Reads `12` or `#12`. Numbers count from 1 and have no leading zero, ids of today have: so `0199` begins an id.
fn number(text: &str) -> Result<Option<u64>, Error> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    if digits == "0" || (digits.starts_with('0') && text.starts_with('#')) {
        return Err(Error::usage(format!("`{text}` is no number of a todo.")).hint("Numbers count from 1."));
    }
    if digits.starts_with('0') {
        return Ok(None);
    }
    match digits.parse::<u64>() {
        // The contract carries numbers as int64.
        Ok(number) if i64::try_from(number).is_ok() => Ok(Some(number)),
        _ => Err(Error::usage(format!("`{text}` is no number of a todo: it is too large."))),
    }
}

/// Reads `1-3` or `#1-#3`.
fn range(text: &str) -> Result<Option<(u64, u64)>, Error> {
    let Some((first, last)) = text.split_once('-') else { return Ok(None) };
    Ok(number(first)?.zip(number(last)?))
}

fn is_prefix(text: &str) -> bool {
    !text.starts_with('-') && IdPrefix::parse(text).is_some()
}

/// Reads the names on standard input: words, each as one argument would be.
pub(crate) fn parse_words(text: &str) -> Result<Vec<TodoRef>, Error> {
    let mut names = Vec::new();
    for word in text.split_whitespace() {
        let TodoRefs(more) = word.parse()?;
        if more.contains(&TodoRef::Stdin) {
            return Err(Error::usage("Standard input names `-`, which is standard input itself."));
        }
        names.extend(more);
        if names.len() > limits::IDS {
            return Err(too_many());
        }
    }
    Ok(names)
}

/// Numbers as one would type them: `1-3,5`.
pub(crate) fn ranges(numbers: impl IntoIterator<Item = u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let spell =
        |(first, last): (u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.into_iter().map(spell).collect::<Vec<_>>().join(",")
}

/// How many characters of each id are needed to tell these ids apart, and at least 8.
pub(crate) fn distinct(ids: &[String]) -> usize {
    let mut sorted: Vec<&String> = ids.iter().collect();
    sorted.sort_unstable();
    let common = |pair: &[&String]| pair[0].bytes().zip(pair[1].bytes()).take_while(|(a, b)| a == b).count();
    let needed = sorted.windows(2).map(|pair| common(pair) + 1).max().unwrap_or(0).max(8);
    // A hyphen at the end adds nothing: the digit behind it is shown, too.
    if [9, 14, 19, 24].contains(&needed) { needed + 1 } else { needed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<TodoRef> {
        text.parse::<TodoRefs>().unwrap().0
    }

    fn refused(text: &str) -> String {
        text.parse::<TodoRefs>().unwrap_err().to_string()
    }

    #[test]
    fn numbers_ranges_and_lists_are_parsed() {
        assert_eq!(names("12"), [TodoRef::Number(12)]);
        assert_eq!(names("#12"), [TodoRef::Number(12)]);
        assert_eq!(names("1-3"), [1, 2, 3].map(TodoRef::Number));
        assert_eq!(names("#1-#3"), [1, 2, 3].map(TodoRef::Number));
        assert_eq!(names("7-7"), [TodoRef::Number(7)]);
        assert_eq!(names("1,4-6, #9"), [1, 4, 5, 6, 9].map(TodoRef::Number));
        assert_eq!(names("-"), [TodoRef::Stdin]);
    }

    #[test]
    fn ids_and_prefixes_are_parsed() {
        let id = "0198f2a4-7c1b-7000-8000-00000000000a";
        assert_eq!(names(id), [TodoRef::Id(id.parse().unwrap())]);
        assert_eq!(names(&id.to_uppercase()), [TodoRef::Id(id.parse().unwrap())]);
        assert_eq!(names("0198F2"), [TodoRef::Prefix("0198f2".into())]);
        assert_eq!(names("0198f2a4-7c"), [TodoRef::Prefix("0198f2a4-7c".into())]);
        // Four digits with a leading zero begin an id; without one they are a number.
        assert_eq!(names("0198"), [TodoRef::Prefix("0198".into())]);
        assert_eq!(names("1980"), [TodoRef::Number(1980)]);
        assert_eq!(names("beef,3"), [TodoRef::Prefix("beef".into()), TodoRef::Number(3)]);
    }

    #[test]
    fn invalid_references_are_refused() {
        assert_eq!(refused("bee"), "`bee` does not name a todo.");
        assert_eq!(refused("milk"), "`milk` does not name a todo.");
        assert_eq!(refused("1,,2"), "`1,,2` has an empty id.");
        assert_eq!(refused(""), "`` has an empty id.");
        assert_eq!(refused("3-1"), "`3-1` counts down.");
        assert_eq!(refused("0"), "`0` is no number of a todo.");
        assert_eq!(refused("#07"), "`#07` is no number of a todo.");
        assert_eq!(
            refused("99999999999999999999"),
            "`99999999999999999999` is no number of a todo: it is too large."
        );
        assert_eq!(refused("1-1001"), "More than 1,000 todos in one command.");
        assert_eq!(refused("1-1000,1001"), "More than 1,000 todos in one command.");
        assert_eq!(refused("1-9223372036854775807"), "More than 1,000 todos in one command.");
    }

    #[test]
    fn ranges_are_parsed_back() {
        for text in ["7", "1-3", "1-3,5", "5,1-2,9"] {
            let numbers = names(text).into_iter().map(|name| match name {
                TodoRef::Number(number) => number,
                other => panic!("{other}"),
            });
            assert_eq!(ranges(numbers), text);
        }
    }

    #[test]
    fn shortened_ids_stay_distinct() {
        let ids = |ids: &[&str]| distinct(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(ids(&["0198f2a4-7c1b-7000-8000-00000000000a"]), 8);
        assert_eq!(ids(&["0198f2a4-7c1b-7000", "0198f2a4-7c2b-7000", "0298f2a4-7c2b-7000"]), 12);
        assert_eq!(ids(&["0198f2a4-7c1b", "0198f2a4-8c1b"]), 10);
    }

    #[test]
    fn references_on_standard_input_are_words() {
        assert_eq!(parse_words("1\n2 3\n\n #4\t5-6\n").unwrap(), [1, 2, 3, 4, 5, 6].map(TodoRef::Number));
        assert_eq!(parse_words("").unwrap(), []);
        assert!(parse_words("1 -").is_err());
    }
}
