//! Applies mutations: each is one operation, decided on what is there, written and recorded in one transaction. A repeat of
//! its request is told what was recorded, and changes nothing.
//!
//! The accounts' rows are locked first, so whatever a [`Change`] reads holds still until the end. A change only reads, so
//! that one that is refused has left nothing behind, and those that wait together share the statements that write.

use std::{collections::HashMap, pin::Pin};

use super::{
    mutation::{Applied, Change, Effect, Request, Step, TodoOutcome},
    record::{record, replay},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId},
    store::{
        conn::{Conn, GroupWrite},
        external_references,
        extras::Extras,
        operations::{self, Operation},
        projects::{self, Project},
        todo_accounts::{self, TodoAccount},
        todo_fields,
        todos::{self, Todo},
        tombstones,
        usage::Usage,
    },
    time::Time,
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A change of any kind, with the request that asks for it.
pub(crate) struct Mutation {
    request: Request,
    change: Box<dyn AnyChange>,
}

impl Mutation {
    pub(crate) fn new(request: Request, change: impl Change) -> Self {
        Self { request, change: Box::new(change) }
    }

    fn key(&self) -> (AccountId, OperationId) {
        (self.request.owner, self.request.id)
    }
}

/// A [`Change`] whose type is forgotten, so that changes of all kinds are applied together.
trait AnyChange: Send + Sync {
    fn reads(&self, request: &Request) -> bool;
    fn decide<'a>(
        &'a self,
        request: &'a Request,
        account: &'a mut TodoAccount,
        conn: &'a mut Conn<'_>,
    ) -> BoxFuture<'a, Result<Effect>>;
}

impl<C: Change> AnyChange for C {
    fn reads(&self, request: &Request) -> bool {
        Change::reads(self, request)
    }

    fn decide<'a>(
        &'a self,
        request: &'a Request,
        account: &'a mut TodoAccount,
        conn: &'a mut Conn<'_>,
    ) -> BoxFuture<'a, Result<Effect>> {
        Box::pin(Change::decide(self, request, account, conn))
    }
}

impl GroupWrite for Mutation {
    type Output = Applied;

    fn account(&self) -> AccountId {
        self.request.owner
    }

    async fn apply_all(mutations: &[&Self], conn: &mut Conn<'_>) -> Result<Vec<Result<Applied>>> {
        let mut group = Group::open(mutations, conn).await?;
        let mut answers = Vec::with_capacity(mutations.len());
        for mutation in mutations {
            match group.apply(mutation, conn).await {
                // What the database failed at is the failure of all.
                Err(error) if !error.is_refusal() => return Err(error),
                answer => answers.push(answer),
            }
        }
        group.close(conn).await?;
        Ok(answers)
    }
}

/// Mutations that are applied in one transaction.
struct Group {
    /// As they are with what was applied so far.
    accounts: HashMap<AccountId, TodoAccount>,
    /// The operations of the requests that were made before.
    known: HashMap<(AccountId, OperationId), Operation>,
    unwritten: Unwritten,
}

/// What was decided and not written yet.
#[derive(Default)]
struct Unwritten {
    created: Vec<(AccountId, Todo)>,
    changed: Vec<(AccountId, Todo, Todo)>,
    projects: Vec<(AccountId, Step<Project>)>,
    undone: Vec<(AccountId, OperationId, Option<OperationId>)>,
    purged: Vec<(AccountId, Vec<Todo>, i64, Time)>,
    operations: Vec<(AccountId, Operation)>,
}

