//! Which todos a list, a count or a change is about: the tree of a filter as conditions of SQL.
//!
//! What must be true of every todo stands by itself, in the words of the partial indexes. Every condition is true or false,
//! never NULL, so that its negation is what the filter means by it.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use todo_model::{
    grammar::{self, Condition, DueTest, Node, Numbers, Parent, Priorities, State},
    text::folded,
    time_zone,
};
use uuid::Uuid;

use super::{
    due_keys::{NEVER, wall_clock},
    todos::NO_PRIORITY,
};
use crate::time::Time;

/// A value of a statement.
pub(super) enum Arg {
    Int(i64),
    Text(String),
    Id(Uuid),
}

/// Adds a value and returns its placeholder.
pub(super) fn bind(args: &mut Vec<Arg>, arg: Arg) -> String {
    args.push(arg);
    format!("${}", args.len())
}

/// Few or none.
const DELETED_PROJECTS: &str = "SELECT id FROM projects WHERE account_id = $1 AND delete_time IS NOT NULL";

/// Which todos are meant, by somebody in a time zone.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// With the default state.
    tree: grammar::Filter,
    zone: TimeZone,
}

impl Filter {
    /// Of a filter as it was written, with its dates and times on the clocks of this zone.
    pub(crate) fn new(filter: &grammar::Filter, zone: TimeZone) -> Self {
        Self { tree: filter.in_full(), zone }
    }

    /// What must be true of every todo.
    fn members(&self) -> &[grammar::Filter] {
        match self.tree.node() {
            Node::And(members) => members,
            _ => std::slice::from_ref(&self.tree),
        }
    }

    /// Whether nothing in the trash matches.
    pub(crate) fn is_outside_trash(&self) -> bool {
        self.members().iter().any(|member| negates_trash(member.node()))
    }

    /// Whether all that matches is in one project.
    pub(crate) fn is_of_one_project(&self) -> bool {
        let is_project = |node: &Node| matches!(node, Node::Condition(Condition::Project(_)));
        self.members().iter().any(|member| is_project(member.node()))
    }

    /// Whether nothing that is done matches.
    pub(super) fn is_open(&self) -> bool {
        let open = Condition::State(State::Open);
        self.members().iter().any(|member| matches!(member.node(), Node::Condition(state) if *state == open))
    }

    /// Whether all that matches is in the trash.
    pub(super) fn is_in_trash(&self) -> bool {
        self.members().iter().any(|member| is_trash(member.node()))
    }

    /// The conditions, all of which must be true. `$1` is the owner.
    pub(super) fn conditions(&self, args: &mut Vec<Arg>) -> Vec<String> {
        let mut writer = Writer { args, zone: &self.zone };
        let condition = |member: &grammar::Filter| match member.node() {
            // Both halves by an index of their own. NULL for what is outside the trash, which would not do behind a NOT.
            node if is_trash(node) => format!(
                "delete_time > {BEFORE_ALL_TIMES} OR (delete_time IS NULL AND project_id IN ({DELETED_PROJECTS}))"
            ),
            _ => writer.filter(member),
        };
        self.members().iter().map(condition).collect()
    }
}

/// The largest number but one below zero that both engines write: no time is before it.
const BEFORE_ALL_TIMES: i64 = -i64::MAX;

fn is_trash(node: &Node) -> bool {
    matches!(node, Node::Condition(Condition::State(State::Trash)))
}

fn negates_trash(node: &Node) -> bool {
    let Node::Not(negated) = node else { return false };
    is_trash(negated.node())
}

/// Writes conditions, each of which may stand behind `AND`, `OR` and `NOT`.
struct Writer<'f> {
    args: &'f mut Vec<Arg>,
    zone: &'f TimeZone,
}

