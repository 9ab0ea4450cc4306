//! What a row of `todos` holds in `annotations`: notes with their times, the oldest first, in the store's own format.

use prost::Message;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    time::Time,
};

/// A note that was added to a todo.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub(crate) struct Annotation {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(string, tag = "2")]
    pub(crate) text: String,
    /// In microseconds since the Unix epoch.
    #[prost(int64, tag = "3")]
    create_time: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Annotations {
    #[prost(message, repeated, tag = "1")]
    list: Vec<Annotation>,
}

impl Annotation {
    pub(crate) fn new(id: Uuid, text: &str, create_time: Time) -> Self {
        Self { id: id.into(), text: text.into(), create_time: create_time.as_micros() }
    }

    pub(crate) fn id(&self) -> Result<Uuid> {
        Uuid::from_slice(&self.id).map_err(Error::internal)
    }

    pub(crate) fn create_time(&self) -> Time {
        Time::from_micros(self.create_time)
    }
}

/// Reads the column.
pub(crate) fn decode(stored: Option<&[u8]>) -> Result<Vec<Annotation>> {
    let Some(stored) = stored else { return Ok(Vec::new()) };
    Ok(Annotations::decode(stored).map_err(Error::internal)?.list)
}

/// What the column holds of these: `None` for none.
pub(crate) fn encode(mut list: Vec<Annotation>) -> Option<Vec<u8>> {
    list.sort_by(|one, other| (one.create_time, &one.id).cmp(&(other.create_time, &other.id)));
    (!list.is_empty()).then(|| Annotations { list }.encode_to_vec())
}
