//! The grammar of what people type.
//!
//! | file | what |
//! |---|---|
//! | `grammar/dates.rs` | [`Due::parse`](crate::Due::parse): when something is due, such as `tomorrow 6pm` |
//! | `grammar/times.rs` | the time of the day in it |
//! | `grammar/due_error.rs` | [`DueError`] |

mod dates;
mod due_error;
mod times;

pub use due_error::DueError;
