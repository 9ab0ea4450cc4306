//! One file for each page: showing it, and doing what its forms ask for.
//!
//! Every change is a POST that ends with a redirect to the page it was asked for from, which offers to take it back.
//! A form that is refused is shown again with what was typed.

pub(crate) mod account;
pub(crate) mod list;
pub(crate) mod projects;
pub(crate) mod sign_in;
pub(crate) mod todo;

use todo_sdk::{Due, Priority, Project, ProjectId};

use super::{form::Form, views::Choice, visit::SignedIn};

/// The fields of a todo's form that are read before a backend sees them, or what is wrong with them.
struct Typed {
    due: Option<Due>,
    priority: Option<Priority>,
    tags: Vec<String>,
    project: Option<ProjectId>,
}

impl Typed {
    /// Reads the fields that the add form and a todo's own have in common. The error is a field and what is wrong.
    fn read(form: &Form, person: &SignedIn) -> Result<Self, (&'static str, String)> {
        let due = match form.get("due").trim() {
            "" => None,
            text => Some(Due::parse(text, &person.now).map_err(|error| ("due", error.to_string()))?),
        };
        let priority = match form.get("priority") {
            "" => None,
            "1" => Some(Priority::P1),
            "2" => Some(Priority::P2),
            "3" => Some(Priority::P3),
            "4" => Some(Priority::P4),
            _ => return Err(("priority", "There is no such priority.".to_owned())),
        };
        let project = match form.get("project") {
            "" => None,
            id => Some(id.parse().map_err(|_| ("project", "There is no such project.".to_owned()))?),
        };
        Ok(Self { due, priority, tags: tags(form.get("tags")), project })
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
fn priority_number(priority: Option<Priority>) -> u8 {
    match priority {
        Some(Priority::P1) => 1,
        Some(Priority::P2) => 2,
        Some(Priority::P3) => 3,
        Some(_) => 4,
        None => 0,
    }
}

/// The options of a project's `<select>`.
fn choices(projects: &[Project], selected: &str) -> Vec<Choice> {
    let choice = |project: &Project| {
        let value = project.id.to_string();
        let is_selected = if selected.is_empty() { project.inbox } else { value == selected };
        Choice { value, name: project.name.clone(), is_selected }
    };
    projects.iter().map(choice).collect()
}
