//! `todo edit`: changes fields of one todo.

use std::str::FromStr;

use todo_model::text::folded;
use todo_sdk::{Changed, Client, Todo, TodoUpdate};

use super::context::Context;
use super::{fields, resolve};
use crate::args::{PriorityArg, TagArg};
use crate::due_format;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::todo_ref::TodoRefs;
use crate::view::{self, Action, Change, Report};

/// Change a todo
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo edit 12 --title \"Buy oat milk\" --due tomorrow
  todo edit 12 --no-due --untag errand --project Home")]
pub(crate) struct Args {
    /// Which todo
    #[arg(value_name = "ID")]
    id: TodoRefs,
    /// What is to be done
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// More about it; an empty text removes it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// When it is due; `none` for never
    #[arg(long, short, value_name = "WHEN")]
    due: Option<String>,
    /// Let it never be due
    #[arg(long, conflicts_with = "due")]
    no_due: bool,
    /// How much it matters: 1 is the most, 4 the least, `none` for no priority
    #[arg(long, short, value_name = "1-4")]
    priority: Option<PriorityArg>,
    /// Take its priority away
    #[arg(long, conflicts_with = "priority")]
    no_priority: bool,
    /// Put a tag on it; repeat for more
    #[arg(long, short, value_name = "TAG", value_delimiter = ',')]
    tag: Vec<TagArg>,
    /// Take a tag off; repeat for more
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    untag: Vec<TagArg>,
    /// Move it into this project
    #[arg(long, short = 'P', value_name = "NAME")]
    project: Option<String>,
    /// Make it a part of this todo; `none` to make it stand alone
    #[arg(long, value_name = "ID")]
    parent: Option<ParentArg>,
}

/// The todo to be a part of, or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ParentArg(Option<TodoRefs>);

impl FromStr for ParentArg {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("none") { Ok(Self(None)) } else { text.parse().map(|id| Self(Some(id))) }
    }
}

/// `todo edit`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
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
fn plain_fields(args: &Args, cx: &Context<'_>) -> Result<TodoUpdate, Error> {
    let mut update = TodoUpdate::new();
    if let Some(title) = &args.title {
        update = update.title(fields::parse_title(title)?);
    }
    if let Some(text) = &args.description {
        update = update.description(text);
    }
    if args.no_due {
        update = update.due(None);
    } else if let Some(text) = &args.due {
        update = update.due(fields::parse_due(text, cx)?);
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
    args: &Args,
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
fn tags(args: &Args, before: &Todo) -> Vec<String> {
    let same = |a: &str, b: &str| folded(a) == folded(b);
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
fn differences(before: &Todo, after: &Todo, args: &Args, cx: &Context<'_>) -> Vec<Line> {
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
