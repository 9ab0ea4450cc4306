//! What a backend refused, put beside the fields of the form that asked for it.

use crate::view_models::Errors;

/// Returns what is said about a form that was sent before with something else in it, as those are that one goes back to.
/// It is shown again with a new id, and `again` is what becomes of it then: a person who meant to correct what was sent would
/// have it twice.
pub(crate) fn sent_before(error: &todo_sdk::Error, again: &str) -> Option<Errors> {
    let is_used = error.violations().iter().any(|violation| violation.field == "request_id");
    is_used.then(|| {
        Errors::general(format!("You went back to a form that was sent already. Send it again to {again}."))
    })
}

/// Puts what a backend refused beside its fields. `fields` are those that the form has; what concerns none of them
/// concerns the form as a whole.
pub(crate) fn field_errors(error: &todo_sdk::Error, fields: &[&'static str]) -> Errors {
    let mut errors = Errors::default();
    for violation in error.violations() {
        let name = match violation.field.rsplit('.').next().unwrap_or_default() {
            "project_id" => "project",
            name => name.split('[').next().unwrap_or_default(),
        };
        match fields.iter().find(|field| **field == name) {
            Some(field) if errors.of(field).is_none() => {
                errors.fields.push((field, violation.description.clone()));
            }
            Some(_) => {}
            None => errors.general = Some(violation.description.clone()),
        }
    }
    if errors.is_empty() {
        errors.general = Some(error.to_string());
    }
    errors
}
