//! What only an import may say of a todo: its life before it came here, and what it is called there.

use std::collections::{HashMap, HashSet};

use todo_model::{limits, text};
use todo_proto::todo::v1;

use super::validate::Violations;
use crate::{
    error::{Error, Result},
    ids::{self, AccountId, TodoId},
    store::{
        annotations::{self, Annotation},
        conn::Conn,
        external_references,
        extras::{Extra, Extras, Reference},
        todos::{self, Todo},
    },
    time::Time,
    validation::in_field,
};

/// Characters of the name of a program, of a name of its values, and of an id there.
const SOURCE_CHARS: usize = 64;
const KEY_CHARS: usize = 200;
const EXTERNAL_ID_CHARS: usize = 500;
/// How far the clock of a client may be ahead.
const CLOCK_SKEW: std::time::Duration = std::time::Duration::from_hours(24);

/// What an import says of a todo.
pub(crate) struct Import {
    references: Vec<Reference>,
    is_completed: bool,
    create_time: Option<Time>,
    update_time: Option<Time>,
    complete_time: Option<Time>,
    number: Option<i64>,
    annotations: Vec<Annotation>,
    extras: Vec<Extra>,
}

impl Import {
    /// Reads the part of a request.
    pub(crate) fn read(import: &v1::TodoImport, now: Time) -> Result<Self> {
        let mut violations = Violations::default();
        let mut time = |field: &str, time: Option<&prost_types::Timestamp>| {
            let time = time.map(|time| past(&format!("import.{field}"), *time, now));
            time.and_then(|time| violations.keep(time))
        };
        let create_time = time("create_time", import.create_time.as_ref());
        let update_time = time("update_time", import.update_time.as_ref());
        let complete_time = time("complete_time", import.complete_time.as_ref());
        let is_completed = match v1::TodoStatus::try_from(import.status) {
            Ok(v1::TodoStatus::Completed) => true,
            Ok(v1::TodoStatus::NeedsAction | v1::TodoStatus::Unspecified) => complete_time.is_some(),
            Err(_) => violations
                .keep(Err(Error::invalid("import.status", "Must be one of the values of TodoStatus.")))
                .unwrap_or_default(),
        };
        if import.number < 0 {
            violations.keep::<()>(Err(Error::invalid("import.number", "Must not be negative.")));
        }
        let references = violations.keep(references(&import.references)).unwrap_or_default();
        let annotations = violations.keep(notes(&import.annotations, now)).unwrap_or_default();
        let extras = violations.keep(extras(&import.extras)).unwrap_or_default();
        violations.or(Self {
            references,
            is_completed,
            create_time,
            update_time,
            complete_time,
            number: Some(i64::from(import.number)).filter(|number| *number > 0),
            annotations,
            extras,
        })
    }

    /// The number that the todo had elsewhere.
    pub(crate) fn number(&self) -> Option<i64> {
        self.number
    }

    /// Returns the todo that one of the references names.
    pub(crate) fn known(&self, known: &HashMap<Reference, Todo>) -> Result<Option<Todo>> {
        let mut found = self.references.iter().filter_map(|reference| known.get(reference));
        let first = found.next();
        if first.is_some_and(|first| found.any(|other| other.id != first.id)) {
            return Err(Error::invalid("import.references", "Name more than one todo."));
        }
        Ok(first.cloned())
    }

    /// Writes into the row of a new todo when it began elsewhere.
    pub(crate) fn set_times(&self, todo: &mut Todo) {
        todo.create_time = self.create_time.unwrap_or(todo.create_time);
        todo.update_time = self.update_time.unwrap_or(todo.update_time);
    }

    /// Writes the rest into a row.
    pub(crate) fn apply(&self, todo: &mut Todo, now: Time) -> Result<()> {
        todo.complete_time = match (self.is_completed, todo.complete_time) {
            (true, before) => self.complete_time.or(before).or(Some(now)),
            (false, _) => None,
        };
        let mut notes = annotations::decode(todo.annotations.as_deref())?;
        for note in &self.annotations {
            let is_known =
                |other: &Annotation| other.text == note.text && other.create_time() == note.create_time();
            if !notes.iter().any(is_known) {
                notes.push(note.clone());
            }
        }
        if notes.len() > limits::ANNOTATIONS {
            return Err(Error::invalid("import.annotations", "Are more than 100 with those that are there."));
        }
        todo.annotations = annotations::encode(notes);
        let mut extras = Extras::from_stored(todo.extras.as_deref())?;
        extras.values.clone_from(&self.extras);
        let new: Vec<_> = self
            .references
            .iter()
            .filter(|reference| !extras.references.contains(reference))
            .cloned()
            .collect();
        extras.references.extend(new);
        if extras.references.len() > limits::REFERENCES {
            return Err(Error::invalid("import.references", "Are more than 20 with those that are there."));
        }
        todo.extras = extras.to_stored();
        Ok(())
    }
}

