//! The id of the request that is being answered, for whoever logs or reports something about it.

use todo_model::caller::RequestId;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// Returns the id of the request that is being answered, or else a new one.
pub(crate) fn current() -> RequestId {
    CURRENT.try_with(Clone::clone).unwrap_or_else(|_| RequestId::generate())
}

/// Runs the answering of a request, during which its id is the current one.
pub(crate) fn scope<F: Future>(id: RequestId, answering: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, answering)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_request_id_is_current_during_the_request() {
        let id = RequestId::generate();
        assert_eq!(scope(id.clone(), async { current() }).await, id);
        assert_ne!(current(), id);
    }
}
