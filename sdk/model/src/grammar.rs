//! The grammar of what people type.
//!
//! | file | what |
//! |---|---|
//! | `grammar/dates.rs` | [`Due::parse`](crate::Due::parse): when something is due, such as `tomorrow 6pm` |
//! | `grammar/times.rs` | the time of the day in it |
//! | `grammar/due_error.rs` | [`DueError`] |
//! | `grammar/filter.rs` | [`Filter`]: which todos are meant, such as `@errand due:none` |

mod dates;
mod due_error;
mod filter;
mod times;

pub use due_error::DueError;
pub use filter::{
    Condition, DueTest, Filter, FilterError, Moment, Node, Numbers, Parent, Priorities, State, TodoView,
    quoted,
};
