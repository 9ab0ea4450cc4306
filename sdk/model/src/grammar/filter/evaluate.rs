//! What a filter means in full, and whether a todo matches it.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use uuid::Uuid;

use super::{Condition, DueTest, Filter, Node, Parent, State};
use crate::{Due, text::folded, time_zone};

/// What a filter looks at.
///
/// ```
/// use jiff::tz::TimeZone;
/// use todo_model::grammar::{Filter, TodoView};
///
/// let tags = ["errand".to_owned()];
/// let milk = TodoView { title: "Buy milk", tags: &tags, ..TodoView::default() };
/// assert!(Filter::parse("milk @errand")?.matches(&milk, &TimeZone::UTC));
/// assert!(!Filter::parse("milk not @errand")?.matches(&milk, &TimeZone::UTC));
/// # Ok::<(), todo_model::grammar::FilterError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TodoView<'t> {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub number: i64,
    /// The project it is in.
    pub project: Uuid,
    /// Id and number of what it is a part of.
    pub parent: Option<(Uuid, i64)>,
    /// Its title.
    pub title: &'t str,
    /// Its notes.
    pub notes: &'t str,
    /// Its tags.
    pub tags: &'t [String],
    /// 1 to 4, or none.
    pub priority: Option<u8>,
    /// When it is due.
    pub due: Option<&'t Due>,
    /// Whether it is done.
    pub is_done: bool,
    /// Whether it is in the trash, by itself or with its project.
    pub is_in_trash: bool,
}

impl Filter {
    /// Returns what the filter means, with the default state and what it leaves out written in full. Of the states in it,
    /// `is:any` is true of every todo, and `is:open` and `is:done` are about nothing but whether it is done.
    ///
    /// ```
    /// # use todo_model::grammar::Filter;
    /// let meaning = |text| Filter::parse(text).unwrap().in_full().to_string();
    /// assert_eq!(meaning("@errand"), "is:open not is:trash @errand");
    /// assert_eq!(meaning("is:done"), "not is:trash is:done");
    /// assert_eq!(meaning("12"), "#12");
    /// assert_eq!(meaning("12 | @errand"), "#12 | is:open not is:trash @errand");
    /// ```
    #[must_use]
    pub fn in_full(&self) -> Self {
        let conditions = self.conditions();
        let stands = |test: fn(&Condition) -> bool| conditions.iter().any(|condition| test(condition));
        let has_state = |condition: &Condition| {
            matches!(condition, Condition::State(_) | Condition::Numbers(_) | Condition::Id(_))
        };
        // What one alternative says of states is not said of the others. Where none says anything, what is meant of each of
        // them stands once in front of them, where a database finds it.
        if let Node::Or(alternatives) = self.node()
            && stands(has_state)
        {
            return Self::any(alternatives.iter().map(Self::in_full));
        }
        let not_in_trash = !Self::from(Condition::State(State::Trash));
        let names_todos = stands(|condition| matches!(condition, Condition::Numbers(_) | Condition::Id(_)));
        if stands(|condition| matches!(condition, Condition::State(State::Trash))) {
            self.clone()
        } else if names_todos {
            self.outside_trash(&not_in_trash)
        } else if stands(|condition| matches!(condition, Condition::State(_))) {
            Self::all([not_in_trash, self.clone()])
        } else {
            Self::all([Condition::State(State::Open).into(), not_in_trash, self.clone()])
        }
    }

    /// Says of every state that the trash does not count.
    fn outside_trash(&self, not_in_trash: &Self) -> Self {
        let each = |members: &[Self]| -> Vec<Self> {
            members.iter().map(|member| member.outside_trash(not_in_trash)).collect()
        };
        match self.node() {
            Node::And(members) => Self::all(each(members)),
            Node::Or(members) => Self::any(each(members)),
            Node::Not(negated) => !negated.outside_trash(not_in_trash),
            Node::Condition(Condition::State(_)) => Self::all([self.clone(), not_in_trash.clone()]),
            Node::Condition(_) => self.clone(),
        }
    }

