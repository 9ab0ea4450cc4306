//! `todo add`: one todo from the arguments, or many from standard input.

use todo_model::date_settings::DateSettings;
use todo_model::grammar::{DateValue, QuickAdd, QuickAddNoteKind};
use todo_model::limits;
use todo_sdk::{
    BatchOptions, Client, Due, GroupId, NewProject, NewTodo, OperationId, Priority, Project, Todo, TodoResult,
};

use super::context::Context;
use super::lines::{DateFlag, Reading};
use super::selection::Selection;
use super::{batch, fields, lines, resolve};
use crate::args::{PriorityArg, TagArg};
use crate::error::Error;
use crate::prompt;
use crate::styled::Line;
use crate::text::count;
use crate::todo_ref::TodoRefs;
use crate::view::{Action, Change, Draft, Drafts, Report};

/// Add a todo
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Words of the title are read: dates (fri, tomorrow 18:00, 24 dec, in 3 days, next week), p1 to p4, +project, @tag, and keys \
such as due:fri. They leave the title, and are printed. Quotes within the text or --raw keep them; docs/dates.md has all \
forms.

Examples:
  todo add Buy milk tomorrow
  todo add Submit report fri 16:00 p1 +Work @email
  todo add Pay rent --due 'tomorrow 9am' --priority 1 --project Home --tag money
  todo add - --project Home < shopping.txt")]
pub(crate) struct Args {
    /// What is to be done, with dates and other words that are read; - adds one todo for each line of standard input
    #[arg(required = true, value_name = "WORDS")]
    title: Vec<String>,
    /// When it is due: fri, tomorrow 18:00, 24 dec, in 3 days, next week; words of the title are no dates then
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
    /// Create the project if there is none of its name
    #[arg(long)]
    create_project: bool,
    /// Say more about it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Make it a part of this todo
    #[arg(long, value_name = "ID")]
    parent: Option<TodoRefs>,
    /// Take the words as the title, and read none of them
    #[arg(long)]
    raw: bool,
    /// Show what would be added, and add nothing
    #[arg(long)]
    dry_run: bool,
    /// The values of date flags, with the words behind them.
    #[arg(skip)]
    date_flags: Vec<DateFlag>,
}

impl Args {
    /// Remembers which words stand behind the value of a date flag: the order is known to clap's matches only.
    pub(crate) fn remember_order(&mut self, matches: &clap::ArgMatches) {
        let all = |name: &str| -> Vec<(usize, String)> {
            let indices = matches.indices_of(name).into_iter().flatten();
            indices.zip(matches.get_many::<String>(name).into_iter().flatten().cloned()).collect()
        };
        let words = all("title");
        for (name, flag) in [("due", "--due")] {
            for (at, value) in all(name) {
                let behind = words.iter().skip_while(|(index, _)| *index < at).enumerate();
                let behind = behind.take_while(|(offset, (index, _))| *index == at + 1 + offset);
                let behind = behind.map(|(_, (_, word))| word.clone()).collect();
                self.date_flags.push(DateFlag { flag, value, behind });
            }
        }
    }
}

