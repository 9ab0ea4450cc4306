//! What a list of todos holds, and in what order.

use std::{fmt, str::FromStr};

use jiff::civil::{DateTime, Time};
use todo_model::{
    IdPrefix,
    due::to_second,
    grammar::{Condition, DueTest, Filter, Moment, Numbers, Parent, State, quoted},
};

use crate::{Error, ProjectId, Result, Status, TodoId};

/// Which todos [`Client::list_todos`](crate::Client::list_todos) returns. Everything that is set must match; the default
/// is every todo outside the trash, by number.
///
/// Built by methods, or [parsed](Self::parse) from what somebody typed. It is sent as text, which is what it shows:
///
/// ```
/// use todo_sdk::{Order, Status, TodoFilter};
///
/// let open_at_work = TodoFilter::default().status(Status::NeedsAction).tag("work").order(Order::Due);
/// assert_eq!(open_at_work.to_string(), "is:open @work");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct TodoFilter {
    /// What was parsed, which has a default state of its own.
    parsed: Option<Filter>,
    project: Option<ProjectId>,
    status: Option<Status>,
    trash: Option<Trash>,
    tag: Option<String>,
    query: Option<String>,
    due_from: Option<DateTime>,
    due_before: Option<DateTime>,
    numbers: Vec<u64>,
    id_prefix: Option<String>,
    parent: Option<TodoId>,
    pub(crate) order: Order,
}

impl TodoFilter {
    /// Reads a filter as people type it: `@errand due.before:2026-12-24 not p0`. Without `is:`, a number or an id it means
    /// the open todos. [`Filter`] describes the language.
    ///
    /// Fails with [`is_invalid_argument`](crate::Error::is_invalid_argument), saying at which column the text is wrong.
    ///
    /// ```
    /// use todo_sdk::{Order, TodoFilter};
    ///
    /// let errands = TodoFilter::parse("@errand or @shop")?.order(Order::Due);
    /// assert_eq!(errands.to_string(), "@errand | @shop");
    /// let error = TodoFilter::parse("@errand is:opne").unwrap_err();
    /// assert!(error.to_string().contains("Column 12"));
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        let parsed = Filter::parse(text)
            .map_err(|error| Error::invalid(format!("The filter cannot be read. {error}")))?;
        Ok(Self { parsed: Some(parsed), ..Self::default() })
    }

    /// Keeps the todos of one project.
    ///
    /// ```
    /// # use todo_sdk::{ProjectId, TodoFilter};
    /// # let garden = ProjectId::generate();
    /// let filter = TodoFilter::default().project(garden);
    /// # let _ = filter;
    /// ```
    pub fn project(mut self, id: ProjectId) -> Self {
        self.project = Some(id);
        self
    }

    /// Keeps the todos of one status.
    ///
    /// ```
    /// # use todo_sdk::{Status, TodoFilter};
    /// let filter = TodoFilter::default().status(Status::Completed);
    /// # let _ = filter;
    /// ```
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// Says what to do about the trash.
    ///
    /// ```
    /// # use todo_sdk::{TodoFilter, Trash};
    /// let filter = TodoFilter::default().trash(Trash::Only);
    /// # let _ = filter;
    /// ```
    pub fn trash(mut self, trash: Trash) -> Self {
        self.trash = Some(trash);
        self
    }

    /// Keeps the todos with this tag, compared without case.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().tag("errand");
    /// # let _ = filter;
    /// ```
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Keeps the todos that have each of these words in title, description or a tag, compared without case. Up to 8 words.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().query("milk and bread");
    /// assert_eq!(filter.to_string(), "is:any milk \"and\" bread");
    /// ```
    pub fn query(mut self, text: impl Into<String>) -> Self {
        self.query = Some(text.into());
        self
    }

    /// Keeps the todos due at this wall-clock time or later, in the account's time zone.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().due_from(jiff::civil::date(2026, 7, 15).at(0, 0, 0, 0));
    /// # let _ = filter;
    /// ```
    pub fn due_from(mut self, time: DateTime) -> Self {
        self.due_from = Some(time);
        self
    }

    /// Keeps the todos due before this wall-clock time, in the account's time zone. A date is due at the end of its day.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().due_before(jiff::civil::date(2026, 7, 16).at(0, 0, 0, 0));
    /// # let _ = filter;
    /// ```
    pub fn due_before(mut self, time: DateTime) -> Self {
        self.due_before = Some(time);
        self
    }

    /// Keeps the todos with one of these numbers. No numbers means any number. They are sent as ranges, in at most 1,000
    /// characters: 80 numbers of any size always fit.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().numbers(4..=10);
    /// # let _ = filter;
    /// ```
    pub fn numbers(mut self, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.numbers = numbers.into_iter().collect();
        self
    }

    /// Keeps the todos whose id begins with this: at least 4 hexadecimal digits, hyphens do not count.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().id_prefix("0198f1c2");
    /// # let _ = filter;
    /// ```
    pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.id_prefix = Some(prefix.into());
        self
    }

    /// Keeps the parts of this todo.
    ///
    /// ```
    /// # use todo_sdk::{TodoFilter, TodoId};
    /// # let party = TodoId::generate();
    /// let filter = TodoFilter::default().parent(party);
    /// # let _ = filter;
    /// ```
    pub fn parent(mut self, id: TodoId) -> Self {
        self.parent = Some(id);
        self
    }

    /// Sets the order.
    ///
    /// ```
    /// # use todo_sdk::{Order, TodoFilter};
    /// let filter = TodoFilter::default().order(Order::Newest);
    /// # let _ = filter;
    /// ```
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }
}

