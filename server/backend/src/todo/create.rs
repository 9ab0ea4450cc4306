//! CreateTodo. It is the change that people make most, and the one that imports make by the thousand, so waiting ones
//! share their statements: one look at `operations`, one insert for all.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;

use super::{
    convert,
    operations::{Answer, Applied, Effect, Image, Request},
    validate::{self, Patch},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        accounts::{self, TakenNumbers},
        conn::{Conn, GroupWrite},
        operations, projects, todos,
    },
};

/// A todo to be created.
pub(crate) struct CreateTodo {
    pub(crate) request: Request,
    pub(crate) id: TodoId,
    /// Values for all the fields.
    pub(crate) patch: Patch,
}

impl CreateTodo {
    fn owner(&self) -> AccountId {
        self.request.owner
    }

    fn project(&self) -> ProjectId {
        self.patch.project_id.unwrap_or_else(|| projects::inbox_of(self.owner()))
    }
}

/// What becomes of each of the creations.
type Answers = Vec<Option<Result<Applied>>>;

impl GroupWrite for CreateTodo {
    type Output = Applied;

    async fn apply_all(writes: &[&Self], conn: &mut Conn<'_>) -> Result<Vec<Result<Applied>>> {
        let mut answers: Answers = writes.iter().map(|_| None).collect();
        replay_known(writes, &mut answers, conn).await?;
        let twins = refuse_used_ids(writes, &mut answers);
        refuse_bad_parents(writes, &mut answers, conn).await?;
        create(writes, &mut answers, conn).await?;
        for (twin, first) in twins {
            answers[twin] =
                Some(match (writes[twin].request.is_repeat_of(&writes[first].request), &answers[first]) {
                    (Ok(()), Some(answer)) => answer.clone(),
                    (Err(error), _) => Err(error),
                    (Ok(()), None) => Err(Error::internal("a creation without an answer")),
                });
        }
        Ok(answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Err(Error::internal("a creation without an answer"))))
            .collect())
    }
}

/// Answers those that were applied before.
async fn replay_known(writes: &[&CreateTodo], answers: &mut Answers, conn: &mut Conn<'_>) -> Result<()> {
    let ids: Vec<_> = writes.iter().map(|write| (write.owner(), write.request.id)).collect();
    for stored in operations::find_all(conn, &ids).await? {
        for (write, answer) in writes.iter().zip(&mut *answers) {
            if (write.owner(), write.request.id) == (stored.account_id, stored.id) {
                *answer = Some(write.request.replay(stored.clone(), conn).await);
            }
        }
    }
    Ok(())
}

/// Finds those that wait twice in this group, as pairs of the later and the first one; refuses those that chose the
/// same id for another todo.
fn refuse_used_ids(writes: &[&CreateTodo], answers: &mut Answers) -> Vec<(usize, usize)> {
    let (mut requests, mut ids, mut twins) = (HashMap::new(), HashSet::new(), Vec::new());
    for (index, write) in writes.iter().enumerate() {
        if answers[index].is_some() {
            continue;
        }
        let first = *requests.entry((write.owner(), write.request.id)).or_insert(index);
        if first != index {
            twins.push((index, first));
            // Answered with the first one's answer in the end; until then, nothing is to be done for it.
            answers[index] = Some(Err(used_id()));
        } else if !ids.insert((write.owner(), write.id)) {
            answers[index] = Some(Err(used_id()));
        }
    }
    twins
}

async fn refuse_bad_parents(
    writes: &[&CreateTodo],
    answers: &mut Answers,
    conn: &mut Conn<'_>,
) -> Result<()> {
    for (write, answer) in writes.iter().zip(answers).filter(|(_, answer)| answer.is_none()) {
        if let Some(parent) = write.patch.parent_id.flatten() {
            let found = todos::find(conn, write.owner(), parent).await?;
            if found.is_none_or(|parent| parent.delete_time.is_some()) {
                *answer = Some(Err(Error::invalid("todo.parent_id", "There is no such todo.")));
            }
        }
    }
    Ok(())
}

