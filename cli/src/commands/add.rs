//! `todo add`: one todo from the arguments, or many from standard input.

use std::cell::Cell;

use futures_util::{StreamExt as _, future, stream};
use todo_sdk::{Changed, Client, NewTodo, Project, Todo};

use super::context::Context;
use super::{fields, resolve};
use crate::args::{PriorityArg, TagArg};
use crate::due_format;
use crate::error::Error;
use crate::prompt;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::todo_ref::TodoRefs;
use crate::view::{Action, Change, ProjectNames, Report};

/// Calls in flight at once when many todos are added: enough to share the server's group commits.
const CONCURRENT_CREATES: usize = 64;

/// Add a todo
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo add Buy milk
  todo add Pay rent --due fri --priority 1 --project Home --tag money
  todo add - --project Home < shopping.txt")]
pub(crate) struct Args {
    /// What is to be done; - adds one todo for each line of standard input
    #[arg(required = true, value_name = "TITLE")]
    title: Vec<String>,
    /// When it is due: today, tomorrow, a weekday, 2026-12-24, and a time if you like, as in `fri 18:00`
    #[arg(long, short, value_name = "WHEN")]
    due: Option<String>,
    /// How much it matters: 1 is the most, 4 the least
    #[arg(long, short, value_name = "1-4")]
    priority: Option<PriorityArg>,
    /// Put a tag on it; repeat for more
    #[arg(long, short, value_name = "TAG", value_delimiter = ',')]
    tag: Vec<TagArg>,
    /// Put it into this project instead of the Inbox
    #[arg(long, short = 'P', value_name = "NAME")]
    project: Option<String>,
    /// Say more about it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Make it a part of this todo
    #[arg(long, value_name = "ID")]
    parent: Option<TodoRefs>,
}

/// `todo add`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let many = args.title == ["-"];
    let titles = if many {
        parse_titles(&prompt::stdin().await?)?
    } else {
        vec![fields::parse_title(&args.title.join(" "))?]
    };
    let due = args.due.as_deref().map(|text| fields::parse_due(text, cx)).transpose()?.flatten();
    if titles.is_empty() {
        return Ok(Report::default().note("Standard input holds no todo: nothing was added."));
    }

    let client = cx.client().await?;
    let project = match &args.project {
        Some(name) => Some(resolve::project(&client, name).await?),
        None => None,
    };
    let parent = match &args.parent {
        Some(id) => Some(resolve::todo(&client, id).await?),
        None => None,
    };
    let template = |title: String| {
        let mut new = NewTodo::new(title).tags(args.tag.iter().map(|tag| tag.0.as_str())).due(due.clone());
        new = new.priority(args.priority.and_then(|priority| priority.0));
        if let Some(text) = &args.description {
            new = new.description(text);
        }
        if let Some(project) = &project {
            new = new.project(project.id);
        }
        if let Some(parent) = &parent {
            new = new.parent(parent.id);
        }
        new
    };

    let total = titles.len();
    let (created, failure) = create_all(&client, titles.into_iter().map(template)).await;
    let failure = failure.map(|error| match total {
        1 => error,
        _ => error.context(format!("Added {} of {}.", created.len(), count(total, "todo"))),
    });
    let failure = match failure {
        Some(error) if created.is_empty() => return Err(error),
        other => other,
    };
    // The todos are created: if a missing name were an error now, users would create them again.
    let names = cx.names_for_json(&client).await.unwrap_or_default();
    let late = due.is_some_and(|due| due.is_overdue(cx.now()));
    let report =
        Report::new(change(created, project.as_ref(), names, cx)).note_if(late, "That is in the past.");
    let report = match total {
        1 => report.note("`todo undo` takes it back."),
        _ => report.note(format!("Added {}. `todo undo` takes the last one back.", count(total, "todo"))),
    };
    Ok(report.fail(failure))
}

/// Creates the todos concurrently, in order. After a failure no further call is made; those in flight are awaited.
async fn create_all(
    client: &Client,
    todos: impl Iterator<Item = NewTodo>,
) -> (Vec<Changed<Todo>>, Option<Error>) {
    let failed = Cell::new(false);
    let wanted = stream::iter(todos).take_while(|_| future::ready(!failed.get()));
    let mut answers = wanted.map(|new| client.create_todo(new)).buffered(CONCURRENT_CREATES);
    let mut created = Vec::new();
    let mut failure = None;
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(changed) => created.push(changed),
            Err(error) => {
                failed.set(true);
                failure.get_or_insert_with(|| Error::from(error));
            }
        }
    }
    (created, failure)
}

fn change(
    created: Vec<Changed<Todo>>,
    project: Option<&Project>,
    names: ProjectNames,
    cx: &Context<'_>,
) -> Change {
    let operations = created.iter().filter_map(|changed| changed.operation).collect();
    let todos: Vec<Todo> = created.into_iter().map(Changed::into_inner).collect();
    let details = todos
        .iter()
        .filter_map(|todo| parsed_fields(todo, project, cx).map(|line| (todo.number, line)))
        .collect();
    Change { action: Action::Created, todos, unchanged: Vec::new(), operations, details, names }
}

/// What was understood beside the title: `due Fri 17 Jul · p1 · Home · @money`.
fn parsed_fields(todo: &Todo, project: Option<&Project>, cx: &Context<'_>) -> Option<Line> {
    let mut parts = Vec::new();
    if let Some(due) = &todo.due {
        let words = due_format::due(due, cx.now(), true);
        let exact =
            due_format::in_full(due, &words.text).map_or_else(String::new, |full| format!(" ({full})"));
        let prefix = if words.style == Style::Alarm { "" } else { "due " };
        parts.push(words.style.span(format!("{prefix}{}{exact}", words.text)));
    }
    if todo.priority.is_some() {
        parts.push(crate::view::priority(todo.priority));
    }
    if let Some(project) = project {
        parts.push(Style::Name.span(&project.name));
    }
    if !todo.tags.is_empty() {
        parts.push(Style::Dim.span(crate::view::tags(todo)));
    }
    let mut line = Line::plain("  ");
    let empty = parts.is_empty();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            line.push(Style::Dim.span(" · "));
        }
        line.push(part);
    }
    (!empty).then_some(line)
}

/// The titles on the lines of a text; lines of white space are skipped.
fn parse_titles(text: &str) -> Result<Vec<String>, Error> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            fields::parse_title(line).map_err(|error| error.context(format!("Line {} is no todo.", at + 1)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_title_and_blank_lines_are_skipped() {
        assert_eq!(parse_titles("Buy milk\n\n  Pay rent \r\n\t\n").unwrap(), ["Buy milk", "Pay rent"]);
        assert!(parse_titles("\n \n").unwrap().is_empty());
    }

    #[test]
    fn one_invalid_line_refuses_them_all_and_is_reported() {
        let error = parse_titles(&format!("ok\n\n{}\n", "x".repeat(501))).unwrap_err();
        assert_eq!(error.to_string(), "Line 3 is no todo.");
        assert_eq!(error.causes(), ["The title has 501 characters; at most 500 are possible."]);
        assert_eq!(
            parse_titles("ok\na\x1bb").unwrap_err().causes(),
            ["The title \"a\\u{1b}b\" holds control characters or line breaks."]
        );
    }
}
