//! What a row of `todos` holds in `extras`, in the store's own format: what an import keeps that has no field of its own,
//! and what the todo is called elsewhere. The table `external_references` finds todos by the latter.

use prost::Message;

use crate::error::{Error, Result};

/// All of it.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Extras {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<Extra>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) references: Vec<Reference>,
}

/// A value of another program.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Extra {
    #[prost(string, tag = "1")]
    pub(crate) source: String,
    #[prost(string, tag = "2")]
    pub(crate) key: String,
    #[prost(string, tag = "3")]
    pub(crate) value: String,
}

/// What the todo is called elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Message)]
pub(crate) struct Reference {
    #[prost(string, tag = "1")]
    pub(crate) source: String,
    #[prost(string, tag = "2")]
    pub(crate) external_id: String,
}

impl Extras {
    /// Reads the column.
    pub(crate) fn from_stored(stored: Option<&[u8]>) -> Result<Self> {
        stored.map_or_else(|| Ok(Self::default()), |stored| Self::decode(stored).map_err(Error::internal))
    }

    /// What the column holds: `None` for nothing.
    pub(crate) fn to_stored(&self) -> Option<Vec<u8>> {
        Some(self.encode_to_vec()).filter(|stored| !stored.is_empty())
    }
}
