//! Who is looking at which page.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use http::{HeaderValue, request::Parts};
use jiff::{ZonedDateTime, tz::TimeZone};
use todo_sdk::{Account, Client, Operation, OperationKind, Project, RequestId, Token};

use super::{
    Main,
    answer::{Problem, Stop},
    assets::Assets,
    cookie::{self, Channel},
    draft::Draft,
    form::{Form, list_path, local_path, with_query},
    guard::{self, Arrival},
    note::{NOTE, Note},
    views::{Frame, Nav, NavLink, Notice},
};
use crate::auth::source::Peer;

/// The name of the query's pair that says which operation has just been made.
const DID: &str = "did";

/// The name of the query's pair that says which list one came from.
const BACK: &str = "back";

/// One request of a browser, signed in or not.
pub(crate) struct Visit {
    main: Arc<Main>,
    pub(crate) channel: Channel,
    peer: Peer,
    token: Option<Token>,
    /// Path and query, without word of what has just been done.
    pub(crate) here: String,
    /// The page of this site that led here, if the browser tells: path and query, without such word either.
    referrer: Option<String>,
    pub(crate) query: Form,
    /// What was sent with a POST.
    pub(crate) form: Arc<Form>,
    note: Option<Note>,
    /// What the browser calls itself.
    pub(crate) user_agent: String,
}

impl FromRequestParts<Arc<Main>> for Visit {
    type Rejection = Stop;

    async fn from_request_parts(parts: &mut Parts, main: &Arc<Main>) -> Result<Self, Stop> {
        let arrival = parts.extensions.get::<Arrival>().copied().ok_or_else(Problem::not_found)?;
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
        // A link of another site must not have a page say what never happened.
        let site = parts.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let is_foreign = site.is_some_and(|site| !matches!(site, b"same-origin" | b"none"));
        let agent = parts.headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Self {
            main: Arc::clone(main),
            channel: arrival.channel,
            peer: arrival.peer,
            token: cookie::token(&parts.headers, arrival.channel),
            here: local_path(&without_news(here)).to_owned(),
            referrer: guard::referrer(&parts.headers, &parts.uri).map(|page| without_news(&page)),
            note: query.some(NOTE).filter(|_| !is_foreign).and_then(Note::named),
            query,
            form: parts.extensions.get::<Arc<Form>>().cloned().unwrap_or_default(),
            user_agent: agent.unwrap_or_default().to_owned(),
        })
    }
}

/// What stands in the variable place of a route's path. A path that is no UTF-8 is no address of anything.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

impl Visit {
    /// A visit of somebody not signed in, as the guard sees it.
    pub(crate) fn of_stranger(main: &Arc<Main>, arrival: Arrival, form: Form) -> Self {
        Self {
            main: Arc::clone(main),
            channel: arrival.channel,
            peer: arrival.peer,
            token: None,
            here: "/".to_owned(),
            query: Form::default(),
            form: Arc::new(form),
            referrer: None,
            note: None,
            user_agent: String::new(),
        }
    }

    /// The same visit after a sign-in, back at the form that this had interrupted.
    pub(crate) fn resumed(&self, token: Token, draft: Draft) -> Self {
        let form = Arc::new(draft.form);
        Self { token: Some(token), here: draft.to, query: Form::default(), form, ..self.at("/") }
    }

    /// The same visit, looking at another page of lists: the one a form was sent from.
    pub(crate) fn at(&self, here: &str) -> Self {
        let here = if here.split('?').next() == Some("/") { here } else { "/" };
        Self {
            main: Arc::clone(&self.main),
            channel: self.channel,
            peer: self.peer,
            token: self.token.clone(),
            here: here.to_owned(),
            query: Form::parse(here.split_once('?').map_or("", |(_, query)| query).as_bytes()),
            form: Arc::clone(&self.form),
            referrer: None,
            note: None,
            user_agent: self.user_agent.clone(),
        }
    }

    /// The list that one came from to this page: as its address has it, which is how forms carry it; else as the browser
    /// tells; else the list of all that is open.
    pub(crate) fn back(&self) -> String {
        let referrer = self.referrer.as_deref().unwrap_or_default();
        list_path(self.query.get(BACK)).or_else(|| list_path(referrer)).unwrap_or("/").to_owned()
    }

    /// The auth service, for whoever is not signed in yet.
    pub(crate) fn auth(&self) -> Client {
        self.main.backends.auth.client(self.peer, None)
    }

    pub(crate) fn is_stranger(&self) -> bool {
        self.token.is_none()
    }

    /// Who is signed in.
    pub(crate) async fn signed_in(&self) -> Result<SignedIn, Stop> {
        let (auth, todo) = self.clients()?;
        let (account, _) = auth.validate_token().await?;
        // A zone that this machine does not know must not keep anybody from their todos.
        let zone = TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC);
        let now = self.main.clock.now().to_jiff().to_zoned_datetime(zone);
        Ok(SignedIn { account, auth, todo, now })
    }

    /// The auth and the todo service, as whoever holds the token. They say whether it is good.
    pub(crate) fn clients(&self) -> Result<(Client, Client), Stop> {
        let token = self.token.clone().ok_or(Stop::SignIn)?;
        let backends = &self.main.backends;
        Ok((
            backends.auth.client(self.peer, Some(token.clone())),
            backends.todo.client(self.peer, Some(token)),
        ))
    }

    /// The frame of a page for somebody who is not signed in.
    pub(crate) fn strangers_frame(&self, title: &str) -> Frame {
        Frame {
            title: title.to_owned(),
            assets: Assets::get(),
            username: None,
            here: self.here.clone(),
            notice: self.note.map(Note::notice),
        }
    }

    /// Ends streams when the server stops.
    pub(crate) fn stop(&self) -> tokio_util::sync::CancellationToken {
        self.main.stop.clone()
    }
}

