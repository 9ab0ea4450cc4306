//! From tokens to the tree: which words are operators, what binds to what, and how much is too much.

use std::{iter::Peekable, vec};

use super::{
    super::dates::{calendar::Calendar, words::Word},
    Filter,
    condition::{Condition, Numbers},
    dates::Dates,
    error::{Fault, FilterError},
    lexer::{Kind, Token, tokens},
    operators::{Item, ItemKind, with_operators},
    term::{self, Term},
};
use crate::limits;

/// Reads a filter; dates in words only against a calendar.
pub(super) fn parse(text: &str, calendar: Option<&Calendar<'_>>) -> Result<Filter, FilterError> {
    read(text, calendar).map_err(|fault| fault.in_text(text))
}

fn read(text: &str, calendar: Option<&Calendar<'_>>) -> Result<Filter, Fault> {
    if let Some((at, _)) = text.char_indices().nth(limits::FILTER_CHARS) {
        return Err(Fault::new(at, "at most 1,000 characters"));
    }
    if let Some(at) = text.find('\0') {
        return Err(Fault::new(at, "no NUL"));
    }
    let mut items = Vec::new();
    let tokens = tokens(text);
    let mut next = 0;
    while let Some(token) = tokens.get(next) {
        next += 1;
        let at = token.span.start;
        let kind = match &token.kind {
            Kind::Open => ItemKind::Open,
            Kind::Close => ItemKind::Close,
            Kind::Or => ItemKind::Or,
            Kind::Not => ItemKind::Not,
            Kind::Term(raw) => {
                let behind = if calendar.is_some() { words_of(&tokens[next..]) } else { Vec::new() };
                let mut dates = Dates { calendar, behind, used: 0 };
                let term = term::read(raw, at, &mut dates)?;
                next += dates.used;
                ItemKind::Term(raw.word, term)
            }
            Kind::OpenQuote => return Err(Fault::new(at, "a second `\"` for this quote")),
        };
        items.push(Item { kind, at });
    }
    let items = with_operators(items);
    if items.is_empty() {
        return Ok(Filter::default());
    }
    Parser { items: items.into_iter().peekable(), end: text.len(), depth: 0, conditions: 0, texts: 0 }.whole()
}

/// The words up to the next token that is none, or that has a meaning of its own.
fn words_of<'t>(tokens: &[Token<'t>]) -> Vec<Word<'t>> {
    let words = tokens.iter().map_while(|token| match &token.kind {
        Kind::Term(raw) if raw.quoted.is_none() => Some(Word::new(raw.word, token.span.start)),
        _ => None,
    });
    // No phrase is longer.
    words.take(12).collect()
}

/// A part of a list of conditions that all must match.
enum Member<'t> {
    Filter(Filter),
    /// What was written, and the numbers that it means if only numbers stand beside it.
    Number(&'t str, Result<Numbers, Fault>),
    SureNumber(Numbers),
}

struct Parser<'t> {
    items: Peekable<vec::IntoIter<Item<'t>>>,
    /// Of the text, in bytes.
    end: usize,
    depth: usize,
    conditions: usize,
    texts: usize,
}

impl<'t> Parser<'t> {
    fn whole(mut self) -> Result<Filter, Fault> {
        let filter = self.alternatives()?;
        match self.items.next() {
            Some(item) => Err(Fault::new(item.at, "a `(` before this bracket")),
            None => Ok(filter),
        }
    }

    /// `a b | c`
    fn alternatives(&mut self) -> Result<Filter, Fault> {
        let mut alternatives = vec![self.list()?];
        while self.items.next_if(|item| matches!(item.kind, ItemKind::Or)).is_some() {
            alternatives.push(self.list()?);
        }
        Ok(Filter::any(alternatives))
    }

    /// `a b`
    fn list(&mut self) -> Result<Filter, Fault> {
        let mut members = Vec::new();
        loop {
            members.push(self.member()?);
            let next = self.items.peek().map(|item| &item.kind);
            if matches!(next, None | Some(ItemKind::Or | ItemKind::Close)) {
                return self.all(members);
            }
        }
    }

