//! The todo service.

pub(crate) mod due;
