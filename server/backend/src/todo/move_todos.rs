//! MoveTodos: to a place in the manual order of a project.

use todo_proto::todo::v1::{self, move_todos_request::Place as ProtoPlace};

use super::{
    find,
    mutation::{Change, Effect, Request, Step},
    names::Selection,
    names::TodoName,
    position, tree,
    update::Place,
    validate::{self, Violations},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::Conn,
        todo_accounts::TodoAccount,
        todo_order::{self, Direction, Neighbor},
        todos::Todo,
    },
};

/// Todos to be moved.
pub(crate) struct MoveTodos {
    selection: Selection,
    to: Destination,
}

/// Where to.
#[derive(Clone, Copy, Debug)]
enum Destination {
    Before(TodoName),
    After(TodoName),
    FirstIn(ProjectId),
    LastIn(ProjectId),
}

/// A gap in the order of a project: behind one todo and before another.
struct Gap {
    project: ProjectId,
    /// The todo before; `None` at the beginning.
    lower: Option<Neighbor>,
    /// The todo behind; `None` at the end.
    upper: Option<Neighbor>,
}

impl Gap {
    /// Whether the todos are in it already, in this order.
    fn holds(&self, todos: &[Todo]) -> bool {
        fn place(todo: &Todo) -> (&str, i64) {
            (&todo.position, todo.number)
        }
        let is_behind_lower = |first| self.lower.as_ref().is_none_or(|lower| lower.place() < place(first));
        let is_before_upper = |last| self.upper.as_ref().is_none_or(|upper| place(last) < upper.place());
        todos.iter().all(|todo| todo.project_id == self.project)
            && todos.is_sorted_by_key(place)
            && todos.first().is_some_and(is_behind_lower)
            && todos.last().is_some_and(is_before_upper)
    }
}

impl MoveTodos {
    /// Reads a request.
    pub(crate) fn read(request: &v1::MoveTodosRequest) -> Result<Self> {
        let mut violations = Violations::default();
        let selection = violations.keep(validate::selection(request));
        let to = violations.keep(match &request.place {
            Some(ProtoPlace::Before(name)) => validate::todo_name("before", name).map(Destination::Before),
            Some(ProtoPlace::After(name)) => validate::todo_name("after", name).map(Destination::After),
            Some(ProtoPlace::FirstIn(id)) => validate::project_id("first_in", id).map(Destination::FirstIn),
            Some(ProtoPlace::LastIn(id)) => validate::project_id("last_in", id).map(Destination::LastIn),
            None => Err(Error::invalid("place", "Say where to move them.")),
        });
        match (selection, to) {
            (Some(selection), Some(to)) => violations.or(Self { selection, to }),
            _ => Err(violations.into_error()),
        }
    }
}

