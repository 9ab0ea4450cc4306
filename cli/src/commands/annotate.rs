//! `todo annotate`: adds a note to todos, or removes one.

use todo_model::IdPrefix;
use todo_sdk::{Annotation, Todo, TodoUpdate};

use super::batch;
use super::context::Context;
use super::selection::Selection;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::todo_ref::TodoRefs;
use crate::view::{Action, Report};

/// Add a note to todos, with the time it was made
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo annotate 12 The shop was closed
  todo annotate 12 --remove 1   # the first note, as `todo show 12` counts them")]
pub(crate) struct Args {
    /// Which todos: 12, 1-3, 1,4-10, an id or its first digits
    #[arg(value_name = "ID")]
    ids: TodoRefs,
    /// What the note says
    #[arg(value_name = "TEXT", required_unless_present = "remove", conflicts_with = "remove")]
    text: Vec<String>,
    /// Remove a note instead: its place in the list, or its id
    #[arg(long, value_name = "NOTE")]
    remove: Option<String>,
}

/// `todo annotate`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    match &args.remove {
        Some(note) => remove(&args.ids, note, cx).await,
        None => add(&args.ids, &args.text.join(" "), cx).await,
    }
}

async fn add(ids: &TodoRefs, text: &str, cx: &Context<'_>) -> Result<Report, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::usage("A note needs a text."));
    }
    let client = cx.client().await?;
    let selection = Selection::read(&client, std::slice::from_ref(ids)).await?;
    let update = TodoUpdate::new().add_annotation(text);
    let change = client.update_todos_with(selection.refs.iter().copied(), update, batch::options(cx)).await;
    match change {
        Ok(change) => batch::report(Action::Annotated, change, Vec::new(), &client, cx).await,
        Err(error) => Err(selection.explain(&client, error).await),
    }
}

async fn remove(ids: &TodoRefs, note: &str, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let selection = Selection::read_one(&client, ids).await?;
    let todo = match client.get_todos(selection.refs.iter().copied()).await {
        Ok(todos) => todos.into_iter().next(),
        Err(error) => return Err(selection.explain(&client, error).await),
    };
    let Some(todo) = todo else { return Err(Error::usage("No todo is named.")) };
    let gone = find(&todo, note)?;
    let line = Line::new()
        .with(Style::Dim, "  removed     ")
        .with(Style::Plain, gone.text.lines().next().unwrap_or_default());
    let update = TodoUpdate::new().remove_annotation(gone.id);
    match client.update_todos_with([todo.id], update, batch::options(cx)).await {
        Ok(change) => batch::report(Action::Updated, change, vec![(todo.number, line)], &client, cx).await,
        Err(error) => Err(selection.explain(&client, error).await),
    }
}

/// The note that is meant: by its place in the list, from 1, or by its id or how that begins.
fn find<'t>(todo: &'t Todo, note: &str) -> Result<&'t Annotation, Error> {
    let notes = &todo.annotations;
    // No list is as long as the shortest beginning of an id.
    let place = note.parse::<usize>().ok().filter(|_| note.len() < 4);
    let found = match (place, IdPrefix::parse(note)) {
        (Some(place), _) => place.checked_sub(1).and_then(|at| notes.get(at)),
        (None, Some(prefix)) => {
            let mut matching = notes.iter().filter(|note| prefix.matches(note.id));
            let first = matching.next();
            if matching.next().is_some() {
                return Err(Error::usage(format!("The ids of several notes begin with `{note}`."))
                    .hint("Give more digits, or the place of the note in the list."));
            }
            first
        }
        (None, None) => {
            return Err(Error::usage(format!("`{note}` does not name a note."))
                .hint(format!("`todo show {}` counts them.", todo.number)));
        }
    };
    found.ok_or_else(|| {
        Error::not_found(format!("#{} has no note {note}.", todo.number))
            .hint(format!("`todo show {}` counts them.", todo.number))
    })
}
