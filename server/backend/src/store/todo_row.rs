//! A row of `todos`, and what is derived from its columns. Its statements are in [`todos`](super::todos).

use jiff::tz::TimeZone;
use todo_model::text::folded;

use super::{due_keys, usage};
use crate::{
    error::Result,
    ids::{ProjectId, TodoId},
    time::Time,
};

/// [`Todo::priority`] of a todo without one, so that none sorts last.
pub(crate) const NO_PRIORITY: i64 = 5;

/// A todo, in the trash or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Todo {
    pub(crate) id: TodoId,
    pub(crate) number: i64,
    pub(crate) project_id: ProjectId,
    pub(crate) title: String,
    pub(crate) description: String,
    /// 1 to 4; 5 is none, so that none sorts last.
    pub(crate) priority: i64,
    /// In the notation of [`Due::to_stored`](todo_model::Due::to_stored).
    pub(crate) due: Option<String>,
    /// Whether `due_at` is an instant.
    pub(crate) due_zoned: bool,
    /// The instant, or the wall clock read as UTC; [`NEVER`](super::due_keys::NEVER) for none.
    pub(crate) due_at: i64,
    /// Each tag between line feeds, as in `\nhome\nerrand\n`; empty for none.
    pub(crate) tags: String,
    pub(crate) parent_id: Option<TodoId>,
    /// The manual order within the project; empty in lists, which do not read it.
    pub(crate) position: String,
    pub(crate) revision: i64,
    pub(crate) create_time: Time,
    pub(crate) update_time: Time,
    pub(crate) complete_time: Option<Time>,
    /// When the todo itself went to the trash.
    pub(crate) delete_time: Option<Time>,
    /// When its project did; `None` in lists without the trash. Not written back.
    pub(crate) project_delete_time: Option<Time>,
    /// In the format of [`annotations`](super::annotations); `None` in lists, which do not read it.
    pub(crate) annotations: Option<Vec<u8>>,
    /// In the format of [`Extras`](super::extras::Extras), likewise.
    pub(crate) extras: Option<Vec<u8>>,
    /// Whether other todos are parts of it; `false` in lists, which do not ask. Not written back.
    pub(crate) has_parts: bool,
}

/// By what lists order a todo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) number: i64,
    pub(crate) revision: i64,
    pub(crate) priority: i64,
    pub(crate) due_zoned: bool,
    pub(crate) due_at: i64,
}

impl Keys {
    /// Its place in the order of due times, for somebody in this zone.
    pub(crate) fn due_order(&self, zone: &TimeZone) -> ((i64, i64), i64, i64) {
        (due_keys::order(self.due_zoned, self.due_at, zone), self.priority, self.number)
    }
}

impl Todo {
    pub(crate) fn keys(&self) -> Keys {
        let &Self { number, revision, priority, due_zoned, due_at, .. } = self;
        Keys { number, revision, priority, due_zoned, due_at }
    }

    /// When it went to the trash, by itself or with its project.
    pub(crate) fn trash_time(&self) -> Option<Time> {
        self.delete_time.or(self.project_delete_time)
    }

    /// How much of the account's room it takes. Of a whole todo: one of a list lacks some of it.
    pub(crate) fn bytes(&self) -> i64 {
        let blob = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        let texts = [&self.title, &self.description, &self.tags].map(String::len);
        usage::row_bytes(texts.into_iter().chain([blob(&self.annotations), blob(&self.extras)]))
    }

    /// What a search for text looks at.
    pub(super) fn search_key(&self) -> String {
        folded(&format!("{}\n{}", self.title, self.description))
    }

    /// What a search for a tag looks at.
    pub(super) fn tags_key(&self) -> String {
        folded(&self.tags)
    }

    /// Makes it due at a time in the notation of [`Due::to_stored`](todo_model::Due::to_stored), or never.
    pub(crate) fn set_due(&mut self, due: Option<String>) -> Result<()> {
        let (due_zoned, due_at) = due_keys::of_stored(due.as_deref())?;
        (self.due, self.due_zoned, self.due_at) = (due, due_zoned, due_at);
        Ok(())
    }
}

/// The tags in a row's `tags`.
pub(crate) fn tags(stored: &str) -> impl Iterator<Item = &str> {
    stored.split('\n').filter(|tag| !tag.is_empty())
}

/// The `tags` of a row with these tags: each between line feeds, so that `\nhome\n` finds the whole tag only.
pub(crate) fn stored_tags(tags: &[String]) -> String {
    if tags.is_empty() { String::new() } else { format!("\n{}\n", tags.join("\n")) }
}
