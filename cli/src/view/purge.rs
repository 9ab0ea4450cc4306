//! What was deleted for good.

use std::collections::HashMap;

use serde_json::{Value, json};
use todo_sdk::{PurgedTodo, TodoId};

use super::change::headline;
use super::report::View;
use crate::styled::{Line, Screen, Style};

/// What was deleted for good.
pub(crate) struct PurgeResult {
    /// In the order in which it went.
    pub(crate) purged: Vec<PurgedTodo>,
    /// What it was called.
    pub(crate) titles: HashMap<TodoId, String>,
}

impl PurgeResult {
    fn title(&self, purged: &PurgedTodo) -> &str {
        self.titles.get(&purged.id).map_or("", String::as_str)
    }
}

impl View for PurgeResult {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let line = |purged: &PurgedTodo| {
            headline(Style::Warn, "Deleted for good:", purged.number, self.title(purged))
        };
        self.purged.iter().map(line).collect()
    }

    fn json(&self) -> Value {
        let todo = |purged: &PurgedTodo| json!({ "id": purged.id.to_string(), "number": purged.number, "title": self.title(purged) });
        json!({ "action": "purged", "todos": self.purged.iter().map(todo).collect::<Vec<_>>() })
    }

    fn ids(&self) -> Vec<String> {
        self.purged.iter().map(|purged| purged.number.to_string()).collect()
    }
}
