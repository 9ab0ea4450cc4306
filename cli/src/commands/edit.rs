//! `todo edit`: changes fields of one todo.

use todo_sdk::{Changed, Client, Todo, TodoUpdate};

use super::{Context, add, resolve};
use crate::args::Edit;
use crate::due_format;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::view::{self, Action, Change, Report};

/// `todo edit`
pub(super) async fn run(args: &Edit, cx: &Context<'_>) -> Result<Report, Error> {
    let update = plain_fields(args, cx)?;
    let related =
        args.project.is_some() || args.parent.is_some() || !args.tag.is_empty() || !args.untag.is_empty();
    if update.is_empty() && !related {
        return Err(Error::usage("Nothing to change is given.").hint(
            "Say what to change, such as `--title`, `--due` or `--tag`; `todo edit --help` lists all.",
        ));
    }
    let client = cx.client().await?;
    let before = resolve::todo(&client, &args.id).await?;
    resolve::none_in_trash(std::slice::from_ref(&before))?;
    let update = related_fields(update, args, &before, &client).await?;

    let Changed { value: todo, operation, .. } =
        client.update_todo(before.id, update).await.map_err(|error| {
            let overtaken = error.is_aborted();
            let error = Error::from(error);
            if overtaken {
                error.hint("Something else changed it just now. `todo show` it, then edit again.")
            } else {
                error
            }
        })?;
    let names = cx.names_for_json(&client).await?;
    let details = differences(&before, &todo, args, cx).into_iter().map(|line| (todo.number, line)).collect();
    let unchanged = if operation.is_none() { vec![todo.id] } else { Vec::new() };
    let changed = operation.is_some();
    let change = Change {
        action: Action::Updated,
        todos: vec![todo],
        unchanged,
        operations: operation.into_iter().collect(),
        details,
        names,
    };
    Ok(Report::new(change).note_if(changed, "`todo undo` takes it back."))
}

/// What can be said without knowing the todo.
fn plain_fields(args: &Edit, cx: &Context<'_>) -> Result<TodoUpdate, Error> {
    let mut update = TodoUpdate::new();
    if let Some(title) = &args.title {
        update = update.title(add::title(title)?);
    }
    if let Some(text) = &args.description {
        update = update.description(text);
    }
    if args.no_due {
        update = update.due(None);
    } else if let Some(text) = &args.due {
        update = update.due(add::due(text, cx)?);
    }
    if args.no_priority {
        update = update.priority(None);
    } else if let Some(priority) = args.priority {
        update = update.priority(priority.0);
    }
    Ok(update)
}

async fn related_fields(
    mut update: TodoUpdate,
    args: &Edit,
    before: &Todo,
    client: &Client,
) -> Result<TodoUpdate, Error> {
    if !args.tag.is_empty() || !args.untag.is_empty() {
        // Tags are replaced as a whole: a change of them that came in between must not be lost.
        update = update.tags(tags(args, before)).expected_revision(before.revision);
    }
    if let Some(name) = &args.project {
        update = update.project(resolve::project(client, name).await?.id);
    }
    if let Some(parent) = &args.parent {
        let parent = match &parent.0 {
            Some(id) => Some(resolve::todo(client, id).await?.id),
            None => None,
        };
        update = update.parent(parent);
    }
    Ok(update)
}

/// The tags as they shall be, each once, compared without case.
fn tags(args: &Edit, before: &Todo) -> Vec<String> {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let mut tags: Vec<String> =
        before.tags.iter().filter(|tag| !args.untag.iter().any(|gone| same(&gone.0, tag))).cloned().collect();
    for new in &args.tag {
        if !tags.iter().any(|tag| same(tag, &new.0)) {
            tags.push(new.0.clone());
        }
    }
    tags
}

/// A line for each field that was asked for: `  due       tomorrow (was today)`.
fn differences(before: &Todo, after: &Todo, args: &Edit, cx: &Context<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut differ = |name: &str, old: String, new: String| {
        if old != new {
            let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
            lines.push(
                Line::new()
                    .with(Style::Dim, format!("  {name:<12}"))
                    .with(Style::Plain, or_none(new))
                    .with(Style::Dim, format!(" (was {})", or_none(old))),
            );
        }
    };
    let due = |todo: &Todo| {
        todo.due.as_ref().map_or_else(String::new, |due| due_format::due(due, cx.now(), true).text)
    };
    let priority = |todo: &Todo| view::priority(todo.priority).text;
    differ("title", before.title.clone(), after.title.clone());
    differ("due", due(before), due(after));
    differ("priority", priority(before), priority(after));
    differ("tags", view::tags(before), view::tags(after));
    if before.description != after.description {
        lines.push(Line::new().with(Style::Dim, "  description ").with(Style::Plain, "changed"));
    }
    if let (Some(name), true) = (&args.project, before.project_id != after.project_id) {
        lines.push(Line::new().with(Style::Dim, "  project     ").with(Style::Name, name));
    }
    if before.parent_id != after.parent_id {
        let text = if after.parent_id.is_some() { "changed" } else { "none" };
        lines.push(Line::new().with(Style::Dim, "  part of     ").with(Style::Plain, text));
    }
    lines
}
