//! `todo show`: all there is to know about todos.

use futures_util::future::try_join_all;
use todo_model::limits;
use todo_sdk::{Client, Todo, TodoFilter};

use super::context::Context;
use super::resolve;
use super::selection::Selection;
use crate::args::TodosArgs;
use crate::error::Error;
use crate::view::{Detail, Details, Report};

/// Show all there is to know about todos
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    todos: TodosArgs,
}

/// `todo show`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let selection = Selection::read(&client, &args.todos.ids).await?;
    let found = async {
        match client.get_todos(selection.refs.iter().copied()).await {
            Ok(todos) => Ok(todos),
            Err(error) => Err(selection.explain(&client, error).await),
        }
    };
    let (found, names) = futures_util::try_join!(found, resolve::project_names(&client))?;
    let todos = try_join_all(found.into_iter().map(|todo| detail(&client, todo))).await?;
    Ok(Report::new(Details { todos, names, now: cx.now().clone() }))
}

async fn detail(client: &Client, todo: Todo) -> Result<Detail, Error> {
    let parent = async {
        match todo.parent_id {
            Some(id) => match client.get_todo(id).await {
                Ok(parent) => Ok(Some(parent)),
                // Gone from the trash for good.
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            },
            None => Ok(None),
        }
    };
    let parts = client
        .list_todos(TodoFilter::default().parent(todo.id))
        .page_size(limits::MAX_PAGE_SIZE)
        .try_collect();
    let (parent, parts) = futures_util::try_join!(parent, parts)?;
    Ok(Detail { todo, parent, parts })
}
