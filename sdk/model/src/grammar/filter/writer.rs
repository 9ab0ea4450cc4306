//! From the tree to a text that is parsed back into the same tree.

use std::fmt::{self, Display as _};

use super::{
    Condition, DueTest, Filter, Moment, Node, Numbers, Parent, Priorities, State,
    dates::Dates,
    term::{self, RawTerm, Term},
};

/// Returns the text in quotes, as a word, phrase or value of a filter.
///
/// ```
/// use todo_model::grammar::quoted;
///
/// assert_eq!(quoted(r#"5" \ 3""#), r#""5\" \\ 3\"""#);
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a text is read as this word wherever it stands. What may be something else is not, as quotes do no harm.
fn is_plain_word(text: &str) -> bool {
    let is_operator = ["not", "and", "or"].iter().any(|operator| text.eq_ignore_ascii_case(operator));
    text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '\'' | '-' | '.' | '_' | '/' | '&'))
        && !is_operator
        && term::read(&RawTerm { word: text, quoted: None }, 0, &mut Dates::none()) == Ok(Term::Word)
}

/// A text behind a sigil or key, in quotes if it needs them.
fn value(text: &str) -> String {
    let is_word = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '|' | '"');
    if !text.is_empty() && text.chars().all(is_word) { text.to_owned() } else { quoted(text) }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node() {
            Node::And(members) => {
                // Numbers side by side would be one of them, not all.
                let apart = members.iter().filter(|member| member.is_numbers()).count() > 1;
                write_list(f, members, " ", |member| {
                    matches!(member.node(), Node::Or(_)) || apart && member.is_numbers()
                })
            }
            Node::Or(members) => write_list(f, members, " | ", |_| false),
            Node::Not(negated) => match negated.node() {
                Node::And(_) | Node::Or(_) => write!(f, "not ({negated})"),
                // Before a plain word, `not` is one, too.
                Node::Condition(Condition::Text(text)) => write!(f, "not {}", quoted(text)),
                Node::Condition(_) | Node::Not(_) => write!(f, "not {negated}"),
            },
            Node::Condition(condition) => condition.fmt(f),
        }
    }
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    members: &[Filter],
    separator: &str,
    needs_brackets: impl Fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        if needs_brackets(member) {
            write!(f, "({member})")?;
        } else {
            member.fmt(f)?;
        }
    }
    Ok(())
}

impl Filter {
    fn is_numbers(&self) -> bool {
        matches!(self.node(), Node::Condition(Condition::Numbers(_)))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if is_plain_word(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Tag(tag) => write!(f, "@{}", value(tag)),
            Self::State(state) => write!(f, "is:{state}"),
            Self::Numbers(numbers) => write!(f, "#{numbers}"),
            Self::Id(prefix) => write!(f, "id:{prefix}"),
            Self::Parent(parent) => write!(f, "parent:{parent}"),
            Self::Priority(priorities) => priorities.fmt(f),
            Self::Due(test) => test.fmt(f),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Any => "any",
            Self::Trash => "trash",
        })
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.ranges().iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            match (range.start(), range.end()) {
                (first, last) if first == last => write!(f, "{comma}{first}")?,
                (first, last) => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Priorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range().map(std::ops::RangeInclusive::into_inner) {
            None => f.write_str("p0"),
            Some((highest, lowest)) if highest == lowest => write!(f, "p{highest}"),
            Some((highest, lowest)) => write!(f, "p{highest}..p{lowest}"),
        }
    }
}

