//! CreateTodo and BatchCreateTodos.

use std::collections::{HashMap, HashSet};

use todo_model::limits;
use todo_proto::todo::v1;

use super::{
    find,
    import::{self, Import},
    mutation::{Change, Effect, Request, Step},
    names::TodoName,
    patch::Patch,
    position,
    tree::{self, Forest},
    validate::{self, Violations},
};
use crate::{
    error::{Error, ResourceKind, Result},
    ids::{AccountId, ProjectId, TodoId},
    store::{
        conn::Conn,
        extras::Reference,
        projects,
        todo_accounts::TodoAccount,
        todos::{self, Todo},
        tombstones,
    },
    time::Time,
};

/// Todos to be created, in this order.
pub(crate) struct CreateTodos {
    todos: Vec<NewTodo>,
}

/// One of them.
struct NewTodo {
    /// In front of the names of its fields, where something is wrong with them.
    path: String,
    id: TodoId,
    /// Whether the client chose the id, so that it may be in use.
    is_chosen: bool,
    /// Values for all the fields, but perhaps the project.
    patch: Patch,
    import: Option<Import>,
}

impl CreateTodos {
    /// Reads a CreateTodo.
    pub(crate) fn read_one(request: &v1::CreateTodoRequest, owner: AccountId, now: Time) -> Result<Self> {
        let todo = request.todo.as_ref();
        Ok(Self { todos: vec![NewTodo::read("", todo, &request.todo_id, None, owner, now)?] })
    }

    /// Reads a BatchCreateTodos.
    pub(crate) fn read(request: &v1::BatchCreateTodosRequest, owner: AccountId, now: Time) -> Result<Self> {
        if request.todos.is_empty() || request.todos.len() > limits::IDS {
            return Err(Error::invalid("todos", "Must be 1 to 1,000 todos."));
        }
        let mut violations = Violations::default();
        let mut chosen = HashSet::new();
        let todos = request.todos.iter().enumerate().filter_map(|(index, new)| {
            let path = format!("todos[{index}].");
            let read = NewTodo::read(&path, new.todo.as_ref(), &new.todo_id, new.import.as_ref(), owner, now);
            let todo = violations.keep(read)?;
            if todo.is_chosen && !chosen.insert(todo.id) {
                let field = format!("{path}todo_id");
                return violations
                    .keep(Err(Error::invalid(field, "Is that of another todo of the request.")));
            }
            Some(todo)
        });
        let todos = todos.collect();
        violations.or(Self { todos })
    }
}

impl NewTodo {
    fn read(
        prefix: &str,
        todo: Option<&v1::Todo>,
        id: &str,
        import: Option<&v1::TodoImport>,
        owner: AccountId,
        now: Time,
    ) -> Result<Self> {
        let mut violations = Violations::default();
        let none = v1::Todo::default();
        let patch = Patch::read_new(todo.unwrap_or(&none), projects::inbox_of(owner))
            .map_err(|error| error.inside(prefix));
        let patch = violations.keep(patch);
        let chosen = violations.keep(validate::chosen_todo_id(&format!("{prefix}todo_id"), id)).flatten();
        let import = import.map(|import| Import::read(import, now).map_err(|error| error.inside(prefix)));
        let import = import.and_then(|import| violations.keep(import));
        let Some(patch) = patch else { return Err(violations.into_error()) };
        violations.or(Self {
            path: prefix.to_owned(),
            id: chosen.unwrap_or_else(|| TodoId::generate(now)),
            is_chosen: chosen.is_some(),
            patch,
            import,
        })
    }
}

impl Change for CreateTodos {
    fn reads(&self, request: &Request) -> bool {
        let inbox = projects::inbox_of(request.owner);
        let reads = |new: &NewTodo| {
            let is_elsewhere = new.patch.project_id.is_some_and(|project| project != inbox);
            new.is_chosen || is_elsewhere || new.patch.parent.flatten().is_some() || new.import.is_some()
        };
        self.todos.iter().any(reads)
    }

