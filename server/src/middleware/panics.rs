//! A method that panics is a bug like others: the caller is told so, and the server lives on.

use std::{any::Any, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;

use crate::error::{Error, Result};

/// Runs a call and turns its panic into INTERNAL.
///
/// Not an `async fn`, which would hold the call twice: as its argument and as what it waits for.
pub(crate) fn catch<T>(call: impl Future<Output = Result<T>>) -> impl Future<Output = Result<T>> {
    // What a call shares with others is locks and atomics that are whole between statements, and transactions that
    // roll back when they are dropped.
    AssertUnwindSafe(call).catch_unwind().map(|outcome| match outcome {
        Ok(result) => result,
        Err(payload) => Err(Error::internal(format!("a method panicked: {}", words(&*payload)))),
    })
}

fn words(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_internal_error_with_its_words_in_the_cause() {
        let result: Result<()> = catch(async { panic!("number {}", 7) }).await;
        let error = result.unwrap_err();
        let Error::Internal(cause) = error else { panic!("{error:?}") };
        assert_eq!(cause.to_string(), "a method panicked: number 7");
    }
}
