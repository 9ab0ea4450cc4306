//! The page of one todo, and the question before it is deleted for good.

use askama::Template;

use super::{Choice, Errors, Frame, Nav, Tag};

/// `/todos/NUMBER`: one todo and the form of all its fields.
#[derive(Debug, Template)]
#[template(path = "todo.html")]
pub(crate) struct TodoPage {
    pub(crate) frame: Frame,
    pub(crate) nav: Nav,
    pub(crate) number: u64,
    /// As it is stored, for the heading; `form.title` is what was typed.
    pub(crate) title: String,
    pub(crate) is_done: bool,
    pub(crate) is_deleted: bool,
    pub(crate) form: TodoForm,
    /// Notes that were added to it, the oldest first.
    pub(crate) annotations: Vec<AnnotationRow>,
    pub(crate) new_annotation: NewAnnotation,
    /// As stored, each with the list of it.
    pub(crate) tags: Vec<Tag>,
    /// Name and value: "Created", "Completed" ...; times in the account's zone.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Where the user came from: a path of this site.
    pub(crate) back: String,
}

/// The fields of a todo, as stored or as typed.
#[derive(Debug)]
pub(crate) struct TodoForm {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) due: String,
    /// Empty, or `1` to `4`.
    pub(crate) priority: String,
    /// Separated by commas.
    pub(crate) tags: String,
    pub(crate) projects: Vec<Choice>,
    /// Sent along, so that the todo need not be looked up by its number.
    pub(crate) id: String,
    /// The account's zone, in which the due time is read.
    pub(crate) zone: String,
    /// The revision that the form was made of: somebody else's change in between is not overwritten.
    pub(crate) revision: u64,
    pub(crate) request_id: String,
    pub(crate) errors: Errors,
}

/// One note on a todo.
#[derive(Debug)]
pub(crate) struct AnnotationRow {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) created: String,
}

/// The form that adds a note.
#[derive(Debug)]
pub(crate) struct NewAnnotation {
    pub(crate) text: String,
    /// Makes a double submit one note.
    pub(crate) request_id: String,
    pub(crate) errors: Errors,
}

/// What is asked before something that nothing undoes.
#[derive(Debug, Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) frame: Frame,
    pub(crate) nav: Nav,
    pub(crate) heading: &'static str,
    /// The title of the todo that it is about; empty for many.
    pub(crate) what: String,
    pub(crate) text: String,
    /// The path of the POST that does it.
    pub(crate) action: String,
    /// Sent along; empty for many.
    pub(crate) id: String,
    pub(crate) button: &'static str,
    /// Where to go instead: a path of this site.
    pub(crate) back: String,
}
