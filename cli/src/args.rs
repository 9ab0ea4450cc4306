//! What the command line takes that several commands share. What one command takes is in that command's file.
//!
//! Doc comments of arguments are what `--help` and the manual pages show: imperative, without a full stop.
//!
//! | file | what |
//! |---|---|
//! | `global.rs` | the options of every command |
//! | `todos.rs` | which todos to act on |
//! | `values.rs` | values that are more than a text: priorities, tags, places for tokens |

mod global;
mod todos;
mod values;

pub(crate) use global::{ColorArg, GlobalArgs};
pub(crate) use todos::{BatchArgs, TodosArgs};
pub(crate) use values::{PriorityArg, TagArg, TokenStoreArg};
