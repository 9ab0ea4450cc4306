//! From stored rows to messages.

use bytes::{BufMut as _, BytesMut};
use prost::Message;
use todo_proto::todo::v1;

use super::mutation::TodoOutcome;
use crate::{
    error::{Error, Result},
    rpc::Encoded,
    store::{
        annotations::{self, Annotation},
        encoded_todo,
        extras::{Extra, Extras, Reference},
        location::Retention,
        projects::Project,
        todos::{EncodedTodo, Todo},
    },
    time::Time,
};

pub(crate) use crate::store::todos::{NO_PRIORITY, stored_tags, tags};

/// How much of a todo a response holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Reference,
    Basic,
    Full,
}

/// Bytes of a response: half of what gRPC clients accept by default.
pub(crate) const RESPONSE_BYTES: usize = 2 * 1024 * 1024;

/// What became of the todos of a request, with titles and then whole todos for as long as they fit beside what the response
/// holds already.
pub(crate) fn results(
    outcomes: Vec<TodoOutcome>,
    view: View,
    retention: Retention,
    response_bytes: usize,
) -> Result<Vec<v1::TodoResult>> {
    let mut results = Vec::with_capacity(outcomes.len());
    let mut whole = Vec::new();
    let mut bytes = response_bytes;
    for outcome in outcomes {
        let result = reference(&outcome);
        bytes += result.encoded_len() + FRAMING;
        results.push(result);
        whole.push(outcome.todo);
    }
    for (result, row) in results.iter_mut().zip(&whole) {
        let title = row.as_ref().map_or("", |row| &row.title);
        bytes += title.len() + FRAMING;
        if bytes > RESPONSE_BYTES {
            return Ok(results);
        }
        title.clone_into(&mut result.title);
    }
    for (result, row) in results.iter_mut().zip(whole) {
        let todo = match (view, row) {
            (View::Reference, _) | (_, None) => continue,
            (View::Basic, Some(row)) => basic(&row, retention),
            (View::Full, Some(row)) => full(&row, retention)?,
        };
        bytes += todo.encoded_len() + FRAMING;
        if bytes > RESPONSE_BYTES {
            break;
        }
        result.todo = Some(todo);
    }
    Ok(results)
}

/// A result without what can be left out.
fn reference(outcome: &TodoOutcome) -> v1::TodoResult {
    v1::TodoResult {
        id: outcome.id.to_string(),
        number: small(outcome.number),
        title: String::new(),
        revision: outcome.revision,
        unchanged: outcome.unchanged,
        open_parts: small(outcome.open_parts),
        todo: None,
    }
}

/// Bytes of results with titles.
pub(crate) fn result_bytes(outcomes: &[TodoOutcome]) -> usize {
    let title = |outcome: &TodoOutcome| outcome.todo.as_ref().map_or(0, |todo| todo.title.len());
    let bytes = |outcome| reference(outcome).encoded_len() + title(outcome) + 2 * FRAMING;
    outcomes.iter().map(bytes).sum()
}

/// Projects, for as long as they fit beside what the response holds already.
pub(crate) fn projects(rows: Vec<Project>, retention: Retention, response_bytes: usize) -> Vec<v1::Project> {
    let mut bytes = response_bytes;
    let mut fits = |project: &v1::Project| {
        bytes += project.encoded_len() + FRAMING;
        bytes <= RESPONSE_BYTES
    };
    rows.into_iter().map(|row| project(row, retention)).take_while(|project| fits(project)).collect()
}

/// Bytes that a message takes inside of another one, beside its own.
pub(crate) const FRAMING: usize = 8;

/// A number or count of todos, which are never more.
pub(crate) fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The whole todo.
pub(crate) fn full(row: &Todo, retention: Retention) -> Result<v1::Todo> {
    let rest = Rest {
        position: &row.position,
        annotations: row.annotations.as_deref(),
        extras: row.extras.as_deref(),
        trash_time: row.trash_time(),
    };
    let v1::Todo { position, annotations, extras, references, .. } = rest.message(retention)?;
    Ok(v1::Todo { position, annotations, extras, references, ..basic(row, retention) })
}

/// The answer with one whole todo, of which most is encoded already. `None` if that is not.
pub(crate) fn encoded(
    row: &EncodedTodo,
    retention: Retention,
) -> Result<Option<Encoded<v1::GetTodoResponse>>> {
    let Some(mut stored) = row.encoded.as_deref() else { return Ok(None) };
    let rest = Rest {
        position: &row.position,
        annotations: row.annotations.as_deref(),
        extras: row.extras.as_deref(),
        trash_time: row.trash_time,
    };
    let (basic, rest) = (encoded_todo::take_first(&mut stored)?, rest.message(retention)?);
    let length = basic.len() + rest.encoded_len();
    let mut bytes = BytesMut::with_capacity(length + FRAMING);
    bytes.put_u8(encoded_todo::TAG);
    prost::encode_length_delimiter(length, &mut bytes).map_err(Error::internal)?;
    // The fields of one message, in two parts.
    bytes.put_slice(basic);
    rest.encode_raw(&mut bytes);
    Ok(Some(Encoded::from_bytes(bytes.freeze())))
}

/// What lists leave out of a todo, and what depends on more than its row.
struct Rest<'r> {
    position: &'r str,
    annotations: Option<&'r [u8]>,
    extras: Option<&'r [u8]>,
    trash_time: Option<Time>,
}

impl Rest<'_> {
    fn message(&self, retention: Retention) -> Result<v1::Todo> {
        let notes = annotations::decode(self.annotations)?;
        let Extras { values, references } = Extras::from_stored(self.extras)?;
        let annotation = |note: &Annotation| {
            Ok(v1::Annotation {
                id: note.id()?.to_string(),
                text: note.text.clone(),
                create_time: Some(note.create_time().to_proto()),
            })
        };
        let extra = |extra: Extra| v1::Extra { source: extra.source, key: extra.key, value: extra.value };
        let reference = |reference: Reference| v1::ExternalReference {
            source: reference.source,
            external_id: reference.external_id,
        };
        Ok(v1::Todo {
            position: self.position.into(),
            annotations: notes.iter().map(annotation).collect::<Result<_>>()?,
            extras: values.into_iter().map(extra).collect(),
            references: references.into_iter().map(reference).collect(),
            delete_time: self.trash_time.map(Time::to_proto),
            purge_time: self.trash_time.map(|time| time.after(retention.trash).to_proto()),
            ..v1::Todo::default()
        })
    }
}

/// The todo without what lists leave out.
pub(crate) fn basic(row: &Todo, retention: Retention) -> v1::Todo {
    let trash_time = row.trash_time();
    v1::Todo {
        delete_time: trash_time.map(Time::to_proto),
        purge_time: trash_time.map(|time| time.after(retention.trash).to_proto()),
        ..encoded_todo::message(row)
    }
}

pub(crate) fn project(row: Project, retention: Retention) -> v1::Project {
    v1::Project {
        id: row.id.to_string(),
        name: row.name,
        inbox: row.inbox,
        create_time: Some(row.create_time.to_proto()),
        update_time: Some(row.update_time.to_proto()),
        delete_time: row.delete_time.map(Time::to_proto),
        purge_time: row.delete_time.map(|time| time.after(retention.trash).to_proto()),
        revision: row.revision,
    }
}
