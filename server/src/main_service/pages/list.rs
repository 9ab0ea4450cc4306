//! `/`: a list of todos, and the line that adds one. For strangers, a welcome.

use http::StatusCode;
use jiff::{ToSpan as _, civil::DateTime};
use todo_sdk::{NewTodo, Order, Project, RequestId, Status, Todo, TodoFilter, Trash};

use super::{
    super::{
        answer::{self, Outcome, Problem, Stop},
        assets::Assets,
        dates::{Near, due_text},
        form::{Form, errors_of, sent_before, with_query},
        views::{AddForm, Empty, Errors, Frame, Group, ListPage, Row, Tag, WelcomePage},
        visit::{SignedIn, Visit, after, request_id},
    },
    Typed, choices, priority_number,
};

/// The name of the query's pair that says when the first page was read.
const AS_OF: &str = "before";
/// Todos on a page.
const PAGE: u32 = 100;
/// Characters of a search at most, as the todo service has it.
const SEARCH: usize = 500;
/// Rows beyond which a page has no room for links that its rows can do without.
const LONG: usize = 50;
/// Bytes of a page with everything it loads: what it may weigh.
const WEIGHT: usize = 60_000;
/// Bytes of a page around its rows and projects.
const FRAME: usize = 4_400;
/// Bytes of a project in the column and in the form, around its name.
const PROJECT: usize = 215;
/// Bytes of a row, around what is the user's own.
const ROW: usize = 125;
/// Todos that a page has in any case.
const FEW: usize = 10;
/// Characters of a title in a list: two lines on a wide screen.
const TITLE: usize = 140;
/// Tags of a todo in a list.
const TAGS: usize = 3;
/// The fields of the form that adds a todo.
const FIELDS: &[&str] = &["title", "due", "priority", "tags", "project"];

/// `GET /`.
pub(crate) async fn show(visit: Visit) -> Outcome {
    if visit.is_stranger() {
        let frame = visit.strangers_frame("Your todos, on a server you own");
        return Ok(answer::page(StatusCode::OK, &WelcomePage { frame }));
    }
    let person = visit.signed_in().await?;
    let form = Form::default();
    respond(&visit, &person, StatusCode::OK, &form, Errors::default()).await
}