impl Group {
    async fn open(mutations: &[&Mutation], conn: &mut Conn<'_>) -> Result<Self> {
        let mut owners: Vec<_> = mutations.iter().map(|mutation| mutation.request.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let accounts = todo_accounts::lock_all(conn, &owners).await?;
        let keys: Vec<_> = mutations.iter().map(|mutation| mutation.key()).collect();
        let known = operations::find_all(conn, &keys).await?;
        Ok(Self {
            accounts: accounts.into_iter().map(|account| (account.account_id, account)).collect(),
            known: known.into_iter().map(|(owner, operation)| ((owner, operation.id), operation)).collect(),
            unwritten: Unwritten::default(),
        })
    }

    async fn apply(&mut self, mutation: &Mutation, conn: &mut Conn<'_>) -> Result<Applied> {
        let Mutation { request, change } = mutation;
        let owner = request.owner;
        // Deleted while its call was on the way.
        let mut account = self.accounts.get(&owner).cloned().ok_or(Error::NotFound)?;
        if request.validate_only {
            self.unwritten.write(conn).await?;
            let effect = change.decide(request, &mut account, conn).await?;
            let operation = record(request, account.revision, &effect)?;
            return Ok(Applied { operation_id: None, ..answer(&operation, &effect) });
        }
        if let Some(stored) = self.known.get(&mutation.key()).cloned() {
            self.unwritten.write(conn).await?;
            return replay(request, stored, conn).await;
        }
        if change.reads(request) && self.unwritten.concerns(owner) {
            self.unwritten.write(conn).await?;
        }
        let mut effect = change.decide(request, &mut account, conn).await?;
        account.revision += 1;
        let operation = record(request, account.revision, &effect)?;
        stamp(request, &account, &mut effect);
        account.add(usage(&operation, &effect));
        self.accounts.insert(owner, account);
        self.known.insert(mutation.key(), operation.clone());
        let answer = answer(&operation, &effect);
        self.unwritten.add(owner, operation, effect);
        Ok(answer)
    }

    async fn close(mut self, conn: &mut Conn<'_>) -> Result<()> {
        self.unwritten.write(conn).await?;
        todo_accounts::update_all(conn, &self.accounts.values().collect::<Vec<_>>()).await
    }
}

impl Unwritten {
    fn add(&mut self, owner: AccountId, operation: Operation, effect: Effect) {
        for Step { before, after } in effect.todos.into_iter().chain(effect.others).filter(Step::is_change) {
            match before {
                None => self.created.push((owner, after)),
                Some(before) => self.changed.push((owner, before, after)),
            }
        }
        let projects = effect.projects.into_iter().filter(Step::is_change);
        self.projects.extend(projects.map(|step| (owner, step)));
        let undone = effect.undo.into_iter().flat_map(|undo| undo.undone);
        self.undone.extend(undone.map(|(operation, undone_by)| (owner, operation, undone_by)));
        if !effect.purged.is_empty() {
            self.purged.push((owner, effect.purged, operation.revision, operation.create_time));
        }
        self.operations.push((owner, operation));
    }

    /// Whether something of the account is not written yet.
    fn concerns(&self, owner: AccountId) -> bool {
        self.operations.iter().any(|(of, _)| *of == owner)
    }

    async fn write(&mut self, conn: &mut Conn<'_>) -> Result<()> {
        let Self { created, changed, projects, undone, purged, operations } = std::mem::take(self);
        // Before the todos that are put into them.
        for (owner, step) in &in_order_of_names(projects) {
            match step.before {
                None => projects::insert(conn, *owner, &step.after).await?,
                Some(_) => projects::update(conn, *owner, &step.after).await?,
            }
        }
        todos::insert_all(conn, &created).await?;
        for of_account in changed.chunk_by(|(a, ..), (b, ..)| a == b) {
            if let [(owner, ..), ..] = of_account {
                let changes: Vec<_> = of_account.iter().map(|(_, before, after)| (before, after)).collect();
                todo_fields::update_all(conn, *owner, &changes).await?;
            }
        }
        write_references(&created, &changed, conn).await?;
        for (owner, todos, revision, now) in &purged {
            let ids: Vec<_> = todos.iter().map(|todo| todo.id).collect();
            tombstones::bury_todos(conn, *owner, &ids, *revision, *now).await?;
            tombstones::set_to_erase(conn, *owner, &ids, *revision).await?;
        }
        operations::insert_all(conn, &operations).await?;
        for (owner, operation, undone_by) in undone {
            operations::set_undone_by(conn, owner, operation, undone_by).await?;
        }
        Ok(())
    }
}

/// Puts projects that take a name behind those that give it up: at no moment do two have the same one.
fn in_order_of_names(mut waiting: Vec<(AccountId, Step<Project>)>) -> Vec<(AccountId, Step<Project>)> {
    type NamedStep = (AccountId, Step<Project>);
    fn name((owner, _): &NamedStep, project: Option<&Project>) -> Option<(AccountId, String)> {
        let live = project.filter(|project| project.delete_time.is_none())?;
        Some((*owner, projects::name_key(&live.name)))
    }
    let mut ordered = Vec::with_capacity(waiting.len());
    loop {
        let held =
            waiting.iter().filter_map(|step| Some((name(step, step.1.before.as_ref())?, step.1.after.id)));
        let held: HashMap<_, _> = held.collect();
        let is_free = |step: &NamedStep| {
            name(step, Some(&step.1.after))
                .and_then(|name| held.get(&name))
                .is_none_or(|holder| *holder == step.1.after.id)
        };
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_free);
        let is_last = ready.is_empty() || rest.is_empty();
        ordered.extend(ready);
        if is_last {
            ordered.extend(rest);
            return ordered;
        }
        waiting = rest;
    }
}

