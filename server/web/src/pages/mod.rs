//! One file for each page: showing it, and doing what its forms ask for.
//!
//! Every change is a POST that makes the one call that it is about and ends with a redirect to the page it was asked for
//! from, which offers to undo it; what cannot be undone is asked for on a page of its own. A form that is refused is shown again with what was typed.

pub(crate) mod account;
pub(crate) mod annotations;
pub(crate) mod asset;
pub(crate) mod list;
mod list_rows;
mod list_scope;
pub(crate) mod projects;
pub(crate) mod register;
pub(crate) mod sign_in;
pub(crate) mod todo;
mod todo_fields;
mod todo_forms;
mod todo_page;
pub(crate) mod trash;
