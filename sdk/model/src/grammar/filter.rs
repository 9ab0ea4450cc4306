//! The language in which people say which todos they mean: `@errand due.before:2026-12-24 not p0`.
//!
//! | file | what |
//! |---|---|
//! | `filter.rs` | [`Filter`]: the tree, and how trees are joined |
//! | `filter/condition.rs` | [`Condition`] and the types in it: the leaves |
//! | `filter/lexer.rs` | from text to tokens: words, quotes, brackets |
//! | `filter/term.rs` | from one token to a condition: sigils, keys, numbers |
//! | `filter/value.rs` | what stands behind a key |
//! | `filter/dates.rs` | dates in words there |
//! | `filter/operators.rs` | which words are operators: `not`, `and`, `or` |
//! | `filter/parser.rs` | from tokens to the tree: lists, alternatives, brackets, limits |
//! | `filter/error.rs` | [`FilterError`]: where a text is wrong, and what to write instead |
//! | `filter/writer.rs` | from the tree to text |
//! | `filter/evaluate.rs` | the default state, and whether a todo matches |

mod condition;
mod dates;
mod error;
mod evaluate;
mod lexer;
mod operators;
mod parser;
mod term;
mod value;
mod writer;

use std::{ops::Not, str::FromStr};

use jiff::ZonedDateTime;

use super::dates::calendar::Calendar;
use crate::date_settings::DateSettings;

pub use condition::{Condition, DueTest, Moment, Numbers, Parent, Priorities, State};
pub use error::FilterError;
pub use evaluate::TodoView;
pub use writer::quoted;

/// Which todos somebody means, as a tree of conditions.
///
/// Parsed from text and written as text, each the reverse of the other:
///
/// ```
/// use todo_model::grammar::Filter;
///
/// let filter = Filter::parse("@errand and (p1 or due.before:2026-12-24) milk")?;
/// assert_eq!(filter.to_string(), "@errand (p1 | due.before:2026-12-24) milk");
/// # Ok::<(), todo_model::grammar::FilterError>(())
/// ```
///
/// # The language
///
/// | written | means |
/// |---|---|
/// | `milk bread` | both words, each anywhere in title, notes or a tag, without regard to case |
/// | `"buy milk"` | the words together; `\"` and `\\` within are a quote and a backslash; what is reserved is text in quotes |
/// | `@money`, `tag:money` | has the tag |
/// | `project:UUID` | in the project |
/// | `p1`, `p1..p2`, `p0`, `priority:1` | priority; a range of them; none |
/// | `due:2026-12-24`, `due:A..B`, `due:none`, `due:any` | on that day; from A to B, both included; never; ever |
/// | `due.before:A`, `due.after:A`, `due.by:A` | before A begins; after it ends; before it ends (also `due<A`, `due>A`, `due<=A`) |
/// | `is:open`, `is:done`, `is:any`, `is:trash` | state |
/// | `12`, `1-3 7`, `1,4-10`, `#12` | one of these numbers; among other terms only `#12` is a number, `12` is a word |
/// | `id:PREFIX`, `id:UUID` | the id, or how it begins: at least 4 hexadecimal digits |
/// | `parent:12`, `parent:UUID` | the parts of that todo |
/// | `a b`, `a \| b`, `!a`, `(a b)` | and, which binds closer than or; or; not; grouping |
/// | `not a`, `a or b`, `a and b` | the same, where `a` and `b` are no plain words: `not urgent` searches both words |
///
/// A is a date, `2026-12-24`, or a local date-time, `2026-12-24T18:00` or `2026-12-24T18:00:30`. A todo that is due on a
/// date is due at the end of it. Keys, reserved words and tags are compared without regard to case.
///
/// # The default state
///
/// A filter without `is:`, number or id means the open todos. The trash is left out unless `is:trash`, a number or an id
/// stands in the filter. Alternatives at the top say so each for itself: `#12 | @errand` is todo 12 in whatever state, and
/// the open ones with the tag. Numbers and ids match in any state; `is:open`, `is:done` and `is:any` are about todos outside the
/// trash, except beside `is:trash`: `is:trash is:done` are the done todos in the trash.
///
/// # Limits
///
/// 1,000 characters, brackets 32 deep, 100 conditions, 8 of them words or phrases. A text has no NUL.
///
/// The empty filter says nothing. It is no part of other filters: joined with one, it vanishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Node);

/// What a [`Filter`] is made of, at its top.
///
/// There are no two ways to build the same thing: a list of alternatives holds none, a negation negates none, and a list
/// has at least two members; only the empty filter is a list of no conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// All of these match. Without any: the empty filter.
    And(Vec<Filter>),
    /// One of these matches.
    Or(Vec<Filter>),
    /// This does not match.
    Not(Box<Filter>),
    /// This is true of the todo.
    Condition(Condition),
}

