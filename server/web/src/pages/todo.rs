//! `/todos/NUMBER`: what can be done with one todo. `todo_page` shows it.

use axum::{Form, response::Response};
use serde::Deserialize;
use todo_sdk::{Client, Error, OperationId, TodoRef, Undo};

use super::{
    todo_fields::TodoFields,
    todo_forms::EditForm,
    todo_page::{self, Refused, todo_ref},
};
use crate::{
    error::{PageError, PageResult, Problem},
    field_errors::{field_errors, sent_before},
    flash::{Flash, with_operation},
    request_context::{RequestContext, Segment, parse_request_id},
    response::see_other,
    urls::local_path,
    view_models::Errors,
};

/// The fields of the form.
const FIELDS: &[&str] = &["title", "description", "due", "priority", "tags", "project"];

/// A press of a button beside a todo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ActionForm {
    id: String,
    request_id: String,
    next: String,
}

/// A press of "Undo".
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UndoForm {
    operation: String,
    request_id: String,
    next: String,
}

/// `GET /todos/NUMBER`.
pub(crate) async fn show(context: RequestContext, Segment(number): Segment) -> PageResult {
    todo_page::show(&context, &number).await
}

/// `POST /todos/NUMBER`: changes the fields that the form has.
pub(crate) async fn save(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<EditForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    let errors = match TodoFields::read(form.typed(), &context).await? {
        Ok(fields) => match client.update_todos([todo_ref(&form.id, &number)?], form.update(fields)).await {
            Ok(saved) => return Ok(see_other(&with_operation(local_path(&form.next), saved.operation))),
            Err(error) => refusal(error)?,
        },
        Err(errors) => errors,
    };
    show_again(&context, &number, &form, errors).await
}

/// Shows a todo's form again, with what was typed and what is wrong with it.
pub(crate) async fn show_again(
    context: &RequestContext,
    number: &str,
    form: &EditForm,
    errors: Errors,
) -> PageResult {
    todo_page::show_again(context, number, Refused::Edit(form, errors)).await
}

/// `POST /todos/NUMBER/complete`.
pub(crate) async fn complete(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, todo) = form.target(&context, &number)?;
    Ok(form.done(client.complete_todos([todo]).await?.operation))
}

/// `POST /todos/NUMBER/reopen`.
pub(crate) async fn reopen(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, todo) = form.target(&context, &number)?;
    Ok(form.done(client.reopen_todos([todo]).await?.operation))
}

/// `POST /todos/NUMBER/delete`.
pub(crate) async fn delete(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, todo) = form.target(&context, &number)?;
    Ok(form.done(client.delete_todos([todo]).await?.operation))
}

/// `POST /todos/NUMBER/restore`.
pub(crate) async fn restore(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, todo) = form.target(&context, &number)?;
    Ok(form.done(client.restore_todos([todo]).await?.operation))
}

/// `POST /undo`: undoes one operation, or the newest one.
pub(crate) async fn undo(context: RequestContext, Form(form): Form<UndoForm>) -> PageResult {
    let id = parse_request_id(&form.request_id);
    let client = context.todo()?.with_request_id(id);
    let operation = match form.operation.as_str() {
        "" => Undo::last(),
        operation => Undo::from(operation.parse::<OperationId>().map_err(|_| Problem::not_found())?),
    };
    let next = local_path(&form.next);
    match client.undo(operation).await {
        Ok(_) => Ok(see_other(&with_operation(next, Some(id)))),
        // With nothing left to undo, this is no error.
        Err(error) if form.operation.is_empty() && error.is_not_found() => Ok(see_other(next)),
        Err(error) if error.is_aborted() => Ok(see_other(&Flash::Overtaken.on(next))),
        Err(error) => Err(error.into()),
    }
}

impl ActionForm {
    /// Returns the client that makes the change, and the todo.
    fn target(&self, context: &RequestContext, number: &str) -> Result<(Client, TodoRef), PageError> {
        let client = context.todo_for_change(&self.request_id)?;
        Ok((client, todo_ref(&self.id, number)?))
    }

    fn done(&self, operation: Option<OperationId>) -> Response {
        see_other(&with_operation(local_path(&self.next), operation))
    }
}

/// What is said about a change that was refused, where the form can say it.
fn refusal(error: Error) -> Result<Errors, PageError> {
    if error.is_invalid_argument() {
        let errors = sent_before(&error, "save this as well");
        return Ok(errors.unwrap_or_else(|| field_errors(&error, FIELDS)));
    }
    if error.is_not_found() {
        // The todo was there a moment ago, so it is in the trash, or its new project is gone.
        return Ok(Errors::general(
            "This todo is in the trash, or the project is gone. What you typed is still here.",
        ));
    }
    if error.is_aborted() {
        return Ok(Errors::general(
            "Somebody, perhaps you elsewhere, has changed this todo meanwhile. What you typed is still here: save again \
             to keep it.",
        ));
    }
    Err(error.into())
}
