//! Which todos a command acts on.

use crate::todo_ref::TodoRefs;

/// Todos to act on.
#[derive(Debug, clap::Args)]
pub(crate) struct TodosArgs {
    /// Which todos: 12, 1-3, 1,4-10, an id or its first digits, or - for standard input
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<TodoRefs>,
}

/// Todos to act on, with their parts or without.
#[derive(Debug, clap::Args)]
pub(crate) struct BatchArgs {
    #[command(flatten)]
    pub(crate) todos: TodosArgs,
    /// Change their parts as well, at any depth
    #[arg(long)]
    pub(crate) with_parts: bool,
}