impl Filter {
    /// Reads a filter. The error says where it is wrong, and where possible what to write instead.
    ///
    /// ```
    /// use todo_model::grammar::Filter;
    ///
    /// assert!(Filter::parse(" ")?.is_empty());
    /// let error = Filter::parse("milk is:opne").unwrap_err();
    /// assert_eq!((error.column(), error.suggestion()), (9, Some("open")));
    /// # Ok::<(), todo_model::grammar::FilterError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parser::parse(text, None)
    }

    /// Reads a filter in which dates stand in words, as of `now` in the person's zone: `due:fri`, `due:next week`,
    /// `due.by:+7d`, `overdue`, `today` (overdue or due today), `upcoming` (the next 7 days, today included).
    ///
    /// ```
    /// use todo_model::{date_settings::DateSettings, grammar::Filter};
    ///
    /// let now = jiff::civil::date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York")?;
    /// let filter = Filter::parse_at("milk due:next week", &now, &DateSettings::default())?;
    /// assert_eq!(filter.to_string(), "milk due:2026-07-20..2026-07-26");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_at(text: &str, now: &ZonedDateTime, settings: &DateSettings) -> Result<Self, FilterError> {
        parser::parse(text, Some(&Calendar::new(now, settings)))
    }

    /// Returns the filter that matches what all of these match.
    ///
    /// ```
    /// use todo_model::grammar::{Condition, Filter, State};
    ///
    /// let done = Filter::from(Condition::State(State::Done));
    /// let tag = Filter::from(Condition::Tag("errand".into()));
    /// assert_eq!(Filter::all([done, Filter::default(), tag]).to_string(), "is:done @errand");
    /// ```
    #[must_use]
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        let mut members = Vec::new();
        for filter in filters {
            match filter.0 {
                // The empty one, too.
                Node::And(more) => members.extend(more),
                _ => members.push(filter),
            }
        }
        one_of(members).unwrap_or_else(|members| Self(Node::And(members)))
    }

    /// Returns the filter that matches what at least one of these matches. Without any, it is empty.
    ///
    /// ```
    /// use todo_model::grammar::Filter;
    ///
    /// let urgent = ["p1", "overhaul"].map(|text| Filter::parse(text).unwrap());
    /// assert_eq!(Filter::any(urgent).to_string(), "p1 | overhaul");
    /// ```
    #[must_use]
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        let mut members = Vec::new();
        for filter in filters {
            match filter.0 {
                Node::Or(more) => members.extend(more),
                _ if filter.is_empty() => {}
                _ => members.push(filter),
            }
        }
        one_of(members).unwrap_or_else(|members| {
            Self(if members.is_empty() { Node::And(members) } else { Node::Or(members) })
        })
    }

    /// Returns the top of the tree.
    ///
    /// ```
    /// use todo_model::grammar::{Filter, Node};
    ///
    /// assert!(matches!(Filter::parse("not p1")?.node(), Node::Not(_)));
    /// # Ok::<(), todo_model::grammar::FilterError>(())
    /// ```
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.0
    }

    /// Whether it says nothing. A list then shows what is open; a change refuses it.
    ///
    /// ```
    /// # use todo_model::grammar::Filter;
    /// assert!(Filter::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Node::And(members) if members.is_empty())
    }

    /// Returns the conditions, in the order of the text.
    ///
    /// ```
    /// # use todo_model::grammar::Filter;
    /// assert_eq!(Filter::parse("not (p1 | @errand)")?.conditions().len(), 2);
    /// # Ok::<(), todo_model::grammar::FilterError>(())
    /// ```
    #[must_use]
    pub fn conditions(&self) -> Vec<&Condition> {
        match &self.0 {
            Node::And(members) | Node::Or(members) => members.iter().flat_map(Self::conditions).collect(),
            Node::Not(filter) => filter.conditions(),
            Node::Condition(condition) => vec![condition],
        }
    }
}

/// A list of one is its member.
fn one_of(mut members: Vec<Filter>) -> Result<Filter, Vec<Filter>> {
    match (members.pop(), members.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            members.extend(last);
            Err(members)
        }
    }
}

/// The empty filter.
impl Default for Filter {
    fn default() -> Self {
        Self(Node::And(Vec::new()))
    }
}

impl From<Condition> for Filter {
    fn from(condition: Condition) -> Self {
        Self(Node::Condition(condition))
    }
}

/// The filter that matches what this one does not. Of the empty filter, the empty one.
impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        match self.0 {
            Node::Not(filter) => *filter,
            _ if self.is_empty() => self,
            _ => Self(Node::Not(Box::new(self))),
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Filter {
        Filter::parse(text).unwrap()
    }

    #[test]
    fn trees_have_one_form() {
        let (a, b, c) = (filter("p1"), filter("p2"), filter("p3"));
        assert_eq!(Filter::all([a.clone()]), a);
        assert_eq!(Filter::any([a.clone()]), a);
        assert_eq!(
            Filter::all([a.clone(), Filter::all([b.clone(), c.clone()])]),
            Filter::all([Filter::all([a.clone(), b.clone()]), c.clone()])
        );
        assert_eq!(
            Filter::any([a.clone(), Filter::any([b.clone(), c.clone()])]),
            Filter::any([Filter::any([a.clone(), b]), c])
        );
        assert_eq!(!!a.clone(), a);
    }

    #[test]
    fn the_empty_filter_vanishes() {
        let a = filter("p1");
        let empty = Filter::default();
        assert_eq!(Filter::all([]), empty);
        assert_eq!(Filter::any([]), empty);
        assert_eq!(!empty.clone(), empty);
        assert_eq!(Filter::all([empty.clone(), a.clone()]), a);
        assert_eq!(Filter::any([a.clone(), empty]), a);
    }
}
