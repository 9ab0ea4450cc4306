//! Which todos a list is of: from its address to the filter that the backend is asked with, and its name.

use jiff::{ToSpan as _, ZonedDateTime, civil::DateTime};
use todo_model::{due::to_second, limits};
use todo_sdk::{Order, Project, ProjectId, Status, TodoFilter, Trash};

use crate::{
    error::{PageError, Problem},
    list_query::ListQuery,
    view_models::Empty,
};

/// Characters of a search.
const SEARCH_CHARS: usize = 300;

/// Which todos a list is of.
pub(super) struct Scope {
    pub(super) view: View,
    pub(super) project: Option<ProjectId>,
    pub(super) tag: Option<String>,
    /// What is searched for: a beginning of what was typed, which the page then shows in its place.
    pub(super) search: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Open,
    Today,
    Upcoming,
    Overdue,
    Done,
    Trash,
}

impl Scope {
    pub(super) fn parse(query: &ListQuery) -> Result<Self, Problem> {
        let view = match query.view.as_str() {
            "" | "open" => View::Open,
            "today" => View::Today,
            "upcoming" => View::Upcoming,
            "overdue" => View::Overdue,
            "done" => View::Done,
            "trash" => View::Trash,
            _ => return Err(Problem::not_found()),
        };
        let project = match query.project.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Problem::not_found())?),
        };
        Ok(Self {
            view,
            project,
            tag: query.tag.clone().filter(|tag| !tag.is_empty()),
            search: query.q.as_deref().map(searchable).filter(|text| !text.is_empty()),
        })
    }

    pub(super) fn filter(&self, as_of: DateTime) -> TodoFilter {
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
        if let Some(search) = &self.search {
            filter = filter.query(search);
        }
        filter
    }

    /// Returns the name of the list; not found for a project that is none of this account's.
    pub(super) fn heading(&self, projects: &[Project]) -> Result<String, PageError> {
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

    pub(super) fn is_open(&self) -> bool {
        !matches!(self.view, View::Done | View::Trash)
    }

    /// What is added to today's list is for today.
    pub(super) fn default_due(&self) -> &'static str {
        match self.view {
            View::Today => "today",
            View::Upcoming => "tomorrow",
            _ => "",
        }
    }

    pub(super) fn empty(&self) -> Empty {
        let to_open = || Some(("/".to_owned(), "To the open todos"));
        let (text, action) = match self.view {
            _ if self.search.is_some() => ("Nothing matches. Try fewer letters.", None),
            View::Open => ("All clear. Enjoy the quiet.", Some(("#title".to_owned(), "Add a todo"))),
            View::Today => ("Nothing is due today.", Some(("#title".to_owned(), "Add one for today"))),
            View::Upcoming => ("Nothing is coming up.", Some(("#title".to_owned(), "Plan something"))),
            View::Overdue => ("Nothing is overdue. Well done.", to_open()),
            View::Done => ("Nothing is done yet.", to_open()),
            View::Trash => ("The trash is empty.", to_open()),
        };
        Empty { text, action }
    }
}

/// What of a search a filter surely takes, however much of it has to be quoted.
fn searchable(text: &str) -> String {
    let text: String = text.chars().filter(|c| *c != '\0').take(SEARCH_CHARS).collect();
    text.split_whitespace().take(limits::FILTER_TEXTS).collect::<Vec<_>>().join(" ")
}

/// Returns the time from which the lists by due date are reckoned: now, to the second, because the server takes no
/// fractions. A page's token is good for one question only, so the pages after the first ask with the time of the first.
pub(super) fn as_of(query: &ListQuery, now: &ZonedDateTime) -> Result<DateTime, Problem> {
    let time = match query.before.as_str() {
        "" => now.datetime(),
        _ if query.page.is_none() => now.datetime(),
        text => text.parse().map_err(|_| Problem::not_found())?,
    };
    Ok(to_second(time))
}