impl Writer<'_> {
    fn filter(&mut self, filter: &grammar::Filter) -> String {
        match filter.node() {
            Node::And(members) if members.is_empty() => "TRUE".to_owned(),
            Node::And(members) => self.list(members, " AND "),
            Node::Or(members) => self.list(members, " OR "),
            // Mostly no project is deleted, which is asked once; a set to compare each row with costs more.
            node if negates_trash(node) => format!(
                "delete_time IS NULL AND (NOT EXISTS ({DELETED_PROJECTS}) OR project_id NOT IN ({DELETED_PROJECTS}))"
            ),
            Node::Not(negated) => format!("NOT ({})", self.filter(negated)),
            Node::Condition(condition) => self.condition(condition),
        }
    }

    fn list(&mut self, members: &[grammar::Filter], operator: &str) -> String {
        let members = members.iter().map(|member| format!("({})", self.filter(member)));
        members.collect::<Vec<_>>().join(operator)
    }

    fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Text(text) => self.text(text),
            Condition::Project(id) => format!("project_id = {}", self.bind(Arg::Id(*id))),
            Condition::Tag(tag) if tag.contains('\n') => "FALSE".to_owned(),
            Condition::Tag(tag) => self.contains("tags_key", &format!("\n{}\n", folded(tag))),
            Condition::State(state) => self::state(*state),
            Condition::Numbers(numbers) => self.numbers(numbers),
            Condition::Id(prefix) => {
                let (lowest, highest) = prefix.range();
                format!("id BETWEEN {} AND {}", self.bind(Arg::Id(lowest)), self.bind(Arg::Id(highest)))
            }
            Condition::Parent(Parent::Id(id)) => {
                format!("parent_id IS NOT NULL AND parent_id = {}", self.bind(Arg::Id(*id)))
            }
            Condition::Parent(Parent::Number(number)) => format!(
                "parent_id IS NOT NULL AND parent_id IN (SELECT id FROM todos WHERE account_id = $1 AND number = {})",
                self.bind(Arg::Int(*number))
            ),
            Condition::Priority(priorities) => self.priorities(*priorities),
            Condition::Due(test) => self.due(*test),
        }
    }

    fn bind(&mut self, arg: Arg) -> String {
        bind(self.args, arg)
    }

    fn text(&mut self, text: &str) -> String {
        let text = folded(text);
        let in_text = self.contains("search_key", &text);
        // Between the tags stands what is in none of them.
        if text.contains('\n') {
            in_text
        } else {
            format!("({in_text} OR {})", self.contains("tags_key", &text))
        }
    }

    fn contains(&mut self, column: &str, text: &str) -> String {
        let pattern = self.bind(Arg::Text(format!("%{}%", escape_like(text))));
        format!("{column} LIKE {pattern} ESCAPE '!'")
    }

    fn numbers(&mut self, numbers: &Numbers) -> String {
        let (single, ranges): (Vec<_>, Vec<_>) =
            numbers.ranges().iter().partition(|range| range.start() == range.end());
        let single: Vec<_> = single.iter().map(|range| self.bind(Arg::Int(*range.start()))).collect();
        let single = (!single.is_empty()).then(|| format!("number IN ({})", single.join(", ")));
        let ranges = ranges.into_iter().map(|range| {
            let (first, last) = (self.bind(Arg::Int(*range.start())), self.bind(Arg::Int(*range.end())));
            format!("number BETWEEN {first} AND {last}")
        });
        format!("({})", single.into_iter().chain(ranges).collect::<Vec<_>>().join(" OR "))
    }

    fn priorities(&mut self, priorities: Priorities) -> String {
        let (highest, lowest) = priorities
            .range()
            .map_or((NO_PRIORITY, NO_PRIORITY), |range| (i64::from(*range.start()), i64::from(*range.end())));
        format!("priority BETWEEN {} AND {}", self.bind(Arg::Int(highest)), self.bind(Arg::Int(lowest)))
    }

    fn due(&mut self, test: DueTest) -> String {
        let Some((from, before)) = test.bounds() else {
            // Not by `due`, which no index has.
            return format!("due_at {} {NEVER}", if test == DueTest::Never { "=" } else { "<" });
        };
        let mut compare = |comparison: &str, bound: DateTime| {
            let instant = self.bind(Arg::Int(instant(bound, self.zone)));
            let wall_clock = self.bind(Arg::Int(wall_clock(bound)));
            format!(" AND due_at {comparison} CASE WHEN due_zoned THEN {instant} ELSE {wall_clock} END")
        };
        let from = from.map(|from| compare(">=", from)).unwrap_or_default();
        let before = before.map(|before| compare("<", before)).unwrap_or_default();
        format!("due_at < {NEVER}{from}{before}")
    }
}

fn state(state: State) -> String {
    match state {
        State::Open => "complete_time IS NULL".to_owned(),
        State::Done => "complete_time IS NOT NULL".to_owned(),
        State::Any => "TRUE".to_owned(),
        State::Trash => format!("(delete_time IS NOT NULL OR project_id IN ({DELETED_PROJECTS}))"),
    }
}

/// When the zone's clocks show this; beyond the range of instants, the nearest.
fn instant(time: DateTime, zone: &TimeZone) -> i64 {
    let nearest = if time.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    Time::from(time_zone::instant(time, zone).unwrap_or(nearest)).as_micros()
}

/// The pattern that matches this text and nothing else.
fn escape_like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(text: &str) -> String {
        let filter = Filter::new(&grammar::Filter::parse(text).unwrap(), TimeZone::UTC);
        let mut args = vec![Arg::Id(Uuid::nil())];
        let conditions =
            filter.conditions(&mut args).join("\n").replace(DELETED_PROJECTS, "deleted projects");
        assert!(args.len() > conditions.matches('$').count(), "{conditions}");
        conditions
    }

    #[test]
    fn like_wildcards_are_escaped() {
        assert_eq!(escape_like("100%_sure!"), "100!%!_sure!!");
    }

    /// An index is used where its condition stands by itself, in the same words.
    #[test]
    fn ordinary_lists_have_the_conditions_of_the_partial_indexes() {
        let outside =
            "delete_time IS NULL AND (NOT EXISTS (deleted projects) OR project_id NOT IN (deleted projects))";
        assert_eq!(sql(""), format!("complete_time IS NULL\n{outside}"));
        assert_eq!(sql("p1"), format!("complete_time IS NULL\n{outside}\npriority BETWEEN $2 AND $3"));
        assert_eq!(sql("is:done"), format!("{outside}\ncomplete_time IS NOT NULL"));
        assert_eq!(sql("12"), "(number IN ($2))");
        let negated = "NOT (((delete_time IS NOT NULL OR project_id IN (deleted projects))) OR (due_at = 9223372036854775807))";
        assert_eq!(sql("not (is:trash | due:none)"), negated, "is never NULL");
    }

    #[test]
    fn operators_are_grouped() {
        assert_eq!(
            sql("is:trash (due:none | not (@a due:any))"),
            "delete_time > -9223372036854775807 OR (delete_time IS NULL AND project_id IN (deleted projects))\n\
             (due_at = 9223372036854775807) OR (NOT ((tags_key LIKE $2 ESCAPE '!') AND (due_at < 9223372036854775807)))"
        );
    }
}