/// Has todos found by the references that they have from now on.
async fn write_references(
    created: &[(AccountId, Todo)],
    changed: &[(AccountId, Todo, Todo)],
    conn: &mut Conn<'_>,
) -> Result<()> {
    let created = created.iter().filter(|(_, todo)| todo.extras.is_some());
    let changed = changed.iter().filter(|(_, before, after)| before.extras != after.extras);
    let with_others =
        created.map(|(owner, todo)| (owner, todo)).chain(changed.map(|(owner, _, after)| (owner, after)));
    for (owner, todo) in with_others {
        let extras = Extras::from_stored(todo.extras.as_deref())?;
        external_references::set(conn, *owner, todo.id, &extras.references).await?;
    }
    Ok(())
}

/// Gives what changes its revision and update time; a todo that comes from elsewhere keeps the time it brings.
fn stamp(request: &Request, account: &TodoAccount, effect: &mut Effect) {
    for step in effect.projects.iter_mut().filter(|step| step.is_change()) {
        (step.after.revision, step.after.update_time) = (account.revision, request.now);
    }
    for step in effect.todos.iter_mut().chain(&mut effect.others).filter(|step| step.is_change()) {
        step.after.revision = account.revision;
        if step.before.is_some() {
            step.after.update_time = request.now;
        }
    }
}

/// How much more the account takes from then on.
fn usage(operation: &Operation, effect: &Effect) -> Usage {
    let mut usage = Usage { todos: 0, bytes: operation.bytes() };
    for step in effect.todos.iter().chain(&effect.others) {
        usage.todos += i64::from(step.before.is_none());
        usage.bytes += step.after.bytes() - step.before.as_ref().map_or(0, Todo::bytes);
    }
    for todo in &effect.purged {
        usage.todos -= 1;
        usage.bytes -= todo.bytes();
    }
    usage
}

fn answer(operation: &Operation, effect: &Effect) -> Applied {
    let changed = effect.todos.iter().map(|step| TodoOutcome {
        id: step.after.id,
        number: step.after.number,
        revision: step.after.revision,
        unchanged: !step.is_change(),
        open_parts: effect.open_parts.get(&step.after.id).copied().unwrap_or_default(),
        todo: Some(step.after.clone()),
    });
    let purged = effect.purged.iter().map(|todo| TodoOutcome {
        id: todo.id,
        number: todo.number,
        revision: operation.revision,
        unchanged: false,
        open_parts: 0,
        todo: None,
    });
    Applied {
        todos: changed.chain(purged).collect(),
        projects: effect.projects.iter().map(|step| step.after.clone()).collect(),
        todos_along: effect.todos_along,
        undone: effect.undo.as_ref().map(|undo| undo.operation.clone()),
        conflicts: effect.undo.as_ref().map(|undo| undo.conflicts.clone()).unwrap_or_default(),
        operation_id: operation.is_change().then_some(operation.id),
    }
}
