//! `/todos/NUMBER/annotations`: the notes on a todo, which its page shows.

use axum::Form;
use todo_sdk::TodoUpdate;

use super::{
    todo_forms::{AnnotationForm, unix_lines},
    todo_page::{self, Refused, todo_ref},
};
use crate::{
    error::{PageResult, Problem},
    field_errors::sent_before,
    flash::with_operation,
    request_context::{RequestContext, Segment},
    response::see_other,
    urls::local_path,
    view_models::Errors,
};

/// `POST /todos/NUMBER/annotations`: adds one.
pub(crate) async fn add(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<AnnotationForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    let update = TodoUpdate::new().add_annotation(unix_lines(&form.annotation));
    let errors = match client.update_todos([todo_ref(&form.id, &number)?], update).await {
        Ok(added) => return Ok(see_other(&with_operation(local_path(&form.next), added.operation))),
        Err(error) if error.is_invalid_argument() => refusal(&error),
        Err(error) => return Err(error.into()),
    };
    show_again(&context, &number, &form, errors).await
}

/// Shows the page of the todo again, with the note that was typed and what is wrong with it.
pub(crate) async fn show_again(
    context: &RequestContext,
    number: &str,
    form: &AnnotationForm,
    errors: Errors,
) -> PageResult {
    todo_page::show_again(context, number, Refused::Annotation(form, errors)).await
}

/// `POST /todos/NUMBER/annotations/remove`.
pub(crate) async fn remove(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<AnnotationForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    let annotation = form.annotation_id.parse().map_err(|_| Problem::not_found())?;
    let update = TodoUpdate::new().remove_annotation(annotation);
    let removed = client.update_todos([todo_ref(&form.id, &number)?], update).await?;
    Ok(see_other(&with_operation(local_path(&form.next), removed.operation)))
}

/// What is said about a note that was refused: the form has one field.
fn refusal(error: &todo_sdk::Error) -> Errors {
    sent_before(error, "add this as another note").unwrap_or_else(|| {
        let text = error.violations().first().map(|violation| violation.description.clone());
        Errors::field("annotation", text.unwrap_or_else(|| error.to_string()))
    })
}