/// Returns the todos that the references of a request name. INVALID_ARGUMENT if two of its todos have the same one.
pub(crate) async fn find_known<'i>(
    owner: AccountId,
    imports: impl Iterator<Item = &'i Import>,
    conn: &mut Conn<'_>,
) -> Result<HashMap<Reference, Todo>> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for reference in imports.flat_map(|import| &import.references) {
        if !seen.insert(reference) {
            let name = format!("{}: {}", reference.source, reference.external_id);
            return Err(Error::invalid("todos", format!("Two todos have the reference {name:?}.")));
        }
        all.push(reference.clone());
    }
    if all.is_empty() {
        return Ok(HashMap::new());
    }
    let found = external_references::find_all(conn, owner, &all).await?;
    let ids: Vec<TodoId> = found.iter().map(|(_, id)| *id).collect::<HashSet<_>>().into_iter().collect();
    let mut rows = HashMap::new();
    for ids in ids.chunks(limits::IDS) {
        rows.extend(todos::find_all(conn, owner, ids).await?.into_iter().map(|todo| (todo.id, todo)));
    }
    let known = found.into_iter().filter_map(|(reference, id)| Some((reference, rows.get(&id)?.clone())));
    Ok(known.collect())
}

fn past(field: &str, time: prost_types::Timestamp, now: Time) -> Result<Time> {
    let time = Time::from_proto(time)
        .ok_or_else(|| Error::invalid(field, "Must be a time of the years 1 to 9999."))?;
    if time > now.after(CLOCK_SKEW) {
        return Err(Error::invalid(field, "Must not be in the future."));
    }
    Ok(time)
}

fn references(list: &[v1::ExternalReference]) -> Result<Vec<Reference>> {
    let mut violations = Violations::default();
    if list.len() > limits::REFERENCES {
        violations.keep::<()>(Err(Error::invalid("import.references", "Must be at most 20.")));
    }
    let mut read = Vec::with_capacity(list.len());
    for (index, v1::ExternalReference { source, external_id }) in list.iter().enumerate() {
        let path = format!("import.references[{index}]");
        let source = short(&format!("{path}.source"), source, SOURCE_CHARS);
        let external_id = short(&format!("{path}.external_id"), external_id, EXTERNAL_ID_CHARS);
        if let (Some(source), Some(external_id)) = (violations.keep(source), violations.keep(external_id)) {
            read.push(Reference { source, external_id });
        }
    }
    read.sort_unstable();
    read.dedup();
    violations.or(read)
}

fn extras(list: &[v1::Extra]) -> Result<Vec<Extra>> {
    let mut violations = Violations::default();
    let bytes: usize =
        list.iter().map(|extra| extra.source.len() + extra.key.len() + extra.value.len()).sum();
    if bytes > limits::EXTRAS_BYTES {
        violations.keep::<()>(Err(Error::invalid("import.extras", "Must be at most 64 KiB.")));
    }
    let mut read = Vec::with_capacity(list.len());
    for (index, v1::Extra { source, key, value }) in list.iter().enumerate() {
        let path = format!("import.extras[{index}]");
        let source = violations.keep(short(&format!("{path}.source"), source, SOURCE_CHARS));
        let key = violations.keep(short(&format!("{path}.key"), key, KEY_CHARS));
        if value.contains('\0') {
            violations.keep::<()>(Err(Error::invalid(format!("{path}.value"), "Must not contain NUL.")));
        }
        if let (Some(source), Some(key)) = (source, key) {
            read.push(Extra { source, key, value: value.clone() });
        }
    }
    violations.or(read)
}

fn notes(list: &[v1::Annotation], now: Time) -> Result<Vec<Annotation>> {
    let mut violations = Violations::default();
    if list.len() > limits::ANNOTATIONS {
        violations.keep::<()>(Err(Error::invalid("import.annotations", "Must be at most 100.")));
    }
    let mut read = Vec::with_capacity(list.len());
    for (index, (note, id)) in list.iter().zip(ids::ascending(list.len(), now)).enumerate() {
        let path = format!("import.annotations[{index}]");
        let text = violations.keep(in_field(&format!("{path}.text"), text::annotation(&note.text)));
        let time = note.create_time.map_or(Ok(now), |time| past(&format!("{path}.create_time"), time, now));
        if let (Some(text), Some(time)) = (text, violations.keep(time)) {
            read.push(Annotation::new(id, &text, time));
        }
    }
    violations.or(read)
}

fn short(field: &str, text: &str, max: usize) -> Result<String> {
    if text.is_empty() || text.chars().count() > max || text.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("Must be 1 to {max} characters, no control characters.")));
    }
    Ok(text.to_owned())
}