impl fmt::Display for DueTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("due:none"),
            Self::Ever => f.write_str("due:any"),
            Self::Before(moment) => write!(f, "due.before:{moment}"),
            Self::After(moment) => write!(f, "due.after:{moment}"),
            Self::By(moment) => write!(f, "due.by:{moment}"),
            Self::Between(first, last) if first == last => write!(f, "due:{first}"),
            Self::Between(first, last) => write!(f, "due:{first}..{last}"),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::{collection::vec, prelude::*};
    use uuid::Uuid;

    use super::*;
    use crate::IdPrefix;

    /// Texts that look like something else.
    fn texts() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "not",
            "AND",
            "or",
            "today",
            "p1",
            "p1..p9",
            "12",
            "#12",
            "1-3",
            "is:open",
            "due:none",
            "-@a",
            "-x",
            "@",
            "@a",
            "+Home",
            "!",
            "!x",
            "|",
            "(",
            ")",
            "a|b",
            "\"",
            "\\",
            "\\\"",
            "a\\",
            " ",
            "re:x",
            "tags:a",
            "p5",
            "Straße",
            "日本語",
            "e\u{301}",
            "\u{a0}",
            "https://a.b/x",
            "x<y",
            "due<",
            "a\nb",
            "'",
            "..",
            "done",
            "5\"",
        ]);
        prop_oneof![words.prop_map(str::to_owned), "[^\0]{1,8}", "[a-zA-Z0-9!\"#()|:\\\\@ .-]{1,8}"]
    }

    fn moments() -> impl Strategy<Value = Moment> {
        let dates =
            (1..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| date(year, month, day));
        let times = (dates.clone(), 0..24_i8, 0..60_i8, 0..60_i8)
            .prop_map(|(date, hour, minute, second)| Moment::Time(date.at(hour, minute, second, 0)));
        prop_oneof![dates.prop_map(Moment::Day), times]
    }

    fn dues() -> impl Strategy<Value = DueTest> {
        let ranges = (moments(), moments()).prop_map(|(a, b)| {
            if a.start() < b.end() { DueTest::Between(a, b) } else { DueTest::Between(b, a) }
        });
        prop_oneof![
            Just(DueTest::Never),
            Just(DueTest::Ever),
            moments().prop_map(DueTest::Before),
            moments().prop_map(DueTest::After),
            moments().prop_map(DueTest::By),
            moments().prop_map(|moment| DueTest::Between(moment, moment)),
            ranges,
        ]
    }

    fn numbers() -> impl Strategy<Value = Numbers> {
        vec((1..=Numbers::MAX - 100, 0..100_i64), 1..4).prop_map(|ranges| {
            Numbers::new(ranges.into_iter().map(|(first, more)| first..=first + more)).unwrap()
        })
    }

    fn conditions() -> impl Strategy<Value = Condition> {
        let ids = any::<u128>().prop_map(Uuid::from_u128);
        let states = prop::sample::select(vec![State::Open, State::Done, State::Any, State::Trash]);
        let priorities = (1..=4_u8, 0..4_u8)
            .prop_map(|(highest, more)| Priorities::new(highest, 4.min(highest + more)).unwrap());
        prop_oneof![
            3 => texts().prop_map(Condition::Text),
            2 => texts().prop_map(Condition::Tag),
            1 => ids.clone().prop_map(Condition::Project),
            1 => states.prop_map(Condition::State),
            2 => numbers().prop_map(Condition::Numbers),
            1 => "[0-9a-fA-F]{4,32}".prop_map(|digits| Condition::Id(IdPrefix::parse(&digits).unwrap())),
            1 => (1..=Numbers::MAX).prop_map(|number| Condition::Parent(Parent::Number(number))),
            1 => ids.prop_map(|id| Condition::Parent(Parent::Id(id))),
            1 => priorities.prop_map(Condition::Priority),
            1 => Just(Condition::Priority(Priorities::NONE)),
            2 => dues().prop_map(Condition::Due),
        ]
    }

    fn filters() -> impl Strategy<Value = Filter> {
        conditions().prop_map(Filter::from).prop_recursive(4, 16, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Filter::all),
                vec(inner.clone(), 0..4).prop_map(Filter::any),
                inner.prop_map(|filter| !filter),
            ]
        })
    }

    fn is_within_limits(filter: &Filter) -> bool {
        let texts = filter.conditions().iter().filter(|c| matches!(c, Condition::Text(_))).count();
        texts <= crate::limits::FILTER_TEXTS
            && filter.to_string().chars().count() <= crate::limits::FILTER_CHARS
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_written_is_parsed_back(filter in filters().prop_filter("too long", is_within_limits)) {
            let text = filter.to_string();
            prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}", hostile in vec(texts(), 0..6)) {
            for text in [text, hostile.join(" ")] {
                if let Ok(filter) = Filter::parse(&text) {
                    let written = filter.to_string();
                    if is_within_limits(&filter) {
                        prop_assert_eq!(Filter::parse(&written), Ok(filter), "{} as {}", text, written);
                    }
                }
            }
        }
    }

    #[test]
    fn only_what_needs_quotes_has_them() {
        let written = |text: &str| Filter::from(Condition::Text(text.into())).to_string();
        for text in ["milk", "Straße", "it's", "e-mail", "a.b", "done", "p", "p5x"] {
            assert_eq!(written(text), text);
        }
        for text in ["Or", "p1", "today", "12", "a b", "-x", "re:x", "5'"] {
            assert_eq!(written(text), format!("\"{text}\""));
        }
    }
}