/// Somebody signed in.
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) auth: Client,
    pub(crate) todo: Client,
    /// In the account's zone.
    pub(crate) now: ZonedDateTime,
}

impl SignedIn {
    /// The frame of a page, with word of what has just been done if the address says which operation that was.
    pub(crate) async fn frame(&self, visit: &Visit, title: impl Into<String>) -> Result<Frame, Stop> {
        let notice = match visit.query.some(DID) {
            Some(operation) => self.notice(operation).await?,
            None => visit.note.map(Note::notice),
        };
        Ok(Frame {
            title: title.into(),
            assets: Assets::get(),
            username: Some(self.account.username.clone()),
            here: visit.here.clone(),
            notice,
        })
    }

    /// Looked up, so that a link from elsewhere cannot make the page say what never happened.
    async fn notice(&self, id: &str) -> Result<Option<Notice>, Stop> {
        let mut newest = self.todo.operations().page_size(20);
        let operations = newest.next_page().await?.unwrap_or_default();
        Ok(operations.into_iter().find(|operation| operation.id.to_string() == id).and_then(notice_of))
    }

    /// The column beside the page.
    pub(crate) fn nav(visit: &Visit, current: &'static str, projects: &[Project]) -> Nav {
        const LISTS: [(&str, &str, &str); 6] = [
            ("Open", "/", "open"),
            ("Today", "/?view=today", "today"),
            ("Upcoming", "/?view=upcoming", "upcoming"),
            ("Overdue", "/?view=overdue", "overdue"),
            ("Done", "/?view=done", "done"),
            ("Trash", "/?view=trash", "trash"),
        ];
        let is_list = visit.here.split('?').next() == Some("/");
        let project = visit.query.get("project");
        let view = match visit.query.get("view") {
            "" => "open",
            view => view,
        };
        let is_plain = project.is_empty() && !visit.query.has("tag") && !visit.query.has("q");
        let lists = LISTS.into_iter().map(|(name, href, icon)| NavLink {
            name: name.to_owned(),
            href: href.to_owned(),
            icon,
            is_current: is_list && is_plain && icon == view,
        });
        let projects = projects.iter().map(|each| {
            let id = each.id.to_string();
            NavLink {
                name: each.name.clone(),
                href: format!("/?project={id}"),
                icon: if each.inbox { "inbox" } else { "project" },
                is_current: is_list && id == project,
            }
        });
        Nav { lists: lists.collect(), projects: projects.collect(), current }
    }

    /// Every project, the Inbox first.
    pub(crate) async fn projects(&self) -> Result<Vec<Project>, Stop> {
        let mut projects = self.todo.list_projects().page_size(1_000).try_collect().await?;
        projects.sort_by_key(|project| (!project.inbox, project.name.to_lowercase()));
        Ok(projects)
    }
}

fn notice_of(operation: Operation) -> Option<Notice> {
    use OperationKind as Kind;
    if operation.undone_by.is_some() {
        return None;
    }
    let did = match operation.kind {
        Kind::CreateTodo | Kind::CreateProject => "Added",
        Kind::UpdateTodo => "Saved",
        Kind::CompleteTodos => "Completed",
        Kind::ReopenTodos => "Reopened",
        Kind::DeleteTodos | Kind::DeleteProject => "Deleted",
        Kind::RestoreTodos => "Restored",
        Kind::UpdateProject => "Renamed",
        Kind::Undo => "Undone",
        _ => "Changed",
    };
    let is_undo = operation.kind == Kind::Undo;
    let mut names = operation.projects.into_iter().chain(operation.todos).map(|target| target.name);
    let what = names.next().unwrap_or_default();
    Some(Notice { did, what, operation: (!is_undo).then(|| operation.id.to_string()) })
}

/// The path without word of what has just been done.
fn without_news(path: &str) -> String {
    with_query(&with_query(path, DID, ""), NOTE, "")
}

/// The path of a page that knows the list one came from.
pub(crate) fn with_back(path: &str, list: &str) -> String {
    with_query(path, BACK, if list == "/" { "" } else { list })
}

/// The list that a form was sent from, or that the page knows which it was sent from.
pub(crate) fn list_behind(next: &str) -> String {
    let query = next.split_once('?').map_or("", |(_, query)| query);
    let carried = Form::parse(query.as_bytes());
    list_path(next).or_else(|| list_path(carried.get(BACK))).unwrap_or("/").to_owned()
}

/// The path with word of the operation that has just been made, so that the next page can offer to take it back.
pub(crate) fn after(path: &str, operation: Option<impl ToString>) -> String {
    with_query(
        &without_news(path),
        DID,
        &operation.map(|operation| operation.to_string()).unwrap_or_default(),
    )
}

/// The id that makes two submits of one form one change; a new one if the form has none that is one.
pub(crate) fn request_id(form: &Form) -> RequestId {
    form.get("request_id").parse().unwrap_or_else(|_| RequestId::generate())
}
