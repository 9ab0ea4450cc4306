//! Pages of lists: their size, and the opaque token of the next one.
//!
//! A token holds the key behind which the next page starts. It is bound to the caller and to the query: a foreign
//! one is refused, because behind the same key of another list there is something else.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use prost::Message;
use sha2::{Digest, Sha256};
use todo_model::limits;

use crate::{
    error::{Error, Result},
    ids::AccountId,
};

/// Returns how many entries a page of the asked size has.
pub(crate) fn size(page_size: i32) -> Result<usize> {
    let size = match u32::try_from(page_size) {
        Err(_) => return Err(Error::invalid("page_size", "Must not be negative.")),
        Ok(0) => limits::DEFAULT_PAGE_SIZE,
        Ok(size) => size.min(limits::MAX_PAGE_SIZE),
    };
    Ok(usize::try_from(size).unwrap_or(usize::MAX))
}

/// Returns how many rows to read for a page of this size: one more tells whether there is another page.
pub(crate) fn limit(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1)
}

/// Leaves the rows of a page of this size. Returns the last of them if there is another page behind it.
pub(crate) fn cut<R>(rows: &mut Vec<R>, size: usize) -> Option<&R> {
    let has_more = rows.len() > size;
    rows.truncate(size);
    rows.last().filter(|_| has_more)
}

/// What a token is good for: one caller and one query.
pub(crate) struct Query([u8; 16]);

impl Query {
    /// Binds to the caller, the method's name, and the request without `page_size` and `page_token`.
    pub(crate) fn new(caller: AccountId, method: &str, request: &impl Message) -> Self {
        let mut hash = Sha256::new();
        hash.update(caller.as_uuid());
        hash.update(method);
        hash.update(request.encode_to_vec());
        let mut binding = [0; 16];
        binding.copy_from_slice(&hash.finalize()[..16]);
        Self(binding)
    }

    /// Returns the token of the page that starts behind `key`.
    pub(crate) fn token(&self, key: &impl Message) -> String {
        let mut bytes = self.0.to_vec();
        key.encode_raw(&mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Returns the key behind which the page starts, or `None` for the first page.
    pub(crate) fn key<K: Message + Default>(&self, token: &str) -> Result<Option<K>> {
        self.open(token).map_err(|()| {
            Error::invalid(
                "page_token",
                "Is not a page token of this request. Start over with the first page.",
            )
        })
    }

    /// Returns what a token holds, `None` for an empty one. An error for one that is not of this query.
    pub(crate) fn open<K: Message + Default>(&self, token: &str) -> Result<Option<K>, ()> {
        if token.is_empty() {
            return Ok(None);
        }
        BASE64_URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .as_deref()
            .and_then(|bytes| bytes.strip_prefix(&self.0))
            .and_then(|key| K::decode(key).ok())
            .map(Some)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn sizes_are_clamped() {
        assert_eq!(size(0).unwrap(), 100);
        assert_eq!(size(7).unwrap(), 7);
        assert_eq!(size(5_000).unwrap(), 1_000);
        assert!(size(-1).is_err());
    }

    #[test]
    fn one_row_more_than_a_page_has_means_another_page() {
        assert_eq!(limit(2), 3);
        let cut = |mut rows: Vec<i32>| (cut(&mut rows, 2).copied(), rows);
        assert_eq!(cut(vec![]), (None, vec![]));
        assert_eq!(cut(vec![1, 2]), (None, vec![1, 2]));
        assert_eq!(cut(vec![1, 2, 3]), (Some(2), vec![1, 2]));
    }

    #[test]
    fn a_page_token_is_bound_to_its_caller_and_query() {
        let (ann, bob) =
            (AccountId::generate(Time::from_micros(1)), AccountId::generate(Time::from_micros(1)));
        let (request, other) = (String::from("tag=home"), String::from("tag=work"));
        let query = Query::new(ann, "ListTodos", &request);
        let token = query.token(&42_i64);
        assert_eq!(query.key::<i64>(&token).unwrap(), Some(42));
        assert_eq!(query.key::<i64>("").unwrap(), None);
        for foreign in [
            Query::new(bob, "ListTodos", &request),
            Query::new(ann, "ListSessions", &request),
            Query::new(ann, "ListTodos", &other),
        ] {
            assert!(foreign.key::<i64>(&token).is_err());
        }
        assert!(query.key::<i64>("nonsense").is_err());
        assert!(query.key::<i64>(&token[1..]).is_err());
    }
}
