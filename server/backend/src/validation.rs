//! Reading requests: what both services do with every field that a client filled in.

use uuid::Uuid;

use crate::error::{Error, Result, Violation};

/// Collects what is wrong with a request, so that one answer names it all.
#[derive(Default)]
pub(crate) struct Violations {
    found: Vec<Violation>,
    other: Option<Error>,
}

impl Violations {
    /// Keeps the error, or returns the value.
    pub(crate) fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(Error::InvalidArgument(violations)) => self.found.extend(violations),
            Err(other) => self.other = Some(other),
        }
        None
    }

    /// Returns the value if nothing was wrong.
    pub(crate) fn or<T>(self, value: T) -> Result<T> {
        if self.found.is_empty() && self.other.is_none() { Ok(value) } else { Err(self.into_error()) }
    }

    /// Returns what was wrong.
    pub(crate) fn into_error(self) -> Error {
        self.other.unwrap_or(Error::InvalidArgument(self.found))
    }
}

/// Turns what todo-model says about a value into the violation of its field.
pub(crate) fn in_field<T>(field: &str, checked: Result<T, impl std::error::Error>) -> Result<T> {
    checked.map_err(|error| Error::invalid(field, error.to_string()))
}

/// Reads a mandatory id.
pub(crate) fn uuid(field: &str, text: &str) -> Result<Uuid> {
    // The hyphenated notation only, in upper or lower case, as RFC 9562 has it. Answers have lower case.
    Some(text)
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| Error::invalid(field, "Must be a UUID such as 0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e."))
}

/// Reads an id that may be left out.
pub(crate) fn optional_uuid(field: &str, text: &str) -> Result<Option<Uuid>> {
    if text.is_empty() { Ok(None) } else { uuid(field, text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_violations_are_reported_at_once() {
        let mut violations = Violations::default();
        assert_eq!(violations.keep(Ok(1)), Some(1));
        assert_eq!(violations.keep::<()>(Err(Error::invalid("title", "Is empty."))), None);
        assert_eq!(violations.keep(uuid("id", "12")), None);
        let error = violations.or(()).unwrap_err();
        assert!(matches!(&error, Error::InvalidArgument(found) if found.len() == 2), "{error}");
        assert_eq!(Violations::default().or(7).unwrap(), 7);
    }

    #[test]
    fn an_id_is_written_with_hyphens_in_either_case() {
        let id = "0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e";
        assert_eq!(uuid("id", id).unwrap().to_string(), id);
        assert_eq!(uuid("id", &id.to_uppercase()).unwrap().to_string(), id);
        for text in ["", "0197f0a46ff77c4e9d1b3c1f6f6b2f6e", "{0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e}", "12"] {
            assert!(uuid("id", text).is_err(), "{text}");
        }
        assert_eq!(optional_uuid("id", "").unwrap(), None);
    }
}
