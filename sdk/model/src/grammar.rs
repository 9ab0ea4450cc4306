//! The grammar of what people type.
//!
//! | file | what |
//! |---|---|
//! | `grammar/dates.rs` | when something is due: `tomorrow 6pm` |

pub mod dates;