/// What the builder's methods mean in the language.
impl TodoFilter {
    /// Whether nothing says which todos are meant.
    pub(crate) fn is_empty(&self) -> bool {
        let says_nothing = self.parsed.as_ref().is_none_or(Filter::is_empty)
            && self.due_from.is_none()
            && self.status.is_none()
            && self.trash.is_none();
        says_nothing
            && self.conditions().next().is_none()
            && self.id_prefix.as_ref().is_none_or(String::is_empty)
    }

    /// The part about states. What was parsed has its own.
    fn state(&self) -> Filter {
        let is = |state| Filter::from(Condition::State(state));
        let status = self.status.map(|status| match status {
            Status::NeedsAction => is(State::Open),
            Status::Completed => is(State::Done),
        });
        let place = match self.trash {
            None if self.parsed.is_some() => None,
            // A status is one of todos outside the trash.
            None | Some(Trash::Exclude) => status.is_none().then(|| is(State::Any)),
            Some(Trash::Include) => Some(Filter::any([is(State::Any), is(State::Trash)])),
            Some(Trash::Only) => Some(is(State::Trash)),
        };
        Filter::all(place.into_iter().chain(status))
    }

    fn conditions(&self) -> impl Iterator<Item = Condition> {
        let project = self.project.map(|id| Condition::Project(id.into()));
        let tag = self.tag.as_ref().filter(|tag| !tag.is_empty()).map(|tag| Condition::Tag(tag.clone()));
        let words = self.query.iter().flat_map(|query| query.split_whitespace());
        let words = words.map(|word| Condition::Text(word.to_owned()));
        let due_before = self.due_before.map(|time| Condition::Due(DueTest::Before(moment(time))));
        let id = self.id_prefix.as_deref().and_then(IdPrefix::parse).map(Condition::Id);
        let parent = self.parent.map(|id| Condition::Parent(Parent::Id(id.into())));
        project
            .into_iter()
            .chain(tag)
            .chain(words)
            .chain(due_before)
            .chain(self.numbers_condition())
            .chain(id)
            .chain(parent)
    }

    /// A number that no todo can have stands for those beyond.
    fn numbers_condition(&self) -> Option<Condition> {
        let number =
            |number: &u64| i64::try_from(*number).ok().filter(|number| (1..Numbers::MAX).contains(number));
        let ranges = self.numbers.iter().map(|n| number(n).unwrap_or(Numbers::MAX)).map(|n| n..=n);
        Numbers::new(ranges).map(Condition::Numbers)
    }

    fn tree(&self) -> Filter {
        // "Not before" is true of what is never due.
        let due_from = self.due_from.map(|time| {
            let before = Filter::from(Condition::Due(DueTest::Before(moment(time))));
            Filter::all([Condition::Due(DueTest::Ever).into(), !before])
        });
        let parts = [self.state()].into_iter().chain(self.parsed.clone()).chain(due_from);
        Filter::all(parts.chain(self.conditions().map(Filter::from)))
    }
}

/// Due times are kept to the second.
fn moment(time: DateTime) -> Moment {
    match to_second(time) {
        time if time.time() == Time::midnight() => Moment::Day(time.date()),
        time => Moment::Time(time),
    }
}