impl Change for MoveTodos {
    async fn decide(
        &self,
        request: &Request,
        account: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> Result<Effect> {
        let owner = request.owner;
        let todos = self.selection.find(account, conn).await?;
        if let Some(trashed) = todos.iter().find(|todo| todo.trash_time().is_some()) {
            return Err(find::not_found(&self.selection, trashed));
        }
        let moved: Vec<TodoId> = todos.iter().map(|todo| todo.id).collect();
        let end = position::of_number(account.next_number);
        let gap = self.gap(owner, &moved, conn).await?;
        if gap.holds(&todos) {
            let unchanged = todos.into_iter().map(|todo| Step::change(todo.clone(), todo));
            return Ok(Effect { todos: unchanged.collect(), ..Effect::default() });
        }
        let lower = gap.lower.as_ref().map_or("", |lower| &lower.position);
        let upper = gap.upper.as_ref().map_or(&*end, |upper| &upper.position);
        let mut others = Vec::new();
        let positions = match position::between(lower, upper, todos.len())? {
            Some(positions) => positions,
            None => rebalance(owner, &gap, &moved, &end, &mut others, conn).await?,
        };
        let place = Place { project: Some(gap.project), parent: None };
        let moved = place.moved(&todos, owner, conn).await?;
        let named = todos.into_iter().zip(positions).map(|(before, position)| {
            let mut after = Todo { position, ..before.clone() };
            place.apply(&mut after, &moved);
            Step::change(before, after)
        });
        let mut steps = named.collect();
        tree::move_parts_along(conn, request, &mut steps).await?;
        Ok(Effect { todos: steps, others, ..Effect::default() })
    }
}

impl MoveTodos {
    async fn gap(&self, owner: AccountId, moved: &[TodoId], conn: &mut Conn<'_>) -> Result<Gap> {
        let (project, anchor, is_before) = match self.to {
            Destination::FirstIn(project) => {
                (find::live_project(conn, owner, "first_in", project).await?.id, None, false)
            }
            Destination::LastIn(project) => {
                (find::live_project(conn, owner, "last_in", project).await?.id, None, true)
            }
            Destination::Before(name) => {
                let anchor = anchor(conn, owner, "before", name, moved).await?;
                (anchor.project_id, Some(anchor), true)
            }
            Destination::After(name) => {
                let anchor = anchor(conn, owner, "after", name, moved).await?;
                (anchor.project_id, Some(anchor), false)
            }
        };
        let anchor =
            anchor.map(|todo| Neighbor { id: todo.id, number: todo.number, position: todo.position });
        let direction = if is_before { Direction::Before } else { Direction::After };
        let neighbor =
            todo_order::next_to(conn, owner, project, direction, anchor.as_ref(), moved, 1).await?;
        let neighbor = neighbor.into_iter().next();
        let (lower, upper) = if is_before { (neighbor, anchor) } else { (anchor, neighbor) };
        Ok(Gap { project, lower, upper })
    }
}

/// The todo next to which others are to stand.
async fn anchor(
    conn: &mut Conn<'_>,
    owner: AccountId,
    field: &str,
    name: TodoName,
    moved: &[TodoId],
) -> Result<Todo> {
    let found = find::todo(conn, owner, name).await?;
    let anchor = found.ok_or_else(|| Error::invalid(field, "There is no such todo."))?;
    if anchor.trash_time().is_some() {
        return Err(Error::invalid(field, "Is in the trash. Restore it first."));
    }
    if moved.contains(&anchor.id) {
        return Err(Error::invalid(field, "Is one of the todos to move."));
    }
    Ok(anchor)
}

/// Todos on either side of a gap that are rebalanced where there is no room in it.
const AROUND: usize = 100;

/// Rebalances the todos around a gap, and returns positions in it for those that move.
async fn rebalance(
    owner: AccountId,
    gap: &Gap,
    moved: &[TodoId],
    end: &str,
    steps: &mut Vec<Step<Todo>>,
    conn: &mut Conn<'_>,
) -> Result<Vec<String>> {
    let mut before = side(owner, gap, Direction::Before, moved, conn).await?;
    let mut behind = side(owner, gap, Direction::After, moved, conn).await?;
    let is_full = |side: &[Neighbor]| side.len() > AROUND;
    let lower = if is_full(&before) { before.pop() } else { None };
    let upper = if is_full(&behind) { behind.pop() } else { None };
    let lower = lower.map_or_else(String::new, |todo| todo.position);
    let upper = upper.map_or_else(|| end.to_owned(), |todo| todo.position);
    before.reverse();
    let count = before.len() + moved.len() + behind.len();
    let positions = position::between(&lower, &upper, count)?
        .ok_or_else(|| Error::internal("no room in the order of a project"))?;
    let (for_before, rest) = positions.split_at(before.len());
    let (for_moved, for_behind) = rest.split_at(moved.len());
    let neighbors: Vec<TodoId> = before.iter().chain(&behind).map(|todo| todo.id).collect();
    let rows = find::by_ids(conn, owner, &neighbors).await?;
    for (row, position) in rows.into_iter().zip(for_before.iter().chain(for_behind)) {
        let after = Todo { position: position.clone(), ..row.clone() };
        steps.push(Step::change(row, after));
    }
    Ok(for_moved.to_vec())
}

/// The todos on one side of a gap, the nearest first, and one more than are rebalanced.
async fn side(
    owner: AccountId,
    gap: &Gap,
    direction: Direction,
    moved: &[TodoId],
    conn: &mut Conn<'_>,
) -> Result<Vec<Neighbor>> {
    let nearest = match direction {
        Direction::Before => &gap.lower,
        Direction::After => &gap.upper,
    };
    let Some(nearest) = nearest else { return Ok(Vec::new()) };
    let mut side = vec![nearest.clone()];
    side.extend(
        todo_order::next_to(conn, owner, gap.project, direction, Some(nearest), moved, AROUND).await?,
    );
    Ok(side)
}