    /// `a`, `not a` or `(a)`, with whether it is negated and where it begins.
    fn member(&mut self) -> Result<(bool, usize, Member<'t>), Fault> {
        let mut negated = false;
        while self.items.next_if(|item| matches!(item.kind, ItemKind::Not)).is_some() {
            negated = !negated;
        }
        let missing = |at| Fault::new(at, "a condition");
        let Item { kind, at } = self.items.next().ok_or_else(|| missing(self.end))?;
        let member = match kind {
            ItemKind::Open => Member::Filter(self.group(at)?),
            ItemKind::Close | ItemKind::Or | ItemKind::Not => return Err(missing(at)),
            ItemKind::Term(word, Term::Number(numbers)) => Member::Number(word, numbers),
            ItemKind::Term(_, Term::SureNumber(numbers)) => Member::SureNumber(numbers),
            ItemKind::Term(word, Term::Word) => {
                Member::Filter(self.condition(at, Condition::Text(word.to_owned()))?)
            }
            ItemKind::Term(_, Term::Condition(condition)) => Member::Filter(self.condition(at, condition)?),
        };
        Ok((negated, at, member))
    }

    /// `(a)`, behind the bracket that begins here.
    fn group(&mut self, open: usize) -> Result<Filter, Fault> {
        self.depth += 1;
        if self.depth > limits::FILTER_DEPTH {
            return Err(Fault::new(open, "brackets at most 32 deep"));
        }
        let filter = self.alternatives()?;
        self.depth -= 1;
        match self.items.next() {
            // It ends at this bracket or at the end of the text.
            Some(_) => Ok(filter),
            None => Err(Fault::new(open, "a `)` for this bracket")),
        }
    }

