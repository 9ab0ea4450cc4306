//! `todo add`: one todo from the arguments, or many from standard input.

use todo_model::limits;
use todo_sdk::{BatchOptions, Client, Due, GroupId, NewTodo, OperationId, Project, Todo, TodoResult};

use super::context::Context;
use super::selection::Selection;
use super::{batch, fields, resolve};
use crate::args::{PriorityArg, TagArg};
use crate::due_format;
use crate::error::Error;
use crate::prompt;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::todo_ref::TodoRefs;
use crate::view::{Action, Change, Report};

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
        Some(id) => Some(Selection::read_one(&client, id).await?),
        None => None,
    };
    let new = new_todos(args, titles, due.as_ref(), project.as_ref(), parent.as_ref());

    let total = new.len();
    // What one call takes is one change, and needs no group.
    let group = (total > limits::IDS).then(GroupId::generate);
    let grouped = group.map_or_else(|| client.clone(), |group| client.with_group(group));
    let (added, failure) = create_all(&grouped, &new).await;
    let failure = match (failure, &parent) {
        (Some(error), Some(parent)) => Some(parent.explain(&client, error).await),
        (error, _) => error.map(Error::from),
    };
    let created = added.results.len();
    let failure = match failure {
        Some(error) if created == 0 => return Err(error),
        other => other.map(|error| error.context(format!("Added {created} of {}.", count(total, "todo")))),
    };
    let how = match group {
        None if total == 1 => "`todo undo` takes it back.".to_owned(),
        None => format!("Added {}. `todo undo` takes them back.", count(created, "todo")),
        Some(group) => format!("Added {}. `todo undo {group}` takes them back.", count(created, "todo")),
    };
    let late = due.is_some_and(|due| due.is_overdue(cx.now()));
    let change = change(added, project.as_ref(), &client, cx).await?;
    Ok(Report::new(change).note_if(late, "That is in the past.").note(how).fail(failure))
}

/// The todos to be created, all with the same options.
fn new_todos(
    args: &Args,
    titles: Vec<String>,
    due: Option<&Due>,
    project: Option<&Project>,
    parent: Option<&Selection>,
) -> Vec<NewTodo> {
    let new = |title: String| {
        let mut new = NewTodo::new(title).tags(args.tag.iter().map(|tag| tag.0.as_str())).due(due.cloned());
        new = new.priority(args.priority.and_then(|priority| priority.0));
        if let Some(text) = &args.description {
            new = new.description(text);
        }
        if let Some(project) = project {
            new = new.project(project.id);
        }
        if let Some(parent) = parent.and_then(|parent| parent.refs.first()) {
            new = new.parent(*parent);
        }
        new
    };
    titles.into_iter().map(new).collect()
}

/// What was added, until all is or something failed.
#[derive(Default)]
struct Added {
    results: Vec<TodoResult>,
    operations: Vec<OperationId>,
}

/// Creates the todos in their order, as many at a time as one call takes. After a failure no further call is made.
async fn create_all(client: &Client, new: &[NewTodo]) -> (Added, Option<todo_sdk::Error>) {
    let mut added = Added::default();
    for batch in new.chunks(limits::IDS) {
        let options = BatchOptions::new().with_todos();
        match client.create_todos_with(batch.iter().cloned(), options).await {
            Ok(change) => {
                added.results.extend(change.results);
                added.operations.extend(change.operation);
            }
            Err(error) => return (added, Some(error)),
        }
    }
    (added, None)
}

async fn change(
    added: Added,
    project: Option<&Project>,
    client: &Client,
    cx: &Context<'_>,
) -> Result<Change, Error> {
    let Added { results, operations } = added;
    let details = results.iter().filter_map(|result| result.todo.as_ref());
    let details =
        details.filter_map(|todo| parsed_fields(todo, project, cx).map(|line| (todo.number, line))).collect();
    // The todos are created: if a missing name were an error now, users would create them again.
    let names = cx.names_for_json(client).await.unwrap_or_default();
    let results = batch::for_document(results, client, cx).await?;
    Ok(Change { action: Action::Created, results, operations, details, names })
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
