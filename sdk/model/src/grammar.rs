//! The grammar of what people type.
//!
//! | file | what |
//! |---|---|
//! | `grammar/dates.rs` | [`DatePhrase`], [`Due::parse`](crate::Due::parse): when something is, such as `tomorrow 6pm` |
//! | `grammar/filter.rs` | [`Filter`]: which todos are meant, such as `@errand due:none` |
//! | `grammar/quick_add.rs` | [`QuickAdd`]: a todo from one line |
//! | `grammar/nearest.rs` | which word was probably meant |

pub(crate) mod dates;
mod filter;
mod nearest;
mod quick_add;

pub use dates::{DateError, DateErrorKind, DatePhrase, DateValue};
pub use filter::{
    Condition, DueTest, Filter, FilterError, Moment, Node, Numbers, Parent, Priorities, State, TodoView,
    quoted,
};
pub use quick_add::{QuickAdd, QuickAddContext, QuickAddField, QuickAddNote, QuickAddNoteKind, Understood};