    /// Whether a todo matches, for a person in this zone.
    #[must_use]
    pub fn matches(&self, todo: &TodoView<'_>, zone: &TimeZone) -> bool {
        self.in_full().is_true_of(todo, zone)
    }

    fn is_true_of(&self, todo: &TodoView<'_>, zone: &TimeZone) -> bool {
        match self.node() {
            Node::And(members) => members.iter().all(|member| member.is_true_of(todo, zone)),
            Node::Or(members) => members.iter().any(|member| member.is_true_of(todo, zone)),
            Node::Not(negated) => !negated.is_true_of(todo, zone),
            Node::Condition(condition) => condition.is_true_of(todo, zone),
        }
    }
}

impl Condition {
    fn is_true_of(&self, todo: &TodoView<'_>, zone: &TimeZone) -> bool {
        match self {
            Self::Text(text) => {
                let text = folded(text);
                folded(&format!("{}\n{}", todo.title, todo.notes)).contains(&text)
                    || todo.tags.iter().any(|tag| folded(tag).contains(&text))
            }
            Self::Project(id) => todo.project == *id,
            Self::Tag(wanted) => todo.tags.iter().any(|tag| folded(tag) == folded(wanted)),
            Self::State(State::Open) => !todo.is_done,
            Self::State(State::Done) => todo.is_done,
            Self::State(State::Any) => true,
            Self::State(State::Trash) => todo.is_in_trash,
            Self::Numbers(numbers) => numbers.ranges().iter().any(|range| range.contains(&todo.number)),
            Self::Id(prefix) => prefix.matches(todo.id),
            Self::Parent(Parent::Number(wanted)) => todo.parent.is_some_and(|(_, number)| number == *wanted),
            Self::Parent(Parent::Id(wanted)) => todo.parent.is_some_and(|(id, _)| id == *wanted),
            Self::Priority(priorities) => priorities.contains(todo.priority),
            Self::Due(test) => test.is_true_of(todo.due, zone),
        }
    }
}

impl DueTest {
    fn is_true_of(self, due: Option<&Due>, zone: &TimeZone) -> bool {
        let (Some((from, before)), Some(due)) = (self.bounds(), due) else {
            return (self == Self::Never) == due.is_none();
        };
        let is_between = |at: Timestamp, in_zone: &TimeZone| {
            from.is_none_or(|from| bound(from, in_zone) <= at)
                && before.is_none_or(|before| at < bound(before, in_zone))
        };
        // A zone that this machine does not know is read as UTC.
        let at = due.instant().unwrap_or_else(|| bound(due.last_moment(), &TimeZone::UTC));
        // What is no instant is compared as the clock shows it, for which UTC stands here.
        if due.is_zoned() { is_between(at, zone) } else { is_between(at, &TimeZone::UTC) }
    }
}