/// `POST /todos`: adds one.
pub(crate) async fn add(visit: Visit) -> Outcome {
    let person = visit.signed_in().await?;
    let next = visit.form.next();
    let errors = match Typed::read(&visit.form, &person) {
        Ok(Typed { due, priority, tags, project }) => {
            let mut new = NewTodo::new(visit.form.get("title")).priority(priority).due(due).tags(tags);
            if let Some(project) = project {
                new = new.project(project);
            }
            match person.todo.with_request_id(request_id(&visit.form)).create_todo(new).await {
                Ok(added) => return Ok(answer::see_other(&after(&next, added.operation))),
                Err(error) if error.is_invalid_argument() => {
                    sent_before(&error, "add this as a new todo").unwrap_or_else(|| errors_of(&error, FIELDS))
                }
                // It was there when the form was shown.
                Err(error) if error.is_not_found() && project.is_some() => {
                    Errors { general: None, fields: vec![("project", "This project is gone.".to_owned())] }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => Errors { general: None, fields: vec![error] },
    };
    show_again(&visit, &person, errors).await
}

/// Shows the list from which a todo was to be added, with what was typed and what is wrong with it.
pub(crate) async fn show_again(visit: &Visit, person: &SignedIn, errors: Errors) -> Outcome {
    let list = visit.at(&visit.form.next());
    respond(&list, person, StatusCode::UNPROCESSABLE_ENTITY, &visit.form, errors).await
}

async fn respond(
    visit: &Visit,
    person: &SignedIn,
    status: StatusCode,
    form: &Form,
    errors: Errors,
) -> Outcome {
    let query = &visit.query;
    let scope = Scope::read(query)?;
    let as_of = as_of(query, person)?;
    let filter = scope.filter(as_of);
    let mut list = person.todo.list_todos(filter.clone()).page_size(PAGE).page_token(query.get("page"));
    let (page, projects, frame) = futures_util::try_join!(
        async { Ok(list.next_page().await?) },
        person.projects(),
        person.frame(visit, ""),
    )?;
    let mut todos = page.unwrap_or_default();
    let mut is_long = todos.len() > LONG;
    let fitting = fitting(&todos, &projects, &visit.here);
    if fitting < todos.len() {
        is_long = true;
        // Only a list that is asked for no more than that says where the next page begins.
        let size = u32::try_from(fitting).unwrap_or(PAGE);
        list = person.todo.list_todos(filter).page_size(size).page_token(query.get("page"));
        todos = list.next_page().await?.unwrap_or_default();
    }
    let heading = scope.heading(&projects)?;
    let add = scope.is_open().then(|| AddForm {
        request_id: RequestId::generate().to_string(),
        title: form.get("title").to_owned(),
        due: if form.has("title") { form.get("due").to_owned() } else { scope.default_due().to_owned() },
        priority: form.get("priority").to_owned(),
        tags: if form.has("title") {
            form.get("tags").to_owned()
        } else {
            scope.tag.clone().unwrap_or_default()
        },
        projects: choices(&projects, form.some("project").unwrap_or(query.get("project"))),
        errors,
    });
    let view = ListPage {
        frame: Frame { title: heading.clone(), ..frame },
        nav: SignedIn::nav(visit, "list", &projects),
        date: person.now.strftime("%A %-d %B").to_string(),
        add,
        query: scope.query.clone().unwrap_or_default(),
        scope: Scope::hidden_fields(query),
        clear: scope.query.as_ref().map(|_| {
            let rest = Scope::hidden_fields(query);
            rest.iter().fold("/".to_owned(), |path, (name, value)| with_query(&path, name, value))
        }),
        is_long,
        groups: groups(todos, &projects, &scope, person, &heading, is_long),
        empty: scope.empty(),
        next_page: list
            .next_page_token()
            .map(|token| with_query(&with_query(&visit.here, AS_OF, &as_of.to_string()), "page", token)),
        first_page: query.some("page").map(|_| with_query(&with_query(&visit.here, AS_OF, ""), "page", "")),
        is_trash: scope.view == View::Trash,
        heading,
    };
    Ok(answer::page(status, &view))
}

/// The time from which the lists by due date are reckoned: now, to the second, because the server takes no fractions.
/// A page's token is good for one question only, so the pages after the first ask with the time of the first.
fn as_of(query: &Form, person: &SignedIn) -> Result<DateTime, Stop> {
    let time = match query.some(AS_OF) {
        Some(text) if query.has("page") => text.parse().map_err(|_| Problem::not_found())?,
        _ => person.now.datetime(),
    };
    Ok(time.with().subsec_nanosecond(0).build().unwrap_or(time))
}

/// Which todos the page is of.
struct Scope {
    view: View,
    project: Option<todo_sdk::ProjectId>,
    tag: Option<String>,
    query: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Open,
    Today,
    Upcoming,
    Overdue,
    Done,
    Trash,
}

impl Scope {
    fn read(query: &Form) -> Result<Self, Stop> {
        let view = match query.get("view") {
            "" | "open" => View::Open,
            "today" => View::Today,
            "upcoming" => View::Upcoming,
            "overdue" => View::Overdue,
            "done" => View::Done,
            "trash" => View::Trash,
            _ => return Err(Problem::not_found().into()),
        };
        let project = match query.some("project") {
            Some(id) => Some(id.parse().map_err(|_| Problem::not_found())?),
            None => None,
        };
        Ok(Self {
            view,
            project,
            tag: query.some("tag").map(str::to_owned),
            query: Some(searchable(query.get("q"))).filter(|text| !text.is_empty()),
        })
    }

    fn filter(&self, as_of: DateTime) -> TodoFilter {
        let today = as_of.date();
        let midnight = |days: i64| -> DateTime { today.saturating_add(days.days()).at(0, 0, 0, 0) };
        let open = TodoFilter::default().status(Status::NeedsAction).order(Order::Due);
        let mut filter = match self.view {
            View::Open => open,
            View::Today => open.due_from(midnight(0)).due_before(midnight(1)),
            View::Upcoming => open.due_from(midnight(1)),
            View::Overdue => open.due_before(as_of),
            // What has just been done or deleted comes first, whenever it was written down.
            View::Done => TodoFilter::default().status(Status::Completed).order(Order::Changed),
            View::Trash => TodoFilter::default().trash(Trash::Only).order(Order::Changed),
        };
        if let Some(project) = self.project {
            filter = filter.project(project);
        }
        if let Some(tag) = &self.tag {
            filter = filter.tag(tag);
        }
        if let Some(query) = &self.query {
            filter = filter.query(query);
        }
        filter
    }

    /// The name of the list; NOT_FOUND for a project that is none of this account's.
    fn heading(&self, projects: &[Project]) -> Result<String, Stop> {
        if let Some(id) = self.project {
            let project = projects.iter().find(|project| project.id == id).ok_or_else(Problem::not_found)?;
            return Ok(project.name.clone());
        }
        if let Some(tag) = &self.tag {
            return Ok(format!("#{tag}"));
        }
        let name = match self.view {
            View::Open => "Open",
            View::Today => "Today",
            View::Upcoming => "Upcoming",
            View::Overdue => "Overdue",
            View::Done => "Done",
            View::Trash => "Trash",
        };
        Ok(name.to_owned())
    }

    fn is_open(&self) -> bool {
        !matches!(self.view, View::Done | View::Trash)
    }

    /// What is added to today's list is for today.
    fn default_due(&self) -> &'static str {
        match self.view {
            View::Today => "today",
            View::Upcoming => "tomorrow",
            _ => "",
        }
    }

    fn empty(&self) -> Empty {
        let to_open = || Some(("/".to_owned(), "To the open todos"));
        let (text, action) = match self.view {
            _ if self.query.is_some() => ("Nothing matches. Try fewer letters.", None),
            View::Open => ("All clear. Enjoy the quiet.", Some(("#title".to_owned(), "Add a todo"))),
            View::Today => ("Nothing is due today.", Some(("#title".to_owned(), "Add one for today"))),
            View::Upcoming => ("Nothing is coming up.", Some(("#title".to_owned(), "Plan something"))),
            View::Overdue => ("Nothing is overdue. Well done.", to_open()),
            View::Done => ("Nothing is done yet.", to_open()),
            View::Trash => ("The trash is empty.", to_open()),
        };
        Empty { text, action }
    }

    /// What keeps a search within this list.
    fn hidden_fields(query: &Form) -> Vec<(&'static str, String)> {
        ["view", "project", "tag"]
            .into_iter()
            .filter_map(|name| Some((name, query.some(name)?.to_owned())))
            .collect()
    }
}

/// What can be searched for of what was typed: a beginning of it, which the page then shows in its place.
fn searchable(text: &str) -> String {
    text.trim().chars().filter(|c| *c != '\0').take(SEARCH).collect()
}

/// How many of the todos a page has room for: all, unless they are long or there are many projects.
fn fitting(todos: &[Todo], projects: &[Project], here: &str) -> usize {
    // Marks that mean something in HTML are written in five bytes.
    let bytes = |text: &str| text.len() + 4 * text.matches(['&', '<', '>', '"', '\'']).count();
    let frame: usize = projects.iter().map(|project| PROJECT + 2 * bytes(&project.name)).sum();
    let mut room = WEIGHT.saturating_sub(FRAME + Assets::get().len() + 8 * here.len() + frame);
    let fits = |todo: &&Todo| {
        let end = todo.title.char_indices().nth(TITLE).map_or(todo.title.len(), |(end, _)| end);
        let tags: usize = todo.tags.iter().take(TAGS).map(|tag| 2 + bytes(tag)).sum();
        let project = projects.iter().find(|project| project.id == todo.project_id && !project.inbox);
        let project = project.map_or(0, |project| bytes(&project.name));
        let row = ROW + bytes(todo.title.get(..end).unwrap_or_default()) + tags + project;
        room.checked_sub(row).map(|rest| room = rest).is_some()
    };
    // A page of a few can afford what one of many cannot, and there must be an end to it.
    todos.iter().take_while(fits).count().max(FEW)
}

/// The rows, those of open todos by how near they are.
fn groups(
    todos: Vec<Todo>,
    projects: &[Project],
    scope: &Scope,
    person: &SignedIn,
    heading: &str,
    is_long: bool,
) -> Vec<Group> {
    let mut groups: Vec<(Near, Group)> = Vec::new();
    for todo in todos {
        let due = todo.due.as_ref().map(|due| due_text(due, &person.now));
        let near = due.as_ref().filter(|_| scope.is_open()).map_or(Near::Never, |due| due.near);
        // Todos come by the instant at which they are due. A zone far away may put one of today behind tomorrow's first.
        let index = groups.partition_point(|(each, _)| *each < near);
        if groups.get(index).is_none_or(|(each, _)| *each != near) {
            let (heading, class) = if scope.is_open() { (near.heading(), near.class()) } else { ("", "") };
            groups.insert(index, (near, Group { heading, class, rows: Vec::new() }));
        }
        let due = due.as_ref().map(|due| if scope.is_open() { due.below_heading() } else { due.whole() });
        if let Some((_, group)) = groups.get_mut(index) {
            group.rows.push(row(todo, due.unwrap_or_default(), projects, scope, is_long));
        }
    }
    // A list that is one group has a heading already, or needs none.
    if let [(near, group)] = &mut *groups
        && (*near == Near::Never || group.heading == heading)
    {
        group.heading = "";
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn row(todo: Todo, due: String, projects: &[Project], scope: &Scope, is_long: bool) -> Row {
    // A link that is not shown costs as much to be made as one that is.
    let tag = |name: String| if is_long { Tag { name, href: String::new() } } else { Tag::from(name) };
    let project = projects.iter().find(|project| project.id == todo.project_id);
    Row {
        number: todo.number,
        title: shortened(todo.title),
        is_done: todo.status == Status::Completed,
        priority: priority_number(todo.priority),
        due,
        other_tags: todo.tags.len().saturating_sub(TAGS),
        tags: todo.tags.into_iter().take(TAGS).map(tag).collect(),
        project: match project {
            Some(project) if scope.project.is_none() && !project.inbox => project.name.clone(),
            _ => String::new(),
        },
    }
}

/// A title as a list has room for it. Its page has all of it.
fn shortened(title: String) -> String {
    match title.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", title.get(..end).unwrap_or(&title).trim_end()),
        None => title,
    }
}