    async fn decide(
        &self,
        request: &Request,
        account: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> Result<Effect> {
        let owner = request.owner;
        let references = self.todos.iter().filter_map(|new| new.import.as_ref());
        let known = self.known(&import::find_known(owner, references, conn).await?)?;
        self.check_unused(owner, &known, conn).await?;
        let mut places = Places { owner, live_projects: HashSet::new(), parents: HashMap::new() };
        let wanted = self.todos.iter().filter_map(|new| new.import.as_ref()?.number());
        let mut numbers = Numbers { taken: used_numbers(account, wanted, conn).await? };
        let mut steps = Vec::with_capacity(self.todos.len());
        for (new, known) in self.todos.iter().zip(known) {
            let place = places.find(new, conn).await.map_err(|error| error.inside(&new.path))?;
            let step = match known {
                Some(before) => new.update(before, place, request),
                None => new.create(place, request, numbers.take(new, account)?),
            };
            let step = step.map_err(|error| error.inside(&new.path))?;
            places.add(new, &step.after);
            steps.push(step);
        }
        self.check_trees(owner, &mut steps, conn).await?;
        tree::move_parts_along(conn, request, &mut steps).await?;
        Ok(Effect { todos: steps, ..Effect::default() })
    }
}

impl CreateTodos {
    /// The todos that were imported before, each named once.
    fn known(&self, by_reference: &HashMap<Reference, Todo>) -> Result<Vec<Option<Todo>>> {
        let mut named = HashSet::new();
        let known = |new: &NewTodo| {
            let known = new.import.as_ref().map(|import| import.known(by_reference)).transpose();
            let known = known.map_err(|error| error.inside(&new.path))?.flatten();
            if known.as_ref().is_some_and(|known| !named.insert(known.id)) {
                let field = format!("{}import.references", new.path);
                return Err(Error::invalid(field, "Name the todo that others of the request name, too."));
            }
            Ok(known)
        };
        self.todos.iter().map(known).collect()
    }

    /// An id is used up for ever, also when what it named was purged. What an import names by a reference may be named by its
    /// id, too.
    async fn check_unused(
        &self,
        owner: AccountId,
        known: &[Option<Todo>],
        conn: &mut Conn<'_>,
    ) -> Result<()> {
        let is_it =
            |new: &NewTodo, known: &Option<Todo>| known.as_ref().is_some_and(|known| known.id == new.id);
        let chosen = self.todos.iter().zip(known).filter(|(new, known)| new.is_chosen && !is_it(new, known));
        let chosen: Vec<_> = chosen.map(|(new, _)| new.id).collect();
        if chosen.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = chosen.iter().map(|id| id.as_uuid()).collect();
        let existing = todos::find_all(conn, owner, &chosen).await?.into_iter().map(|todo| todo.id);
        let purged = tombstones::used(conn, owner, &ids).await?.into_iter().map(TodoId::from_uuid);
        match existing.chain(purged).next() {
            Some(id) => Err(Error::already_exists(
                format!("There is or was a todo {id} already."),
                ResourceKind::Todo,
                id,
            )),
            None => Ok(()),
        }
    }

    /// Checks that parts can be where they go, and has them be in the project of what they are parts of: what was imported
    /// before may be moved by the same request.
    async fn check_trees(
        &self,
        owner: AccountId,
        steps: &mut [Step<Todo>],
        conn: &mut Conn<'_>,
    ) -> Result<()> {
        let mut forest = Forest::new(owner, steps, conn).await?;
        for (new, step) in self.todos.iter().zip(steps) {
            if step.after.parent_id.is_some() {
                let project = forest.check(step, conn).await.map_err(|error| error.inside(&new.path))?;
                step.after.project_id = project;
            }
        }
        Ok(())
    }
}

impl NewTodo {
    fn create(&self, place: Place, request: &Request, number: i64) -> Result<Step<Todo>> {
        let mut todo = self.patch.new_row(self.id, place.project, request.now)?;
        todo.parent_id = place.parent;
        todo.number = number;
        if let Some(import) = &self.import {
            import.set_times(&mut todo);
            import.apply(&mut todo, request.now)?;
        }
        todo.position = position::of_number(number);
        Ok(Step::create(todo))
    }