/// The text that is sent: what [`TodoFilter::parse`] reads.
impl fmt::Display for TodoFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree().fmt(f)?;
        match &self.id_prefix {
            // What is no beginning of an id is for the server to refuse.
            Some(text) if !text.is_empty() && IdPrefix::parse(text).is_none() => {
                write!(f, " id:{}", quoted(text))
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for TodoFilter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// How many todos match a filter, see [`Client::count_todos`](crate::Client::count_todos).
///
/// ```
/// fn describe(count: todo_sdk::TodoCount) -> String {
///     if count.at_least { format!("more than {}", count.count) } else { count.count.to_string() }
/// }
/// # let _ = describe;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TodoCount {
    /// How many were counted: at most 10,000.
    pub count: u64,
    /// Whether there are more than that.
    pub at_least: bool,
}

/// What a list does about the trash.
///
/// ```
/// assert_eq!(todo_sdk::Trash::default(), todo_sdk::Trash::Exclude);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trash {
    /// Leaves out what is in the trash.
    #[default]
    Exclude,
    /// Lists what is in the trash too.
    Include,
    /// Lists only what is in the trash.
    Only,
}

/// The order of a list.
///
/// ```
/// assert_eq!(todo_sdk::Order::default(), todo_sdk::Order::Number);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// By number: the order of creation.
    #[default]
    Number,
    /// By due time, the earliest first and those never due last; then by priority, the highest first; then by number.
    Due,
    /// By number, the newest first.
    Newest,
    /// By the time of the last change, the latest first; then by number, the newest first.
    Changed,
    /// By place in the manual order of a project, which [`move_todos`](crate::Client::move_todos) changes. The filter must
    /// name the [`project`](TodoFilter::project).
    Position,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn all() -> TodoFilter {
        TodoFilter::default()
    }

    #[test]
    fn every_method_has_its_words() {
        let id = "0198f1c2-6a3e-7c55-9d3b-0a6b8f4e2d11";
        let evening = date(2026, 7, 15).at(18, 0, 0, 0);
        for (filter, text) in [
            (all(), "is:any".to_owned()),
            (all().status(Status::NeedsAction), "is:open".to_owned()),
            (all().status(Status::Completed).trash(Trash::Exclude), "is:done".to_owned()),
            (all().trash(Trash::Include), "is:any | is:trash".to_owned()),
            (all().trash(Trash::Only), "is:trash".to_owned()),
            (all().status(Status::Completed).trash(Trash::Only), "is:trash is:done".to_owned()),
            (all().status(Status::Completed).trash(Trash::Include), "(is:any | is:trash) is:done".to_owned()),
            (all().project(id.parse().unwrap()), format!("is:any project:{id}")),
            (all().parent(id.parse().unwrap()), format!("is:any parent:{id}")),
            (all().tag("a|b"), "is:any @\"a|b\"".to_owned()),
            (all().tag("").query(" ").id_prefix("").numbers([]), "is:any".to_owned()),
            (all().query(" not 5\" p1 "), r#"is:any "not" "5\"" "p1""#.to_owned()),
            (all().due_from(evening), "is:any due:any not due.before:2026-07-15T18:00:00".to_owned()),
            (all().due_before(date(2026, 7, 15).at(0, 0, 0, 9)), "is:any due.before:2026-07-15".to_owned()),
            (all().numbers([3, 1, 2, 9]), "is:any #1-3,9".to_owned()),
            (all().numbers([0, u64::MAX]), "is:any #9999999999".to_owned()),
            (all().id_prefix("0198F"), "is:any id:0198f".to_owned()),
            (all().id_prefix("x\"y"), r#"is:any id:"x\"y""#.to_owned()),
        ] {
            assert_eq!(filter.to_string(), text);
            if !text.contains("id:\"") {
                assert_eq!(TodoFilter::parse(&text).unwrap().to_string(), text, "is read back");
            }
        }
    }

    #[test]
    fn what_was_parsed_keeps_its_default_state_until_one_is_set() {
        let parsed = |text| TodoFilter::parse(text).unwrap();
        assert_eq!(parsed("").to_string(), "");
        assert_eq!(parsed("@a or @b").tag("c").to_string(), "(@a | @b) @c");
        assert_eq!(parsed("@a").status(Status::Completed).to_string(), "is:done @a");
        assert_eq!(parsed("12").numbers([13]).to_string(), "(#12) (#13)", "both, not one of them");
        assert!("is:opne".parse::<TodoFilter>().unwrap_err().is_invalid_argument());
    }
}
