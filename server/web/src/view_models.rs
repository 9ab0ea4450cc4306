//! What the templates are given: everything a page shows, as text, ready to be shown. Templates only place it.
//!
//! To show a new field: add it here, fill it in where the page is made (`pages/`), place it in `templates/`.

mod todo;

use askama::Template;

use crate::{assets::Assets, pending_form::PendingForm, urls::with_query};

pub(crate) use todo::{AnnotationRow, ConfirmPage, NewAnnotation, TodoForm, TodoPage};

/// What every page has around its content.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Of the browser's tab, without the name of the product.
    pub(crate) title: String,
    pub(crate) assets: &'static Assets,
    /// Who is signed in; `None` shows the page of a visitor.
    pub(crate) username: Option<String>,
    /// Where this page is: path and query. Forms come back here.
    pub(crate) here: String,
    /// What the last change did, and how to take it back.
    pub(crate) notice: Option<Notice>,
}

/// The bar after a change.
#[derive(Debug)]
pub(crate) struct Notice {
    /// Such as "Completed" or "Saved".
    pub(crate) did: &'static str,
    /// Whose change it was: a title or name of the user's own. Empty if there is none to show.
    pub(crate) what: String,
    /// The operation to be undone; `None` if there is nothing to take back.
    pub(crate) operation: Option<String>,
}

impl Frame {
    /// Returns the frame of a page for somebody who is not signed in.
    pub(crate) fn for_visitor(
        title: impl Into<String>,
        here: impl Into<String>,
        notice: Option<Notice>,
    ) -> Self {
        let (title, here) = (title.into(), here.into());
        Self { title, assets: Assets::get(), username: None, here, notice }
    }
}

/// What is wrong with a form, by field.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    /// About the form as a whole.
    pub(crate) general: Option<String>,
    /// Name of the form's field, and what is wrong with it.
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Errors {
    /// About the form as a whole.
    pub(crate) fn general(text: impl Into<String>) -> Self {
        Self { general: Some(text.into()), fields: Vec::new() }
    }

    /// About one field.
    pub(crate) fn field(name: &'static str, text: impl Into<String>) -> Self {
        Self { general: None, fields: vec![(name, text.into())] }
    }

    /// What is wrong with this field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.general.is_none() && self.fields.is_empty()
    }
}

/// `GET /` for visitors who are not signed in.
#[derive(Debug, Template)]
#[template(path = "welcome.html")]
pub(crate) struct WelcomePage {
    pub(crate) frame: Frame,
}

/// `/sign-in`.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) frame: Frame,
    pub(crate) username: String,
    /// Where to go afterwards: a path of this site.
    pub(crate) next: String,
    pub(crate) errors: Errors,
    /// A word about why this page is shown, such as that the session has expired.
    pub(crate) reason: Option<&'static str>,
    /// Hidden fields, name and value: what had been typed when the session ended, to be shown again afterwards.
    pub(crate) pending: Vec<(&'static str, String)>,
}

/// `/register`.
#[derive(Debug, Template)]
#[template(path = "register.html")]
pub(crate) struct RegisterPage {
    pub(crate) frame: Frame,
    pub(crate) username: String,
    /// IANA name; empty until the browser's script fills it in. Without a script it stays as it is.
    pub(crate) time_zone: String,
    pub(crate) next: String,
    pub(crate) errors: Errors,
}

/// The column of lists and projects beside every page of somebody signed in.
#[derive(Debug)]
pub(crate) struct Nav {
    /// Open, Today, Upcoming, Overdue, Done, Trash.
    pub(crate) lists: Vec<NavLink>,
    /// The Inbox first.
    pub(crate) projects: Vec<NavLink>,
    /// Whether the page is `/projects` or `/account`.
    pub(crate) current: &'static str,
}

/// One line of the column.
#[derive(Debug)]
pub(crate) struct NavLink {
    pub(crate) name: String,
    /// Path and query.
    pub(crate) href: String,
    /// The `id` of its symbol in the icon sprite: `open`, `today`, `upcoming`, `overdue`, `done`, `trash`, `inbox`, `project`.
    pub(crate) icon: &'static str,
    pub(crate) is_current: bool,
}

impl NavLink {
    /// Of the dot in front of a project.
    pub(crate) fn colour(&self) -> u32 {
        colour(&self.href)
    }
}

/// One of the colours `c0` to `c5`, always the same for a project, from the address of its list.
fn colour(href: &str) -> u32 {
    crc32fast::hash(href.as_bytes()) % 6
}