/// Creates those that have no answer yet.
async fn create(writes: &[&CreateTodo], answers: &mut Answers, conn: &mut Conn<'_>) -> Result<()> {
    let mut revisions = Revisions::take(writes, answers, conn).await?;
    for (write, answer) in writes.iter().zip(&mut *answers).filter(|(_, answer)| answer.is_none()) {
        if !revisions.next.contains_key(&(write.owner(), write.project())) {
            *answer = Some(Err(Error::invalid("todo.project_id", "There is no such project.")));
        }
    }
    let mut numbers = Numbers::take(writes, answers, conn).await?;

    let mut rows = Vec::with_capacity(writes.len());
    for (write, answer) in writes.iter().zip(&mut *answers).filter(|(_, answer)| answer.is_none()) {
        let row = numbers.next(write.owner()).and_then(|(number, zone)| {
            let mut row = write.patch.new_row(write.id, write.project(), write.request.now, zone);
            row.number = number;
            row.revision = revisions.next(write.owner(), write.project())?;
            let keys = validate::keys(&row)?;
            Ok((write.owner(), row, keys))
        });
        match row {
            Ok(row) => rows.push(row),
            Err(error) => *answer = Some(Err(error)),
        }
    }
    let created: HashSet<_> = todos::insert_all(conn, &rows).await?.into_iter().collect();

    let mut rows = rows.into_iter();
    let mut records = Vec::with_capacity(rows.len());
    for (write, answer) in writes.iter().zip(&mut *answers).filter(|(_, answer)| answer.is_none()) {
        let Some((_, row, _)) = rows.next() else { break };
        if !created.contains(&(write.owner(), row.id)) {
            *answer = Some(Err(used_id()));
            continue;
        }
        let effect = Effect {
            before: Image::default(),
            answer: Answer { todos: vec![convert::todo(row)], ..Answer::default() },
            changed: true,
            undoes: None,
        };
        records.push(write.request.record(&effect));
        *answer = Some(Ok(Applied { answer: effect.answer, operation_id: Some(write.request.id) }));
    }
    operations::insert_all(conn, &records).await
}

fn used_id() -> Error {
    Error::AlreadyExists("There is a todo of this id already.".into())
}

/// The revisions that the new todos give to their projects.
struct Revisions {
    next: HashMap<(AccountId, ProjectId), i64>,
}

impl Revisions {
    /// Counts the new todos of each live project. Locks the projects in the order that all transactions keep to.
    async fn take(writes: &[&CreateTodo], answers: &Answers, conn: &mut Conn<'_>) -> Result<Self> {
        let mut counts = BTreeMap::<_, i64>::new();
        for (write, _) in writes.iter().zip(answers).filter(|(_, answer)| answer.is_none()) {
            *counts.entry((write.owner(), write.project())).or_default() += 1;
        }
        let counts: Vec<_> = counts.into_iter().map(|((owner, id), count)| (owner, id, count)).collect();
        let newest = projects::bump_live(conn, &counts).await?;
        let count_of: HashMap<_, _> =
            counts.iter().map(|(owner, id, count)| ((*owner, *id), *count)).collect();
        let first = |(owner, id, newest): (AccountId, ProjectId, i64)| {
            let count = count_of.get(&(owner, id)).copied().unwrap_or(0);
            ((owner, id), newest - count + 1)
        };
        Ok(Self { next: newest.into_iter().map(first).collect() })
    }

    fn next(&mut self, owner: AccountId, project: ProjectId) -> Result<i64> {
        let next =
            self.next.get_mut(&(owner, project)).ok_or_else(|| Error::internal("an uncounted project"))?;
        *next += 1;
        Ok(*next - 1)
    }
}

/// The numbers of the new todos, and the zones in which they are due.
struct Numbers {
    next: HashMap<AccountId, (i64, TimeZone)>,
}

impl Numbers {
    async fn take(writes: &[&CreateTodo], answers: &Answers, conn: &mut Conn<'_>) -> Result<Self> {
        let mut counts = BTreeMap::<_, i64>::new();
        for (write, _) in writes.iter().zip(answers).filter(|(_, answer)| answer.is_none()) {
            *counts.entry(write.owner()).or_default() += 1;
        }
        let mut next = HashMap::with_capacity(counts.len());
        for (owner, count) in counts {
            let TakenNumbers { next_number, time_zone } = accounts::take_numbers(conn, owner, count).await?;
            // A zone that this machine no longer knows must not stop anybody from writing.
            let zone = TimeZone::get(&time_zone).unwrap_or(TimeZone::UTC);
            next.insert(owner, (next_number - count, zone));
        }
        Ok(Self { next })
    }

    fn next(&mut self, owner: AccountId) -> Result<(i64, &TimeZone)> {
        let (next, zone) =
            self.next.get_mut(&owner).ok_or_else(|| Error::internal("an uncounted account"))?;
        *next += 1;
        Ok((*next - 1, zone))
    }
}