/// `todo add`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    lines::refuse_split_dates(&args.date_flags, cx)?;
    let many = args.title == ["-"];
    let texts: Vec<(usize, String)> = if many {
        let text = prompt::stdin().await?;
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| (at + 1, line.to_owned()))
            .collect()
    } else {
        vec![(1, lines::join(&args.title))]
    };
    args.due.as_deref().map_or(Ok(()), |text| fields::check_date(text, cx))?;
    if texts.is_empty() {
        return Ok(Report::default().note("Standard input holds no todo: nothing was added."));
    }
    // Read once without asking the server: most lines name no project, and many no date.
    let defaults = DateSettings::default();
    let reading = Reading { settings: &defaults, projects: &[], raw: args.raw, has_date: args.due.is_some() };
    let mut drafts = match read_lines(&texts, many, reading, cx) {
        // Only the date of a key may be right for an account that has an order of dates.
        Err(error) if !texts.iter().any(|(_, text)| text.contains(':')) => return Err(error),
        read => read,
    };
    let needs_settings =
        args.due.is_some() || drafts.as_ref().map_or(true, |drafts| drafts.iter().any(reads_dates));
    let names_project = args.project.is_some()
        || drafts.as_ref().map_or(true, |drafts| drafts.iter().any(|draft| draft.project.is_some()));

    let client = cx.client().await?;
    let settings = if needs_settings { cx.date_settings(&client).await? } else { DateSettings::default() };
    let mut projects = if names_project { resolve::projects(&client).await? } else { Vec::new() };
    if needs_settings || names_project {
        let reading = Reading { settings: &settings, projects: &projects, ..reading };
        drafts = read_lines(&texts, many, reading, cx);
    }
    let drafts = drafts?;
    let due = args.due.as_deref().map(|text| fields::parse_phrase(text, &settings, cx)).transpose()?;
    let due = due.map(|phrase| phrase.value);
    let group = GroupId::generate();
    let grouped = client.with_group(group);
    let created_project = create_missing(args, &drafts, &mut projects, &grouped).await?;
    let parent = match &args.parent {
        Some(id) => Some(Selection::read_one(&client, id).await?),
        None => None,
    };
    let new = drafts
        .iter()
        .map(|draft| {
            Ok(New { project: project_of(args, draft, &projects)?, due: due_of(due.as_ref(), draft), draft })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let notes = notes(&drafts, &texts, many);
    if args.dry_run {
        let drafts = new.iter().map(|new| new.shown(args)).collect();
        let report = Report::new(Drafts { drafts, now: cx.now().clone() }).note("Nothing was added.");
        return Ok(notes.iter().fold(report, Report::note));
    }
    let new_todos: Vec<NewTodo> = new.iter().map(|new| new.todo(args, parent.as_ref())).collect();

    let total = new_todos.len();
    // What one call takes is one change, and needs no group.
    let group = (total > limits::IDS || created_project).then_some(group);
    let caller = if group.is_some() { &grouped } else { &client };
    let (added, failure) = create_all(caller, &new_todos).await;
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
        Some(group) => format!("Added {}. `todo undo {group}` takes all of it back.", count(created, "todo")),
    };
    let late = new.iter().any(|new| new.due.as_ref().is_some_and(|due| due.is_overdue(cx.now())));
    let change = change(added, &projects, &client, cx).await?;
    let report = Report::new(change).note_if(late, "That is in the past.");
    Ok(notes.iter().fold(report, Report::note).note(how).fail(failure))
}

/// Reads all lines. One that is no todo refuses them all.
fn read_lines(
    texts: &[(usize, String)],
    many: bool,
    reading: Reading<'_>,
    cx: &Context<'_>,
) -> Result<Vec<QuickAdd>, Error> {
    let read = texts.iter().map(|(number, text)| {
        lines::read(text, reading, cx)
            .map_err(|error| if many { error.context(format!("Line {number} is no todo.")) } else { error })
    });
    read.collect()
}

/// Whether what a line says may depend on the settings of the account.
fn reads_dates(draft: &QuickAdd) -> bool {
    draft.due.is_some() || draft.start.is_some() || !draft.notes.is_empty()
}

/// Creates the projects that are named and do not exist, if that is asked for; refuses them else. Returns whether it did.
async fn create_missing(
    args: &Args,
    drafts: &[QuickAdd],
    projects: &mut Vec<Project>,
    client: &Client,
) -> Result<bool, Error> {
    let flagged = args.project.as_deref();
    let named: Vec<&str> = match flagged {
        Some(name) => vec![name],
        None => drafts.iter().filter_map(|draft| draft.project.as_deref()).collect(),
    };
    let mut created = false;
    for name in named {
        let Err(unknown) = resolve::find_project(projects, name) else { continue };
        if !args.create_project {
            if args.dry_run || !prompt::has_terminal() {
                let hint = "`--create-project` creates it, as `todo project add` does".to_owned();
                let tag = name.replace(' ', "-");
                return Err(unknown.hint(match flagged {
                    Some(_) => format!("{hint}."),
                    None => format!("{hint}; a tag is written `@{tag}`."),
                }));
            }
            prompt::confirm(&format!("There is no project `{name}`. Create it?"), "--create-project", false)
                .await?;
        }
        if !args.dry_run {
            projects.push(client.create_project(NewProject::new(name)).await?.value);
            created = true;
        }
    }
    Ok(created)
}

