//! `todo edit`: changes fields of one todo, or the same fields of many.

use std::str::FromStr;

use todo_model::date_settings::DateSettings;
use todo_sdk::{BatchOptions, Client, Todo, TodoUpdate};

use super::context::Context;
use super::selection::Selection;
use super::{batch, fields, resolve};
use crate::args::{PriorityArg, TagArg, TodosArgs};
use crate::due_format;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::todo_ref::TodoRefs;
use crate::view::{self, Action, Report};

/// Change todos
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo edit 12 --title \"Buy oat milk\" --due tomorrow
  todo edit 12 --no-due --remove-tag errand --project Home
  todo edit 1-3 --priority 1 --add-tag urgent")]
pub(crate) struct Args {
    #[command(flatten)]
    todos: TodosArgs,
    /// What is to be done; of one todo only
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// More about it; an empty text removes it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// When it is due: fri, tomorrow 18:00, 24 dec, in 3 days, next week; `none` for never
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
    #[arg(long, short = 't', value_name = "TAG", value_delimiter = ',')]
    add_tag: Vec<TagArg>,
    /// Take a tag off; repeat for more
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    remove_tag: Vec<TagArg>,
    /// Move it into this project
    #[arg(long, short = 'P', value_name = "NAME")]
    project: Option<String>,
    /// Make it a part of this todo; `none` to make it stand alone
    #[arg(long, value_name = "ID")]
    parent: Option<ParentArg>,
}

impl Args {
    /// Whether nothing is to be changed.
    fn is_empty(&self) -> bool {
        let Self {
            todos: _,
            title,
            description,
            due,
            no_due,
            priority,
            no_priority,
            add_tag,
            remove_tag,
            project,
            parent,
        } = self;
        let texts = [title, description, due, project];
        texts.into_iter().all(Option::is_none)
            && !no_due
            && !no_priority
            && priority.is_none()
            && parent.is_none()
            && add_tag.is_empty()
            && remove_tag.is_empty()
    }
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
    if args.is_empty() {
        return Err(Error::usage("Nothing to change is given.").hint(
            "Say what to change, such as `--title`, `--due` or `--add-tag`; `todo edit --help` lists all.",
        ));
    }
    args.due.as_deref().map_or(Ok(()), |text| fields::check_date(text, cx))?;
    let client = cx.client().await?;
    let settings =
        if args.due.is_some() { cx.date_settings(&client).await? } else { DateSettings::default() };
    let update = plain_fields(args, &settings, cx)?;
    let selection = Selection::read(&client, &args.todos.ids).await?;
    let (update, parent) = related_fields(update, args, &client).await?;
    // The values before are shown of one todo only: there is no room for more.
    let before = match selection.refs[..] {
        [todo] => match client.get_todo(todo).await {
            Ok(before) => Some(before),
            Err(error) => return Err(selection.explain(&client, error).await),
        },
        _ if args.title.is_some() => {
            return Err(Error::usage("Several todos cannot be given one title.").hint("Name one todo."));
        }
        _ => None,
    };

    let options = if before.is_some() { BatchOptions::new().with_todos() } else { batch::options(cx) };
    let change = match client.update_todos_with(selection.refs.iter().copied(), update, options).await {
        Ok(change) => change,
        Err(error) => return Err(selection.explain_with(parent.as_ref(), &client, error).await),
    };
    let after = change.results.first().and_then(|result| result.todo.as_ref());
    let details = match (&before, after) {
        (Some(before), Some(after)) => {
            differences(before, after, args, cx).into_iter().map(|line| (after.number, line)).collect()
        }
        _ => Vec::new(),
    };
    batch::report(Action::Updated, change, details, &client, cx).await
}

/// What can be said without knowing the todo.
fn plain_fields(args: &Args, settings: &DateSettings, cx: &Context<'_>) -> Result<TodoUpdate, Error> {
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
        update = update.due(fields::parse_date(text, settings, cx)?);
    }
    if args.no_priority {
        update = update.priority(None);
    } else if let Some(priority) = args.priority {
        update = update.priority(priority.0);
    }
    let names = |tags: &[TagArg]| tags.iter().map(|tag| tag.0.clone()).collect::<Vec<_>>();
    Ok(update.add_tags(names(&args.add_tag)).remove_tags(names(&args.remove_tag)))
}

/// What names something else, and the parent if there is to be one.
async fn related_fields(
    mut update: TodoUpdate,
    args: &Args,
    client: &Client,
) -> Result<(TodoUpdate, Option<Selection>), Error> {
    if let Some(name) = &args.project {
        update = update.project(resolve::project(client, name).await?.id);
    }
    let parent = match &args.parent {
        None => return Ok((update, None)),
        Some(ParentArg(None)) => None,
        Some(ParentArg(Some(id))) => Some(Selection::read_one(client, id).await?),
    };
    let update = update.parent(parent.as_ref().and_then(|parent| parent.refs.first().copied()));
    Ok((update, parent))
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
