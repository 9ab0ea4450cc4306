//! `todo add`: one todo from the arguments, or many from standard input.

use std::cell::Cell;

use futures_util::{StreamExt as _, future, stream};
use todo_sdk::{Changed, Client, Due, NewTodo, Project, Todo};

use super::{Context, resolve};
use crate::args::Add;
use crate::due_format;
use crate::error::Error;
use crate::prompt;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::view::{Action, Change, ProjectNames, Report};

/// So many creations are under way at once when many are asked for: enough to share the server's commits.
const CONCURRENT_CREATES: usize = 64;
/// The contract's limit for a title, in characters.
const MAX_TITLE_CHARS: usize = 500;

/// `todo add`
pub(super) async fn run(args: &Add, cx: &Context<'_>) -> Result<Report, Error> {
    let many = args.title == ["-"];
    let titles = if many { titles(&prompt::stdin().await?)? } else { vec![title(&args.title.join(" "))?] };
    let due = args.due.as_deref().map(|text| due(text, cx)).transpose()?.flatten();
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
    // The todos are created: failing now for want of a name would only make somebody create them again.
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

/// Creates them some at a time, in order. After a failure no further one is begun; those under way are waited for.
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

/// A title as the contract takes it. Said here, before a call, so that of many lines none is added if one is bad.
pub(super) fn title(text: &str) -> Result<String, Error> {
    let title = text.trim();
    let length = title.chars().count();
    if title.is_empty() {
        return Err(Error::usage("A todo needs a title."));
    }
    if length > MAX_TITLE_CHARS {
        return Err(Error::usage(format!(
            "The title has {length} characters; at most {MAX_TITLE_CHARS} are possible."
        ))
        .hint("Put the rest into `--description`."));
    }
    if title.chars().any(char::is_control) {
        return Err(Error::usage(format!("The title {title:?} holds control characters."))
            .hint("Text of several lines goes into `--description`; `todo add -` reads one todo per line."));
    }
    Ok(title.to_owned())
}

/// The titles on the lines of a text; lines of white space are skipped.
fn titles(text: &str) -> Result<Vec<String>, Error> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| title(line).map_err(|error| error.context(format!("Line {} is no todo.", at + 1))))
        .collect()
}

/// When a todo is to be due; `None` for `none`.
pub(super) fn due(text: &str, cx: &Context<'_>) -> Result<Option<Due>, Error> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    Due::parse(text, cx.now()).map(Some).map_err(|error| {
        Error::usage(format!("`{text}` is no time that `todo` understands.")).caused_by(&error).hint(
            "Say `today`, `tomorrow`, `fri`, `2026-12-24`, `18:00` or `tomorrow 18:00`; `none` for never.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_lines() {
        assert_eq!(titles("Buy milk\n\n  Pay rent \r\n\t\n").unwrap(), ["Buy milk", "Pay rent"]);
        assert!(titles("\n \n").unwrap().is_empty());
    }

    #[test]
    fn one_bad_line_refuses_them_all_and_is_named() {
        let error = titles(&format!("ok\n\n{}\n", "x".repeat(501))).unwrap_err();
        assert_eq!(error.to_string(), "Line 3 is no todo.");
        assert_eq!(error.causes(), ["The title has 501 characters; at most 500 are possible."]);
        assert_eq!(
            titles("ok\na\x1bb").unwrap_err().causes(),
            ["The title \"a\\u{1b}b\" holds control characters."]
        );
    }

    #[test]
    fn titles_are_measured_in_characters() {
        assert!(title(&"ü".repeat(500)).is_ok());
        assert!(title(&"ü".repeat(501)).is_err());
        assert!(title("  ").is_err());
    }
}