    /// What was imported before is given the values that it has elsewhere now.
    fn update(&self, before: Todo, place: Place, request: &Request) -> Result<Step<Todo>> {
        let mut after = before.clone();
        self.patch.apply(&mut after)?;
        if let Some(import) = &self.import {
            import.apply(&mut after, request.now)?;
        }
        (after.project_id, after.project_delete_time, after.delete_time) = (place.project, None, None);
        after.parent_id = place.parent;
        Ok(Step::change(before, after))
    }
}

/// The largest number that an import may choose. What is beyond is for the todos that come after.
const MAX_CHOSEN_NUMBER: i64 = 1_000_000_000;

/// Returns those of the wanted numbers that a todo of the account had before the request.
async fn used_numbers(
    account: &TodoAccount,
    wanted: impl Iterator<Item = i64>,
    conn: &mut Conn<'_>,
) -> Result<HashSet<i64>> {
    let wanted: Vec<_> = wanted.filter(|number| *number < account.next_number).collect();
    // Of what is forgotten nobody knows the numbers.
    let mut used: HashSet<_> =
        wanted.iter().copied().filter(|number| *number <= account.forgotten_number).collect();
    used.extend(todos::used_numbers(conn, account.account_id, &wanted).await?);
    used.extend(tombstones::used_numbers(conn, account.account_id, &wanted).await?);
    Ok(used)
}

/// The numbers that todos of a request get.
struct Numbers {
    /// By todos before, as far as anybody wants them, and by the request.
    taken: HashSet<i64>,
}

impl Numbers {
    /// The number that a new todo had elsewhere, if that was never used; else the account's next one.
    fn take(&mut self, new: &NewTodo, account: &mut TodoAccount) -> Result<i64> {
        let wanted = new.import.as_ref().and_then(Import::number);
        let wanted = wanted.filter(|number| *number <= MAX_CHOSEN_NUMBER && !self.taken.contains(number));
        let number = wanted.unwrap_or(account.next_number);
        if number > limits::MAX_TODO_NUMBER {
            return Err(Error::exhausted("The account has no more numbers for todos.", None));
        }
        self.taken.insert(number);
        account.next_number = account.next_number.max(number + 1);
        Ok(number)
    }
}

/// Where a todo goes.
#[derive(Clone, Copy)]
struct Place {
    project: ProjectId,
    parent: Option<TodoId>,
}

/// Projects and parents that were looked up, or are created by the request itself.
struct Places {
    owner: AccountId,
    live_projects: HashSet<ProjectId>,
    /// With their project.
    parents: HashMap<TodoName, (TodoId, ProjectId)>,
}

impl Places {
    async fn find(&mut self, new: &NewTodo, conn: &mut Conn<'_>) -> Result<Place> {
        let inbox = projects::inbox_of(self.owner);
        let Some(name) = new.patch.parent.flatten() else {
            let project = new.patch.project_id.unwrap_or(inbox);
            if project != inbox && !self.live_projects.contains(&project) {
                find::live_project(conn, self.owner, "todo.project_id", project).await?;
                self.live_projects.insert(project);
            }
            return Ok(Place { project, parent: None });
        };
        let (parent, project) = self.parent(name, conn).await?;
        if new.patch.project_id.is_some_and(|wanted| wanted != project) {
            return Err(Error::invalid("todo.project_id", "Must be empty, or the project of the parent."));
        }
        Ok(Place { project, parent: Some(parent) })
    }

    async fn parent(&mut self, name: TodoName, conn: &mut Conn<'_>) -> Result<(TodoId, ProjectId)> {
        if let Some(known) = self.parents.get(&name) {
            return Ok(*known);
        }
        let parent = tree::find_parent(conn, self.owner, "todo.parent_id", name).await?;
        let found = (parent.id, parent.project_id);
        self.parents.insert(name, found);
        Ok(found)
    }

    /// Others of the request may be parts of this one, also by the id that it would have had if it were new.
    fn add(&mut self, new: &NewTodo, todo: &Todo) {
        for name in [TodoName::Id(new.id), TodoName::Id(todo.id), TodoName::Number(todo.number)] {
            self.parents.insert(name, (todo.id, todo.project_id));
        }
    }
}
