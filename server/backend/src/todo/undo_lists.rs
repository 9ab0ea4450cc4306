//! Taking back changes of what a todo has several of, one by one: tags and annotations.

use todo_model::text::folded;

use super::convert;
use crate::{
    error::Result,
    store::{annotations as notes, value::Value},
};

/// The tags without those that were added and with those that were removed. `None` if somebody else has done either since.
pub(super) fn tags(current: &str, before: &str, after: &str) -> Option<String> {
    let list = |stored| convert::tags(stored).map(String::from).collect::<Vec<_>>();
    let key = |tag: &String| folded(tag);
    let (mut tags, before, after) = (list(current), list(before), list(after));
    let has = |tags: &[String], tag: &String| tags.iter().any(|other| key(other) == key(tag));
    for added in after.iter().filter(|tag| !has(&before, tag)) {
        let at = tags.iter().position(|tag| key(tag) == key(added))?;
        tags.remove(at);
    }
    for removed in before.iter().filter(|tag| !has(&after, tag)) {
        if has(&tags, removed) {
            return None;
        }
        tags.push(removed.clone());
    }
    // As they were, where nothing else has come between.
    let same = tags.len() == before.len() && before.iter().all(|tag| has(&tags, tag));
    Some(convert::stored_tags(if same { &before } else { &tags }))
}

/// The annotations without those that were added and with those that were removed. `None` if somebody else has done either
/// since.
pub(super) fn annotations(
    current: Option<&[u8]>,
    removed: Option<&[u8]>,
    added: Option<&[u8]>,
) -> Result<Option<Value>> {
    let [mut list, removed, added] =
        [notes::decode(current)?, notes::decode(removed)?, notes::decode(added)?];
    for note in &added {
        let Some(at) = list.iter().position(|other| other == note) else { return Ok(None) };
        list.remove(at);
    }
    for note in removed {
        if list.contains(&note) {
            return Ok(None);
        }
        list.push(note);
    }
    Ok(Some(Value::Bytes(notes::encode(list))))
}
