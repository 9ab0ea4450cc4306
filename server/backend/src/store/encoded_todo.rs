//! A todo as lists answer it, kept in its row in the bytes of the answer: a list of many is put together by the engine, and
//! not column by column.
//!
//! It is derived from the other columns and written along with them. What depends on more than the row is not in it: when a
//! todo is purged, whether its project is in the trash.

use prost::{Message, encoding::decode_varint};
use todo_proto::todo::v1::{self, due::Kind};

use super::{
    due_keys,
    todo_row::{Keys, NO_PRIORITY, Todo, tags},
};
use crate::error::{Error, Result};

/// Bytes of the message, at most, so that 1,000 of them fit into an answer. A longer one is not kept, and made from the columns.
const MAX_BYTES: usize = 2 * 1024;

/// What is before a todo in `ListTodosResponse.todos` and in `GetTodoResponse.todo`, and its length behind it.
pub(crate) const TAG: u8 = 0x0A;

/// The message, without the times of the trash and without what lists leave out.
pub(crate) fn message(todo: &Todo) -> v1::Todo {
    let status = match todo.complete_time {
        Some(_) => v1::TodoStatus::Completed,
        None => v1::TodoStatus::NeedsAction,
    };
    v1::Todo {
        id: todo.id.to_string(),
        number: i32::try_from(todo.number).unwrap_or(i32::MAX),
        project_id: todo.project_id.to_string(),
        tags: tags(&todo.tags).map(String::from).collect(),
        title: todo.title.clone(),
        description: todo.description.clone(),
        status: status.into(),
        priority: i32::try_from(todo.priority % NO_PRIORITY).unwrap_or(0),
        due: todo.due.as_deref().map(due),
        parent_id: todo.parent_id.map_or_else(String::new, |id| id.to_string()),
        create_time: Some(todo.create_time.to_proto()),
        update_time: Some(todo.update_time.to_proto()),
        complete_time: todo.complete_time.map(crate::time::Time::to_proto),
        revision: todo.revision,
        ..v1::Todo::default()
    }
}

/// The value of the column. `None` for one that is too long.
pub(super) fn encode(todo: &Todo) -> Option<Vec<u8>> {
    let message = message(todo);
    let length = message.encoded_len();
    if length > MAX_BYTES {
        return None;
    }
    let mut bytes = Vec::with_capacity(length + 3);
    bytes.push(TAG);
    // Into a buffer that grows, it cannot fail.
    message.encode_length_delimited(&mut bytes).ok()?;
    Some(bytes)
}

/// Takes the first todo off some of them: its message, without what is before it.
///
/// # Errors
/// INTERNAL for bytes that are not those of a column.
pub(crate) fn take_first<'b>(bytes: &mut &'b [u8]) -> Result<&'b [u8]> {
    let damaged = || Error::internal("an encoded todo cannot be read");
    let mut rest = bytes.strip_prefix(&[TAG]).ok_or_else(damaged)?;
    let length = decode_varint(&mut rest).map_err(|_| damaged())?;
    let length = usize::try_from(length).map_err(|_| damaged())?;
    let (message, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
    *bytes = rest;
    Ok(message)
}

/// Reads the keys in a message of [`take_first`]. An instant is as its zone's rules have it by now.
///
/// # Errors
/// INTERNAL for other bytes.
pub(crate) fn keys(message: &[u8]) -> Result<Keys> {
    let todo = v1::Todo::decode(message).map_err(|_| Error::internal("an encoded todo cannot be read"))?;
    let due = todo.due.as_ref().and_then(stored_due);
    let (due_zoned, due_at) = due_keys::of_stored(due.as_deref())?;
    let priority = if todo.priority == 0 { NO_PRIORITY } else { todo.priority.into() };
    Ok(Keys { number: todo.number.into(), revision: todo.revision, priority, due_zoned, due_at })
}

/// Turns the text of a row into the message. It is taken apart only: it was checked when it was written.
pub(crate) fn due(text: &str) -> v1::Due {
    let kind = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((date_time, time_zone)) => {
            Kind::Zoned(v1::ZonedDateTime { date_time: date_time.into(), time_zone: time_zone.into() })
        }
        None if text.contains('T') => Kind::Local(text.into()),
        None => Kind::Date(text.into()),
    };
    v1::Due { kind: Some(kind) }
}

/// The other way round.
fn stored_due(due: &v1::Due) -> Option<String> {
    Some(match due.kind.as_ref()? {
        Kind::Date(text) | Kind::Local(text) => text.clone(),
        Kind::Zoned(zoned) => format!("{}[{}]", zoned.date_time, zoned.time_zone),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{AccountId, ProjectId, TodoId},
        time::Time,
    };

    fn todo(title: &str, due: Option<&str>) -> Todo {
        let now = Time::from_micros(1);
        let owner = AccountId::generate(now);
        let mut todo = Todo {
            id: TodoId::from_uuid(owner.as_uuid()),
            number: 7,
            project_id: ProjectId::from_uuid(owner.as_uuid()),
            title: title.into(),
            description: String::new(),
            priority: NO_PRIORITY,
            due: None,
            due_zoned: false,
            due_at: due_keys::NEVER,
            tags: "\nhome\nerrand\n".into(),
            parent_id: None,
            position: "1".into(),
            revision: 300,
            create_time: now,
            update_time: now,
            complete_time: None,
            delete_time: None,
            project_delete_time: None,
            annotations: None,
            extras: None,
            has_parts: false,
        };
        todo.set_due(due.map(String::from)).unwrap();
        todo
    }

    #[test]
    fn they_are_taken_apart_as_they_were_put_together() {
        let todos = [
            todo("Milk", None),
            todo("Eggs", Some("2026-07-15")),
            Todo { priority: 2, ..todo(&"x".repeat(500), Some("2026-07-15T18:00:00")) },
            todo("Call", Some("2026-07-15T18:00:00[Europe/Berlin]")),
        ];
        let bytes: Vec<u8> = todos.iter().flat_map(|todo| encode(todo).unwrap()).collect();
        let mut rest = &bytes[..];
        for todo in &todos {
            let first = take_first(&mut rest).unwrap();
            assert_eq!(v1::Todo::decode(first).unwrap(), message(todo));
            assert_eq!(keys(first).unwrap(), todo.keys());
        }
        assert_eq!(rest, b"");
        let response = v1::ListTodosResponse::decode(&bytes[..]).unwrap();
        assert_eq!(
            response.todos,
            todos.iter().map(message).collect::<Vec<_>>(),
            "a list of them is a response"
        );
    }

    #[test]
    fn a_long_one_is_not_kept() {
        let described = |length| Todo { description: "x".repeat(length), ..todo("Milk", None) };
        assert!(encode(&described(MAX_BYTES / 2)).is_some());
        assert_eq!(encode(&described(MAX_BYTES)), None);
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        for mut bytes in
            [&b"\x0a"[..], b"\x0a\x05abc", b"\x12\x01a", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"]
        {
            assert!(matches!(take_first(&mut bytes), Err(Error::Internal(_))), "{bytes:?}");
        }
        assert!(matches!(keys(b"\x0a"), Err(Error::Internal(_))));
    }
}