/// The project of a line; `None` for the Inbox, and for one that a dry run did not create.
fn project_of<'p>(
    args: &Args,
    draft: &QuickAdd,
    projects: &'p [Project],
) -> Result<Option<&'p Project>, Error> {
    match args.project.as_deref().or(draft.project.as_deref()) {
        Some(name) if args.dry_run => Ok(resolve::find_project(projects, name).ok()),
        Some(name) => resolve::find_project(projects, name).map(Some),
        None => Ok(None),
    }
}

/// A flag wins over words.
fn due_of(flag: Option<&DateValue>, draft: &QuickAdd) -> Option<Due> {
    flag.or(draft.due.as_ref()).and_then(DateValue::due)
}

/// A todo to be created: what its line says, and what is looked up for it.
struct New<'n> {
    draft: &'n QuickAdd,
    project: Option<&'n Project>,
    due: Option<Due>,
}

impl New<'_> {
    fn priority(&self, args: &Args) -> Option<Priority> {
        match args.priority {
            Some(priority) => priority.0,
            None => self.draft.priority.and_then(fields::priority),
        }
    }

    fn tags(&self, args: &Args) -> Vec<String> {
        self.draft.tags.iter().cloned().chain(args.tag.iter().map(|tag| tag.0.clone())).collect()
    }

    fn todo(&self, args: &Args, parent: Option<&Selection>) -> NewTodo {
        let mut new = NewTodo::new(&self.draft.title).tags(self.tags(args)).due(self.due.clone());
        new = new.priority(self.priority(args));
        if let Some(text) = &args.description {
            new = new.description(text);
        }
        if let Some(project) = self.project {
            new = new.project(project.id);
        }
        if let Some(parent) = parent.and_then(|parent| parent.refs.first()) {
            new = new.parent(*parent);
        }
        new
    }

    fn shown(&self, args: &Args) -> Draft {
        let named = args.project.as_ref().or(self.draft.project.as_ref());
        Draft {
            title: self.draft.title.clone(),
            due: self.due.clone(),
            priority: self.priority(args),
            project: self.project.map(|project| &project.name).or(named).cloned(),
            tags: self.tags(args),
            understood: self.draft.understood.clone(),
        }
    }
}

/// What is to be said about the lines.
fn notes(drafts: &[QuickAdd], texts: &[(usize, String)], many: bool) -> Vec<String> {
    let of_line = |(draft, (number, _)): (&QuickAdd, &(usize, String))| {
        let notes = draft.notes.iter().filter(|note| {
            !matches!(note.kind, QuickAddNoteKind::UnknownProject | QuickAddNoteKind::Warning)
        });
        let line = if many { format!("Line {number}: ") } else { String::new() };
        notes
            .map(|note| format!("{line}{} {}", note.message, note.hint).trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    drafts.iter().zip(texts).flat_map(of_line).collect()
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
    projects: &[Project],
    client: &Client,
    cx: &Context<'_>,
) -> Result<Change, Error> {
    let Added { results, operations } = added;
    let details = results.iter().filter_map(|result| result.todo.as_ref());
    let details = details
        .filter_map(|todo| {
            let project = projects.iter().find(|project| project.id == todo.project_id);
            parsed_fields(todo, project, cx).map(|line| (todo.number, line))
        })
        .collect();
    // The todos are created: if a missing name were an error now, users would create them again.
    let names = cx.names_for_json(client).await.unwrap_or_default();
    let results = batch::for_document(results, client, cx).await?;
    Ok(Change { action: Action::Created, results, operations, details, names })
}

/// What was understood beside the title: `due Fri 17 Jul · p1 · Home · @money`.
fn parsed_fields(todo: &Todo, project: Option<&Project>, cx: &Context<'_>) -> Option<Line> {
    let project = project.map(|project| project.name.as_str()).filter(|name| *name != "Inbox");
    crate::view::understood(todo.due.as_ref(), todo.priority, project, &todo.tags, cx.now())
}
