//! The fields of a todo that are read before a backend sees them, in the form that adds one and in that of its own page.

use jiff::{ZonedDateTime, tz::TimeZone};
use todo_sdk::{Due, Priority, Project, ProjectId};

use crate::{
    error::PageError,
    request_context::RequestContext,
    signed_in::SignedIn,
    view_models::{Choice, Errors},
};

/// The fields as they were typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<'f> {
    pub(super) due: &'f str,
    /// The zone in which the due time is read: that of the account when the form was shown.
    pub(super) zone: &'f str,
    pub(super) priority: &'f str,
    pub(super) tags: &'f str,
    pub(super) project: &'f str,
}

/// The fields as they are sent.
#[derive(Debug)]
pub(super) struct TodoFields {
    pub(super) due: Option<Due>,
    pub(super) priority: Option<Priority>,
    pub(super) tags: Vec<String>,
    pub(super) project: Option<ProjectId>,
}

/// Characters of a wrong date that its error shows.
const SHOWN_CHARS: usize = 60;

impl TodoFields {
    /// Reads the fields, or says what is wrong with one of them. No call is made where the form says its zone.
    pub(super) async fn read(
        typed: Typed<'_>,
        context: &RequestContext,
    ) -> Result<Result<Self, Errors>, PageError> {
        let due = match typed.due.trim() {
            "" => None,
            text => match Due::parse(text, &now(context, typed.zone).await?) {
                Ok(due) => Some(due),
                Err(error) => {
                    let shown: String = text.chars().take(SHOWN_CHARS).collect();
                    return Ok(Err(Errors::field("due", format!("\"{shown}\" is not a date. {error}"))));
                }
            },
        };
        Ok(Self::with_due(due, typed))
    }

    fn with_due(due: Option<Due>, typed: Typed<'_>) -> Result<Self, Errors> {
        let priority = match typed.priority {
            "" => None,
            "1" => Some(Priority::P1),
            "2" => Some(Priority::P2),
            "3" => Some(Priority::P3),
            "4" => Some(Priority::P4),
            _ => return Err(Errors::field("priority", "There is no such priority.")),
        };
        let project = match typed.project {
            "" => None,
            id => Some(id.parse().map_err(|_| Errors::field("project", "There is no such project."))?),
        };
        Ok(Self { due, priority, tags: tags(typed.tags), project })
    }
}

/// Returns the time in the zone that the form says. One that says none, or none that this machine knows, is of no page
/// of ours: the account is asked.
async fn now(context: &RequestContext, zone: &str) -> Result<ZonedDateTime, PageError> {
    match TimeZone::get(zone) {
        Ok(zone) => Ok(context.now_in(zone)),
        Err(_) => Ok(SignedIn::fetch(context).await?.now),
    }
}

/// The tags of a line such as `home, errand`; a `#` in front of one is how people write tags elsewhere.
fn tags(line: &str) -> Vec<String> {
    line.split(',')
        .map(|tag| tag.trim().trim_start_matches('#').to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

/// 1 to 4; 0 for none.
pub(super) fn priority_number(priority: Option<Priority>) -> u8 {
    match priority {
        Some(Priority::P1) => 1,
        Some(Priority::P2) => 2,
        Some(Priority::P3) => 3,
        Some(_) => 4,
        None => 0,
    }
}

/// Returns the options of a project's `<select>`. Without a selection it is the Inbox.
pub(super) fn project_choices(projects: &[Project], selected: &str) -> Vec<Choice> {
    let choice = |project: &Project| {
        let value = project.id.to_string();
        let is_selected = if selected.is_empty() { project.inbox } else { value == selected };
        Choice { value, name: project.name.clone(), is_selected }
    };
    projects.iter().map(choice).collect()
}