/// `GET /` for somebody signed in: a list of todos.
#[derive(Debug, Template)]
#[template(path = "list.html")]
pub(crate) struct ListPage {
    pub(crate) frame: Frame,
    pub(crate) nav: Nav,
    /// What list this is, such as "Today" or a project's name.
    pub(crate) heading: String,
    /// Today's date in words, such as "Tuesday 24 November"; shown below the heading.
    pub(crate) date: String,
    /// The form for a new todo; `None` in the trash and among what is done.
    pub(crate) add: Option<AddForm>,
    /// What is searched for; empty for no search.
    pub(crate) query: String,
    /// The hidden fields that keep a search within this list: name and value.
    pub(crate) scope: Vec<(&'static str, String)>,
    /// Path and query of the list without the search; `None` where nothing is searched for.
    pub(crate) clear: Option<String>,
    pub(crate) groups: Vec<Group>,
    /// What is said where there are no rows.
    pub(crate) empty: Empty,
    /// Path and query of the next page.
    pub(crate) next_page: Option<String>,
    /// Path and query of the first page, on all others.
    pub(crate) first_page: Option<String>,
    /// Whether the rows can be restored instead of completed.
    pub(crate) is_trash: bool,
}

/// What is said where there is nothing.
#[derive(Debug)]
pub(crate) struct Empty {
    pub(crate) text: &'static str,
    /// Where to go from here: path, query or fragment, and what it says.
    pub(crate) action: Option<(String, &'static str)>,
}

/// The line that adds a todo. What was typed stays when something is wrong with it.
#[derive(Debug)]
pub(crate) struct AddForm {
    /// Makes a double submit one todo.
    pub(crate) request_id: String,
    pub(crate) title: String,
    pub(crate) due: String,
    /// Empty, or `1` to `4`.
    pub(crate) priority: String,
    pub(crate) tags: String,
    pub(crate) projects: Vec<Choice>,
    /// The account's zone, in which the due time is read.
    pub(crate) zone: String,
    pub(crate) errors: Errors,
}

/// An option of a `<select>`.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) name: String,
    pub(crate) is_selected: bool,
}

/// Rows that belong together: those due on one day, or all of a list that has no days.
#[derive(Debug)]
pub(crate) struct Group {
    /// Above the rows; empty for none.
    pub(crate) heading: &'static str,
    /// `overdue`, `today`, `soon`, `later` or empty: the class of the colour in which their due times are shown.
    pub(crate) class: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// One todo of a list.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its page is `/todos/NUMBER`; it is completed by a POST to `/todos/NUMBER/complete`, and so on.
    pub(crate) number: u64,
    /// Sent along, so that the todo need not be looked up by its number.
    pub(crate) id: String,
    /// No longer than a list has room for.
    pub(crate) title: String,
    pub(crate) is_done: bool,
    /// 1 to 4; 0 for none.
    pub(crate) priority: u8,
    /// What the group's heading does not say already; often empty.
    pub(crate) due: String,
    /// The first few.
    pub(crate) tags: Vec<Tag>,
    /// How many more there are.
    pub(crate) other_tags: usize,
    /// The name of its project where the list is of several; else empty.
    pub(crate) project: String,
}

impl Row {
    /// Whether there is anything to be shown below the title.
    pub(crate) fn has_more(&self) -> bool {
        !self.due.is_empty() || self.priority > 0 || !self.tags.is_empty() || !self.project.is_empty()
    }
}

/// A tag and the list of it.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) href: String,
}

impl From<String> for Tag {
    fn from(name: String) -> Self {
        Self { href: with_query("/", "tag", &name), name }
    }
}

/// `/projects`.
#[derive(Debug, Template)]
#[template(path = "projects.html")]
pub(crate) struct ProjectsPage {
    pub(crate) frame: Frame,
    pub(crate) nav: Nav,
    pub(crate) rows: Vec<ProjectRow>,
    /// Those that can be brought back.
    pub(crate) deleted: Vec<DeletedProjectRow>,
    /// The name in the form for a new one.
    pub(crate) new_name: String,
    pub(crate) request_id: String,
    /// Of the form for a new one.
    pub(crate) errors: Errors,
}

/// One project and the form that renames it.
#[derive(Debug)]
pub(crate) struct ProjectRow {
    /// A POST to `/projects/ID` renames it, one to `/projects/ID/delete` deletes it.
    pub(crate) id: String,
    /// As stored.
    pub(crate) name: String,
    /// As typed.
    pub(crate) typed_name: String,
    /// It can be neither renamed nor deleted.
    pub(crate) is_inbox: bool,
    pub(crate) href: String,
    /// Of the form that renames this one.
    pub(crate) errors: Errors,
}

/// One project that is deleted.
#[derive(Debug)]
pub(crate) struct DeletedProjectRow {
    /// A POST to `/projects/ID/undelete` brings it back.
    pub(crate) id: String,
    pub(crate) name: String,
    /// Until when it can be brought back.
    pub(crate) kept_until: String,
}

impl ProjectRow {
    /// Of its dot, here as in the column.
    pub(crate) fn colour(&self) -> u32 {
        colour(&self.href)
    }
}

/// `/account`.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub(crate) struct AccountPage {
    pub(crate) frame: Frame,
    pub(crate) nav: Nav,
    pub(crate) username: String,
    pub(crate) time_zone: String,
    /// The time in that zone, so that one sees that it is the right one.
    pub(crate) local_time: String,
    pub(crate) sessions: Vec<SessionRow>,
    /// Of the form with `time_zone`.
    pub(crate) zone_errors: Errors,
    /// Of the form with `current_password` and `new_password`.
    pub(crate) password_errors: Errors,
    /// Of the form with `password` that deletes the account.
    pub(crate) delete_errors: Errors,
}

/// One session.
#[derive(Debug)]
pub(crate) struct SessionRow {
    /// A POST to `/account/sessions/ID/revoke` ends it.
    pub(crate) id: String,
    /// What the client called itself. Text from others.
    pub(crate) client: String,
    pub(crate) created: String,
    pub(crate) last_used: String,
    pub(crate) is_current: bool,
}

/// Anything that went wrong and is no fault of a form.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
pub(crate) struct ProblemPage {
    pub(crate) frame: Frame,
    pub(crate) heading: &'static str,
    pub(crate) text: String,
    /// Seconds after which the page loads itself again; `None`: it does not.
    pub(crate) refresh_seconds: Option<u32>,
    /// The form that could not be handled, to be sent again as it was.
    pub(crate) again: Option<PendingForm>,
    /// The page of a form that could not be handled and is not kept, path and query.
    pub(crate) back: Option<String>,
}
