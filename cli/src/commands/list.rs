//! `todo list`, and `todo` alone.

use clap::ValueEnum;
use jiff::civil::{Date, DateTime};
use jiff::{ToSpan as _, ZonedDateTime};
use todo_model::date_settings::DateSettings;
use todo_model::grammar::{DateError, DatePhrase, DateValue};
use todo_model::{due::to_second, limits};
use todo_sdk::{Client, Order, Status, Todo, TodoFilter, Trash};

use super::context::Context;
use super::resolve;
use crate::args::TagArg;
use crate::error::Error;
use crate::text::count;
use crate::todo_ref::TodoRefs;
use crate::view::{Report, TodoList};

/// List todos: the open ones, the earliest due first
#[derive(Debug, Default, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
On a terminal, a table; elsewhere one line for each todo, with tabs between number, status, priority, due, project, tags and \
title."
)]
pub(crate) struct Args {
    /// List done todos too
    #[arg(long, short, conflicts_with_all = ["done", "trash"])]
    all: bool,
    /// List done todos only, the newest first
    #[arg(long, conflicts_with = "trash")]
    done: bool,
    /// List the trash
    #[arg(long)]
    trash: bool,
    /// Only todos of this project
    #[arg(long, short = 'P', value_name = "NAME")]
    project: Option<String>,
    /// Only todos with this tag
    #[arg(long, short, value_name = "TAG")]
    tag: Option<TagArg>,
    /// Only todos due then: overdue, upcoming (today and the next 6 days), a day or a period such as next week
    #[arg(long, short, value_name = "WHEN")]
    due: Option<String>,
    /// Only todos with these words in title, description or tags
    #[arg(long, short, value_name = "TEXT")]
    search: Option<String>,
    /// Only the parts of this todo
    #[arg(long, value_name = "ID")]
    parent: Option<TodoRefs>,
    /// Sort by due time and priority, by number, or the newest number first [default: due; newest with --done and --trash]
    #[arg(long, value_name = "ORDER")]
    sort: Option<Sort>,
    /// At most this many
    #[arg(long, short = 'n', value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

impl Args {
    /// As `todo list --trash`.
    pub(super) fn trash() -> Self {
        Self { trash: true, ..Self::default() }
    }
}

/// In what order to list. The help of the option explains the values: help for each of them makes every help text twice as
/// long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Due,
    Number,
    Newest,
}

/// `todo list`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let now = cx.now();
    let client = cx.client().await?;
    let due = match &args.due {
        Some(text) => Some(DueRange::parse(text, now, &cx.date_settings(&client).await?)?),
        None => None,
    };
    show(args, due, &client, cx).await
}

/// `todo today`: what is overdue and due today, overdue on top.
pub(super) async fn run_today(cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let today = DueRange::parse("today", cx.now(), &cx.date_settings(&client).await?)?;
    show(
        &Args { due: Some("today".to_owned()), ..Args::default() },
        Some(DueRange { from: None, ..today }),
        &client,
        cx,
    )
    .await
}

async fn show(
    args: &Args,
    due: Option<DueRange>,
    client: &Client,
    cx: &Context<'_>,
) -> Result<Report, Error> {
    let now = cx.now().clone();
    // The names are needed for the table in any case; fetched first only where one chooses the todos.
    let (todos, projects) = if args.project.is_some() || args.parent.is_some() {
        let projects = resolve::projects(client).await?;
        let mut filter = filter(args, due);
        if let Some(name) = &args.project {
            filter = filter.project(resolve::find_project(&projects, name)?.id);
        }
        if let Some(parent) = &args.parent {
            filter = filter.parent(resolve::todo(client, parent).await?.id);
        }
        (fetch(client, filter, args.limit).await?, projects)
    } else {
        futures_util::try_join!(fetch(client, filter(args, due), args.limit), resolve::projects(client))?
    };
    let (todos, more) = todos;
    let list = TodoList { todos, names: projects.iter().collect(), now, more };
    let footer = footer(args, &list, cx.ui.is_terminal());
    let report = Report::new(list);
    Ok(match footer {
        Some(footer) => report.note(footer),
        None => report,
    })
}

fn filter(args: &Args, due: Option<DueRange>) -> TodoFilter {
    let mut filter = TodoFilter::default();
    if args.trash {
        filter = filter.trash(Trash::Only);
    } else if args.done {
        filter = filter.status(Status::Completed);
    } else if !args.all {
        filter = filter.status(Status::NeedsAction);
    }
    if let Some(tag) = &args.tag {
        filter = filter.tag(&tag.0);
    }
    if let Some(text) = &args.search {
        filter = filter.query(text);
    }
    if let Some(DueRange { from, before }) = due {
        if let Some(from) = from {
            filter = filter.due_from(from);
        }
        filter = filter.due_before(before);
    }
    // Among done or deleted todos the due time says little: the newest come first.
    let usual = if args.done || args.trash { Sort::Newest } else { Sort::Due };
    filter.order(match args.sort.unwrap_or(usual) {
        Sort::Due => Order::Due,
        Sort::Number => Order::Number,
        Sort::Newest => Order::Newest,
    })
}

