//! The id of the request that is being answered, for whoever logs or reports something about it.

use std::sync::atomic::{AtomicBool, Ordering};

use todo_model::caller::RequestId;

tokio::task_local! {
    static CURRENT: Current;
}

struct Current {
    id: RequestId,
    /// Whether it failed for what fails many calls, and has a line of its own in the log.
    met_condition: AtomicBool,
}

/// Returns the id of the request that is being answered, or else a new one.
pub(crate) fn current() -> RequestId {
    CURRENT.try_with(|current| current.id.clone()).unwrap_or_else(|_| RequestId::generate())
}

/// Notes that the request fails for what fails many calls, and that the log tells of that already.
pub(crate) fn note_condition() {
    // Outside of a request there is nobody to tell.
    CURRENT.try_with(|current| current.met_condition.store(true, Ordering::Relaxed)).ok();
}

/// Whether that was noted.
pub(crate) fn met_condition() -> bool {
    CURRENT.try_with(|current| current.met_condition.load(Ordering::Relaxed)).unwrap_or_default()
}

/// Runs the answering of a request, during which its id is the current one.
pub(crate) fn scope<F: Future>(id: RequestId, answering: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(Current { id, met_condition: AtomicBool::new(false) }, answering)
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

    #[tokio::test]
    async fn a_condition_is_noted_of_one_request() {
        note_condition();
        let noted = scope(RequestId::generate(), async {
            let before = met_condition();
            note_condition();
            (before, met_condition())
        });
        assert_eq!(noted.await, (false, true));
        assert!(!scope(RequestId::generate(), async { met_condition() }).await);
    }
}
