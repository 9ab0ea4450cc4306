//! What stands behind a key or a sigil: numbers, dates, ids, texts.

use uuid::Uuid;
use winnow::{
    Parser, Result as Parsed,
    combinator::{opt, preceded, separated},
    token::{one_of, take_while},
};

use super::{
    super::nearest::closest,
    condition::{DueTest, Moment, Numbers, Parent, Priorities},
    dates::Dates,
    error::Fault,
};
use crate::{
    IdPrefix,
    due::{parse_date, parse_date_time},
    text::todo_number,
};

const MOMENT: &str = "a date that exists, such as `2026-12-24`, or a time such as `2026-12-24T18:00`";

/// Reads a text that is to be found: not empty, without NUL.
pub(super) fn text(text: &str, at: usize) -> Result<String, Fault> {
    match text {
        "" => Err(Fault::new(at, "a text between the quotes, or behind the colon")),
        text => Ok(text.to_owned()),
    }
}

/// Reads `12`, `1-3` or `1,4-10`. `None` for what has another form; an error for a range that counts down.
pub(super) fn numbers(text: &str, at: usize) -> Option<Result<Numbers, Fault>> {
    let ranges: Vec<(i64, i64)> = separated(1.., range, ',').parse(text).ok()?;
    if let Some((first, last)) = ranges.iter().find(|(first, last)| first > last) {
        return Some(Err(Fault::new(at, "a range that goes up").suggest(Some(format!("{last}-{first}")))));
    }
    Numbers::new(ranges.into_iter().map(|(first, last)| first..=last)).map(Ok)
}

fn range(input: &mut &str) -> Parsed<(i64, i64)> {
    let last = opt(preceded(('-', opt('#')), number));
    (number, last).map(|(first, last)| (first, last.unwrap_or(first))).parse_next(input)
}

fn number(input: &mut &str) -> Parsed<i64> {
    take_while(1.., |c: char| c.is_ascii_digit()).verify_map(todo_number).parse_next(input)
}

/// Reads `p1`, `p1..p2` or `p0`. `None` for what has another form; an error for a range that is none.
pub(super) fn priority_word(word: &str, at: usize) -> Result<Option<Priorities>, Fault> {
    let form = (preceded(one_of(['p', 'P']), digit), opt(preceded("..", last_level))).parse(word);
    Ok(match form {
        Ok((0, None)) => Some(Priorities::NONE),
        // `p5` is a word.
        Ok((level, None)) => Priorities::new(level, level),
        Ok((highest, Some(lowest))) => Some(Priorities::new(highest, lowest).ok_or_else(|| {
            let turned = Priorities::new(lowest, highest).map(|priorities| priorities.to_string());
            Fault::new(at, "a range of priorities such as `p1..p2`").suggest(turned)
        })?),
        Err(_) => None,
    })
}

/// `p2` or `2`.
fn last_level(input: &mut &str) -> Parsed<u8> {
    preceded(opt(one_of(['p', 'P'])), digit).parse_next(input)
}

fn digit(input: &mut &str) -> Parsed<u8> {
    one_of('0'..='9').try_map(|digit: char| u8::try_from(u32::from(digit) - u32::from('0'))).parse_next(input)
}

/// Reads the value of `due:`.
pub(super) fn due(text: &str, at: usize, dates: &mut Dates<'_>) -> Result<DueTest, Fault> {
    const WORDS: [&str; 2] = ["none", "any"];
    if text.eq_ignore_ascii_case("none") {
        return Ok(DueTest::Never);
    }
    if text.eq_ignore_ascii_case("any") {
        return Ok(DueTest::Ever);
    }
    let Some((first, last)) = text.split_once("..") else {
        let (first, last) = moments(text, at, true, dates).map_err(|fault| match closest(text, &WORDS) {
            Some(word) => fault.suggest(Some(word)),
            None => fault,
        })?;
        return Ok(DueTest::Between(first, last));
    };
    let last_at = at + first.len() + 2;
    let ((first, _), (_, last)) = (moments(first, at, false, dates)?, moments(last, last_at, true, dates)?);
    if first.start() >= last.end() {
        return Err(Fault::new(at, "a range that goes forward").suggest(Some(format!("{last}..{first}"))));
    }
    Ok(DueTest::Between(first, last))
}

/// Reads a date or a period, in words where words are read, as its first and its last moment. What `goes_on` takes the words
/// behind it along.
pub(super) fn moments(
    text: &str,
    at: usize,
    goes_on: bool,
    dates: &mut Dates<'_>,
) -> Result<(Moment, Moment), Fault> {
    match moment(text, at) {
        Ok(moment) => Ok((moment, moment)),
        Err(fault) => dates.read(text, at, goes_on).unwrap_or(Err(fault)),
    }
}

/// Reads a date, or a local time with or without seconds.
fn moment(text: &str, at: usize) -> Result<Moment, Fault> {
    let is_time = matches!(text.len(), 16 | 19) && text.as_bytes()[10].eq_ignore_ascii_case(&b'T');
    if is_time && let Ok(time) = parse_date_time(text) {
        return Ok(Moment::Time(time));
    }
    if let Ok(date) = parse_date(text) {
        return Ok(Moment::Day(date));
    }
    Err(Fault::new(at, MOMENT))
}

/// Reads an id, or its beginning.
pub(super) fn id_prefix(text: &str, at: usize) -> Result<IdPrefix, Fault> {
    IdPrefix::parse(text).ok_or_else(|| Fault::new(at, "4 to 32 hexadecimal digits of an id"))
}

/// Reads a whole id. One id has one spelling.
pub(super) fn id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}

/// Reads the number or the id of a todo.
pub(super) fn parent(text: &str, at: usize) -> Result<Parent, Fault> {
    let number = todo_number(text.strip_prefix('#').unwrap_or(text)).map(Parent::Number);
    let parent = number.or_else(|| id(text).map(Parent::Id));
    parent.ok_or_else(|| Fault::new(at, "the number or the id of a todo"))
}