    /// Puts a list together, now that it is known whether it is one of numbers.
    fn all(&mut self, members: Vec<(bool, usize, Member<'t>)>) -> Result<Filter, Fault> {
        let numbers_only = members.iter().all(|(.., member)| !matches!(member, Member::Filter(_)));
        let mut filters = Vec::with_capacity(members.len());
        let mut ranges = Vec::new();
        let mut union_at = 0;
        for (negated, at, member) in members {
            let condition = match member {
                Member::Filter(filter) => {
                    filters.push(if negated { !filter } else { filter });
                    continue;
                }
                Member::Number(word, _) if !numbers_only => Condition::Text(word.to_owned()),
                Member::Number(_, numbers) => Condition::Numbers(numbers?),
                Member::SureNumber(numbers) => Condition::Numbers(numbers),
            };
            let filter = self.condition(at, condition.clone())?;
            match condition {
                Condition::Numbers(numbers) if numbers_only && !negated => {
                    if ranges.is_empty() {
                        union_at = filters.len();
                    }
                    ranges.extend_from_slice(numbers.ranges());
                }
                _ => filters.push(if negated { !filter } else { filter }),
            }
        }
        if let Some(numbers) = Numbers::new(ranges) {
            filters.insert(union_at, Condition::Numbers(numbers).into());
        }
        Ok(Filter::all(filters))
    }

    /// Counts a condition.
    fn condition(&mut self, at: usize, condition: Condition) -> Result<Filter, Fault> {
        self.conditions += 1;
        self.texts += usize::from(matches!(condition, Condition::Text(_)));
        if self.conditions > limits::FILTER_CONDITIONS {
            return Err(Fault::new(at, "at most 100 conditions"));
        }
        if self.texts > limits::FILTER_TEXTS {
            return Err(Fault::new(at, "at most 8 words and phrases"));
        }
        Ok(condition.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the parser understood a text, as the writer says it.
    fn read(text: &str) -> String {
        Filter::parse(text).map_or_else(|error| error.to_string(), |filter| filter.to_string())
    }

    fn refused(text: &str) -> (usize, String, Option<String>) {
        let error = Filter::parse(text).expect_err(text);
        (error.column(), error.expected().to_owned(), error.suggestion().map(str::to_owned))
    }

    #[test]
    fn operators_bind_as_people_expect() {
        for (text, means) in [
            ("p1 @a | p2", "p1 @a | p2"),
            ("p1 (@a | p2)", "p1 (@a | p2)"),
            ("((p1)) (@a p2)", "p1 @a p2"),
            ("!p1", "not p1"),
            ("!!p1", "p1"),
            ("not not p1", "p1"),
            ("not !p1 p2", "p1 p2"),
            ("! p1", "not p1"),
            ("not(p1 p2)", "not (p1 p2)"),
            ("NOT @a OR p2 AND p3", "not @a | p2 p3"),
            ("@a or not p2", "@a | not p2"),
            ("@a and not p2", "@a not p2"),
            ("(p1)or(p2)", "p1 | p2"),
            ("!milk|bread", "not \"milk\" | bread"),
            ("and p1", "p1"),
            ("  p1\t\n", "p1"),
            ("", ""),
        ] {
            assert_eq!(read(text), means, "{text}");
        }
    }

    #[test]
    fn english_words_are_words() {
        for (text, means) in [
            ("not urgent", "\"not\" urgent"),
            ("done deal", "done deal"),
            ("milk or bread", "milk \"or\" bread"),
            ("milk or @a", "milk \"or\" @a"),
            ("@a or milk", "@a \"or\" milk"),
            ("milk and bread", "milk \"and\" bread"),
            ("milk and @a", "milk @a"),
            ("not", "\"not\""),
            ("@a or", "@a \"or\""),
            ("or @a", "\"or\" @a"),
            ("not not", "\"not\" \"not\""),
            ("not or @a", "\"not\" \"or\" @a"),
            ("re:invent https://a.b/x", "\"re:invent\" \"https://a.b/x\""),
            ("-milk - -5 p5", "\"-milk\" \"-\" \"-5\" p5"),
            ("C# a<b hello! @ #", "\"C#\" \"a<b\" \"hello!\" \"@\" \"#\""),
        ] {
            assert_eq!(read(text), means, "{text}");
        }
    }

    #[test]
    fn numbers_are_numbers_among_themselves() {
        for (text, means) in [
            ("12", "#12"),
            ("1-3 7", "#1-3,7"),
            ("1,4-10 #12 #2-#3", "#1-10,12"),
            ("not 12", "not #12"),
            ("1-9 not 3", "#1-9 not #3"),
            ("not 3 1-9 12 not 5", "not #3 #1-9,12 not #5"),
            ("12 or 14", "#12 | #14"),
            ("12 | @a", "#12 | @a"),
            ("milk 12", "milk \"12\""),
            ("12 @a", "\"12\" @a"),
            ("#12 @a", "#12 @a"),
            ("score 3-1", "score \"3-1\""),
            ("0 012 12345678901", "\"0\" \"012\" \"12345678901\""),
            ("(#1) (#2)", "(#1) (#2)"),
        ] {
            assert_eq!(read(text), means, "{text}");
        }
    }

    #[test]
    fn keys_and_sigils_are_read_in_their_spellings() {
        let id = "0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e";
        for (text, means) in [
            ("@Money", "@Money"),
            ("TAG:money", "@money"),
            ("tag:\"a|b\"", "@\"a|b\""),
            ("@a:b", "@a:b"),
            ("P1..P2", "p1..p2"),
            ("p1..2", "p1..p2"),
            ("priority:1", "p1"),
            ("priority:p1..3", "p1..p3"),
            ("priority:0", "p0"),
            ("is:Trash", "is:trash"),
            ("due:NONE due:any", "due:none due:any"),
            ("due<2026-12-24", "due.before:2026-12-24"),
            ("due>2026-12-24", "due.after:2026-12-24"),
            ("due<=2026-12-24T18:00", "due.by:2026-12-24T18:00:00"),
            ("due:2026-12-24..2026-12-26", "due:2026-12-24..2026-12-26"),
            ("due:2026-12-24T18:00:30..2026-12-24", "due:2026-12-24T18:00:30..2026-12-24"),
            ("due:\"2026-12-24\"", "due:2026-12-24"),
            ("id:0197F0a4", "id:0197f0a4"),
            ("parent:#12", "parent:12"),
            (&format!("id:{id} parent:{id} project:{id}"), &format!("id:{id} parent:{id} project:{id}")),
            ("\"today\" \"p1\" \"12\"", "\"today\" \"p1\" \"12\""),
        ] {
            assert_eq!(read(text), means, "{text}");
        }
    }

    #[test]
    fn errors_say_where_and_what_instead() {
        for (text, column, suggestion) in [
            ("milk due:frday", 10, None),
            ("due:nnoe", 5, Some("none")),
            ("due:2026-02-30", 5, None),
            ("due:2026-12-24T18:00Z", 5, None),
            ("due:2026-12-26..2026-12-24", 5, Some("2026-12-24..2026-12-26")),
            ("due:2026-12-24..x", 17, None),
            ("due:", 5, None),
            ("due.befor:2026-12-24", 1, None),
            ("is:opne", 4, Some("open")),
            ("is:waiting", 4, None),
            ("tags:a", 1, Some("tag:a")),
            ("Dune:x", 1, Some("due:x")),
            ("-due:none", 1, Some("not due:none")),
            ("-@a", 1, Some("not @a")),
            ("p2..p1", 1, Some("p1..p2")),
            ("p1..p9", 1, None),
            ("priority:high", 10, None),
            ("3-1", 1, Some("1-3")),
            ("#3-1 milk", 2, Some("1-3")),
            ("id:019", 4, None),
            ("parent:x", 8, None),
            ("project:Home", 9, None),
            ("ä +Home", 3, None),
            ("today", 1, Some("\"today\"")),
            ("title:x", 1, None),
            ("done.after:2026-01-01", 1, None),
            ("sort:due", 1, None),
            ("(p1", 1, None),
            ("p1)", 3, None),
            ("()", 2, None),
            ("p1 |", 5, None),
            ("| p1", 1, None),
            ("p1 | | p2", 6, None),
            ("p1 !", 5, None),
            ("a \"b", 3, None),
            ("\"\"", 1, None),
            ("tag:", 5, None),
            ("a\0", 2, None),
        ] {
            let (at, expected, suggested) = refused(text);
            assert_eq!((at, suggested.as_deref()), (column, suggestion), "{text}: {expected}");
        }
    }

    #[test]
    fn dates_in_words_are_read_against_a_time() {
        use jiff::civil::date;

        use crate::date_settings::DateSettings;

        let now = date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap();
        let settings = DateSettings::default();
        let read = |text: &str| {
            Filter::parse_at(text, &now, &settings).map_or_else(
                |error| format!("{}: {:?}", error.column(), error.suggestion()),
                |filter| filter.to_string(),
            )
        };
        for (text, means) in [
            ("due:today", "due:2026-07-15"),
            ("due:fri", "due:2026-07-17"),
            ("due:next week", "due:2026-07-20..2026-07-26"),
            ("due:next week milk", "due:2026-07-20..2026-07-26 milk"),
            ("milk due:tomorrow 6pm @a", "milk due:2026-07-16T18:00:00 @a"),
            ("due:\"next week\" friday", "due:2026-07-20..2026-07-26 friday"),
            ("due:eom", "due:2026-07-31"),
            ("due.before:fri", "due.before:2026-07-17"),
            ("due.before:next week", "due.before:2026-07-20"),
            ("due.after:next week", "due.after:2026-07-26"),
            ("due.after:eom", "due.after:2026-07-31"),
            ("due.by:+7d", "due.by:2026-07-22"),
            ("due<=+7d", "due.by:2026-07-22"),
            ("due:today..sun", "due:2026-07-15..2026-07-19"),
            ("due:today..next week", "due:2026-07-15..2026-07-26"),
            ("due:mon | due:tue", "due:2026-07-20 | due:2026-07-21"),
            ("due:2026-12-24", "due:2026-12-24"),
            ("due:none due:any", "due:none due:any"),
            ("overdue", "due.before:2026-07-15T17:00:00"),
            ("Today @a", "due.by:2026-07-15 @a"),
            ("upcoming", "due:2026-07-15..2026-07-21"),
            ("\"today\"", "\"today\""),
            ("friday", "friday"),
            ("due:frday", "5: Some(\"fri\")"),
            ("due:nnoe", "5: Some(\"none\")"),
            ("due:next frday", "10: Some(\"fri\")"),
            ("a due:feb 30", "7: Some(\"feb 28\")"),
            ("due:4/5", "5: None"),
            ("due:every day", "5: None"),
            ("due:sun..today", "5: Some(\"2026-07-15..2026-07-19\")"),
            ("due:", "5: None"),
        ] {
            assert_eq!(read(text), means, "{text}");
        }
    }

    #[test]
    fn filters_are_limited() {
        assert!(Filter::parse(&"é".repeat(1_000)).is_ok());
        assert_eq!(refused(&"é".repeat(1_001)).0, 1_001);
        let deep = |depth| format!("{}p1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Filter::parse(&deep(32)).is_ok());
        assert_eq!(refused(&deep(33)).0, 33);
        let many = |count| ["p1"].repeat(count).join(" ");
        assert!(Filter::parse(&many(100)).is_ok());
        assert_eq!(refused(&many(101)).0, 301);
        assert!(Filter::parse("a b c d e f g \"h\" p1").is_ok());
        assert_eq!(refused("a b c d e f g h | 9 @x").0, 19, "a number among others is a word");
    }

    /// The sentences name the limits in words: they must say the same.
    #[test]
    fn errors_name_the_limits() {
        use crate::limits::{FILTER_CHARS, FILTER_CONDITIONS, FILTER_DEPTH, FILTER_TEXTS};
        assert_eq!((FILTER_CHARS, FILTER_DEPTH, FILTER_CONDITIONS, FILTER_TEXTS), (1_000, 32, 100, 8));
    }
}