/// The instant at which the zone's clocks show this; beyond the range of instants, the nearest.
fn bound(time: DateTime, zone: &TimeZone) -> Timestamp {
    let nearest = if time.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    time_zone::instant(time, zone).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn filter(text: &str) -> Filter {
        Filter::parse(text).unwrap()
    }

    fn matches(text: &str, todo: &TodoView<'_>) -> bool {
        filter(text).matches(todo, &TimeZone::UTC)
    }

    #[test]
    fn the_default_state_is_open_and_outside_the_trash() {
        let open = TodoView { number: 12, ..TodoView::default() };
        let done = TodoView { is_done: true, ..open };
        let trash = TodoView { is_in_trash: true, ..open };
        let done_trash = TodoView { is_done: true, is_in_trash: true, ..open };
        for (text, expected) in [
            ("", [true, false, false, false]),
            ("p0", [true, false, false, false]),
            ("not p1", [true, false, false, false]),
            ("is:open", [true, false, false, false]),
            ("is:done", [false, true, false, false]),
            ("is:any", [true, true, false, false]),
            ("is:trash", [false, false, true, true]),
            ("not is:done", [true, false, false, false]),
            ("not is:trash", [true, true, false, false]),
            ("is:done | p0", [true, true, false, false]),
            ("is:trash is:done", [false, false, false, true]),
            ("is:any | is:trash", [true; 4]),
            ("is:done (is:any | is:trash)", [false, true, false, true]),
            ("12", [true; 4]),
            ("13", [false; 4]),
            ("#12 is:any", [true, true, false, false]),
            ("#12 is:done", [false, true, false, false]),
            ("#13 | is:done", [false, true, false, false]),
            ("id:0000", [true; 4]),
            ("#12 is:trash", [false, false, true, true]),
            ("#12 | p0", [true; 4]),
            ("#13 | p0", [true, false, false, false]),
            ("id:ffff | p0", [true, false, false, false]),
            ("is:done | p0", [true, true, false, false]),
            ("is:trash | p0", [true, false, true, true]),
            ("p0 (#12 | is:done)", [true, true, true, true]),
        ] {
            let found = [open, done, trash, done_trash].map(|todo| matches(text, &todo));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn texts_are_found_in_title_notes_and_tags() {
        let tags = ["Errand".to_owned(), "shop-now".to_owned()];
        let todo = TodoView { title: "Buy oat MILK", notes: "100%_sure", tags: &tags, ..TodoView::default() };
        for text in ["milk buy", "\"oat milk\"", "0%_S", "RAND", "@errand", "tag:SHOP-NOW", "not @shop"] {
            assert!(matches(text, &todo), "{text}");
        }
        for text in ["milk bread", "\"buy milk\"", "0__s", "@rand", "not milk @errand"] {
            assert!(!matches(text, &todo), "{text}");
        }
    }

    #[test]
    fn due_times_are_compared_with_days_and_times() {
        let matching = |due: Due| {
            let texts = [
                "due:none",
                "due:any",
                "due:2026-07-15",
                "due.before:2026-07-15",
                "due.after:2026-07-15",
                "due.by:2026-07-15",
                "due:2026-07-14..2026-07-15",
                "due.before:2026-07-15T18:00",
                "due.after:2026-07-15T18:00",
                "due.by:2026-07-15T18:00",
                "due:2026-07-15T18:00",
            ];
            let zone = time_zone::find("America/New_York").unwrap();
            let todo = TodoView { due: Some(&due), ..TodoView::default() };
            texts
                .into_iter()
                .filter(|text| filter(text).matches(&todo, &zone))
                .skip(1)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let day = date(2026, 7, 15);
        let by = "due:2026-07-15 due.by:2026-07-15 due:2026-07-14..2026-07-15";
        assert_eq!(matching(Due::Date(day)), format!("{by} due.after:2026-07-15T18:00"));
        assert_eq!(
            matching(Due::Local(day.at(18, 0, 0, 0))),
            format!("{by} due.by:2026-07-15T18:00 due:2026-07-15T18:00")
        );
        assert_eq!(
            matching(Due::Local(day.at(17, 59, 59, 0))),
            format!("{by} due.before:2026-07-15T18:00 due.by:2026-07-15T18:00")
        );
        let tokyo =
            Due::Zoned { date_time: date(2026, 7, 16).at(7, 0, 0, 0), time_zone: "Asia/Tokyo".into() };
        assert_eq!(matching(tokyo), format!("{by} due.by:2026-07-15T18:00 due:2026-07-15T18:00"));
        assert_eq!(
            matching(Due::Local(date(2026, 7, 16).at(0, 0, 0, 0))),
            "due.after:2026-07-15 due.after:2026-07-15T18:00"
        );
        assert!(matches("due:none not due:any", &TodoView::default()));
        assert!(matches("not due.before:2026-07-15", &TodoView::default()), "never is not before");
    }

    #[test]
    fn numbers_ids_projects_and_parents_are_compared() {
        let parent = (Uuid::from_u128(7), 3);
        let todo = TodoView { number: 5, parent: Some(parent), priority: Some(2), ..TodoView::default() };
        for text in
            ["1-3 5", "parent:3", "parent:00000000-0000-0000-0000-000000000007", "p1..p2", "id:0000 not p0"]
        {
            assert!(matches(text, &todo), "{text}");
        }
        for text in
            ["1-3 6", "parent:5", "p3..p4", "p0", "id:0001", "project:00000000-0000-0000-0000-000000000007"]
        {
            assert!(!matches(text, &todo), "{text}");
        }
    }
}