/// The todos, and whether there are more than `limit`.
async fn fetch(client: &Client, filter: TodoFilter, limit: Option<u64>) -> Result<(Vec<Todo>, bool), Error> {
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    // One more than asked for tells whether there are more.
    let page = u32::try_from(limit.saturating_add(1)).unwrap_or(limits::MAX_PAGE_SIZE);
    let mut found = client.list_todos(filter).page_size(page.min(limits::MAX_PAGE_SIZE));
    let mut todos = Vec::new();
    while let Some(todo) = found.next().await {
        if todos.len() == limit {
            return Ok((todos, true));
        }
        todos.push(todo?);
    }
    Ok((todos, false))
}

/// What to say below the list: the counts on a terminal, what to do next where there is nothing to see.
fn footer(args: &Args, list: &TodoList, terminal: bool) -> Option<String> {
    if list.todos.is_empty() {
        return Some(empty(args));
    }
    if !terminal {
        return None;
    }
    let number = list.todos.len();
    let mut text = match (args.trash, args.done, args.all) {
        (true, ..) => format!(
            "{number} in the trash. `todo restore` takes them out, `todo trash empty` deletes them for good"
        ),
        (_, true, _) => format!("{number} done"),
        (_, _, true) => count(number, "todo"),
        _ => format!("{number} open"),
    };
    if list.overdue() > 0 {
        text = format!("{text}, {} overdue", list.overdue());
    }
    if list.more {
        text = format!("{text}, and more behind the limit");
    }
    Some(format!("{text}."))
}

fn empty(args: &Args) -> String {
    let narrowed = args.project.is_some()
        || args.tag.is_some()
        || args.due.is_some()
        || args.search.is_some()
        || args.parent.is_some();
    match (args.trash, args.done, args.all, narrowed) {
        (_, _, true, true) => "Nothing matches.".to_owned(),
        (.., true) => "Nothing matches. `--all` looks at done todos too.".to_owned(),
        (true, ..) => "The trash is empty.".to_owned(),
        (_, true, ..) => "Nothing is done yet.".to_owned(),
        (_, _, true, _) => "There are no todos yet. `todo add Buy milk` adds one.".to_owned(),
        _ => "Nothing to do. `todo add Buy milk` adds something.".to_owned(),
    }
}

/// When todos must be due to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DueRange {
    from: Option<DateTime>,
    before: DateTime,
}

impl DueRange {
    /// Reads `overdue`, `upcoming`, a day or a period.
    fn parse(text: &str, now: &ZonedDateTime, settings: &DateSettings) -> Result<Self, Error> {
        let today = now.date();
        match text.trim().to_lowercase().as_str() {
            "overdue" => Ok(Self { from: None, before: to_second(now.datetime()) }),
            "upcoming" => Self::days(today, 7),
            _ => {
                let phrase =
                    DatePhrase::parse(text, now, settings).map_err(|error| invalid_due(text, &error))?;
                match phrase.value {
                    DateValue::Period(first, last) => {
                        Ok(Self { from: Some(first.at(0, 0, 0, 0)), ..Self::days(last, 1)? })
                    }
                    DateValue::Due(due) => Self::days(due.day(now), 1),
                    DateValue::Never => Err(Error::usage("`none` is no time to list todos of.")),
                }
            }
        }
    }

    fn days(first: Date, number: i32) -> Result<Self, Error> {
        let end = first
            .checked_add(number.days())
            .map_err(|error| Error::usage("The day is out of range.").caused_by(&error))?;
        Ok(Self { from: Some(first.at(0, 0, 0, 0)), before: end.at(0, 0, 0, 0) })
    }
}

fn invalid_due(text: &str, error: &DateError) -> Error {
    Error::usage(format!("Invalid date `{text}`. {error}"))
        .hint("`overdue`, `upcoming`, `today`, `fri`, `24 dec` and `next week` say which todos to list.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_filters_are_ranges_of_whole_days() {
        let now: ZonedDateTime = "2026-07-15T17:00:00-04:00[-04:00]".parse().unwrap();
        let range = |text: &str| {
            let DueRange { from, before } = DueRange::parse(text, &now, &DateSettings::default()).unwrap();
            (from.map(|from| from.to_string()), before.to_string())
        };
        let from = |text: &str| Some(text.to_owned());
        assert_eq!(range("overdue"), (None, "2026-07-15T17:00:00".into()));
        assert_eq!(range("Today"), (from("2026-07-15T00:00:00"), "2026-07-16T00:00:00".into()));
        assert_eq!(range("upcoming"), (from("2026-07-15T00:00:00"), "2026-07-22T00:00:00".into()));
        assert_eq!(range("fri"), (from("2026-07-17T00:00:00"), "2026-07-18T00:00:00".into()));
        assert_eq!(range("2026-12-24"), (from("2026-12-24T00:00:00"), "2026-12-25T00:00:00".into()));
        assert_eq!(range("next week"), (from("2026-07-20T00:00:00"), "2026-07-27T00:00:00".into()));
        for text in ["someday", "none"] {
            assert!(DueRange::parse(text, &now, &DateSettings::default()).is_err());
        }
    }
}
