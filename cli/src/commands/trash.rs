//! `todo trash`: what is in the trash, and deleting it for good.

use todo_model::limits;
use todo_sdk::{BatchOptions, Client, PurgedTodo, Todo, TodoFilter, TodoRef, Trash};

use super::context::Context;
use super::list;
use super::selection::Selection;
use crate::args::TodosArgs;
use crate::error::Error;
use crate::prompt;
use crate::text::count;
use crate::view::{PurgeResult, Report, label};

/// List the trash, or delete what is in it for good
#[derive(Debug, clap::Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Args {
    /// List the trash, as `todo list --trash` does
    #[command(visible_alias = "ls")]
    List,
    /// Delete todos in the trash for good; `todo undo` does not bring them back
    Purge {
        #[command(flatten)]
        todos: TodosArgs,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Delete everything in the trash for good; `todo undo` does not bring it back
    Empty {
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// `todo trash`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    match args {
        Args::List => list::run(&list::Args::trash(), cx).await,
        Args::Purge { todos, yes } => purge(todos, *yes, cx).await,
        Args::Empty { yes } => empty(*yes, cx).await,
    }
}

async fn purge(args: &TodosArgs, yes: bool, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let selection = Selection::read(&client, &args.ids).await?;
    let todos = match client.get_todos(selection.refs.iter().copied()).await {
        Ok(todos) => todos,
        Err(error) => return Err(selection.explain(&client, error).await),
    };
    let outside: Vec<String> = todos.iter().filter(|todo| todo.delete_time.is_none()).map(label).collect();
    if !outside.is_empty() {
        return Err(Error::usage(format!("Not in the trash: {}.", outside.join(", ")))
            .hint("`todo rm` moves todos to the trash. Only from there they can be deleted for good."));
    }
    delete_for_good(&client, &todos, yes).await
}

async fn empty(yes: bool, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let trash = TodoFilter::default().trash(Trash::Only);
    let todos = client.list_todos(trash).page_size(limits::MAX_PAGE_SIZE).try_collect().await?;
    if todos.is_empty() {
        return Ok(Report::default().note("The trash is empty."));
    }
    delete_for_good(&client, &todos, yes).await
}

async fn delete_for_good(client: &Client, todos: &[Todo], yes: bool) -> Result<Report, Error> {
    let what = match todos {
        [todo] => label(todo),
        several => count(several.len(), "todo"),
    };
    prompt::confirm(&format!("Delete {what} for good? Nothing brings it back."), "--yes", yes).await?;
    let (purged, failure) = purge_all(client, todos).await;
    let failure = match failure {
        Some(error) if purged.is_empty() => return Err(error.into()),
        other => other.map(|error| {
            Error::from(error).context(format!("Deleted {} of {}.", purged.len(), count(todos.len(), "todo")))
        }),
    };
    let titles = todos.iter().map(|todo| (todo.id, todo.title.clone())).collect();
    Ok(Report::new(PurgeResult { purged, titles }).note("This cannot be undone.").fail(failure))
}

/// As many at a time as one call takes. What is gone already is skipped.
async fn purge_all(client: &Client, todos: &[Todo]) -> (Vec<PurgedTodo>, Option<todo_sdk::Error>) {
    let mut purged = Vec::new();
    for batch in todos.chunks(limits::IDS) {
        let options = BatchOptions::new().allow_missing();
        match client.purge_todos_with(batch.iter().map(TodoRef::from), options).await {
            Ok(more) => purged.extend(more),
            Err(error) => return (purged, Some(error)),
        }
    }
    (purged, None)
}
