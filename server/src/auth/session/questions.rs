//! Questions on their way to the authority: at most one about each token.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};

use crate::{
    auth::{revocations::AsOf, token::TokenHash},
    error::Result,
    identity::Identity,
};

type Question = BoxFuture<'static, Result<Identity>>;

/// What is being asked. A question lives for as long as somebody waits for its answer.
#[derive(Clone, Default)]
pub(super) struct Questions(Arc<Mutex<HashMap<TokenHash, Asked>>>);

struct Asked {
    as_of: AsOf,
    question: WeakShared<Question>,
}

impl Questions {
    /// Waits for the answer to what is being asked about the token, or else asks `question`.
    ///
    /// A question from before the last revocation is not joined: its answer may not know of it.
    pub(super) fn join_or_ask(
        &self,
        token: TokenHash,
        as_of: AsOf,
        question: impl Future<Output = Result<Identity>> + Send + 'static,
    ) -> Shared<Question> {
        let mut open = self.open();
        let asked = open.get(&token).filter(|asked| asked.as_of == as_of);
        if let Some(asked) = asked.and_then(|asked| asked.question.upgrade()) {
            return asked;
        }
        let end = End { questions: self.clone(), token, as_of };
        let question = async move {
            let _end = end;
            question.await
        };
        let question = question.boxed().shared();
        if let Some(question) = question.downgrade() {
            open.insert(token, Asked { as_of, question });
        }
        question
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TokenHash, Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Strikes a question off when it is answered, or when nobody waits for it any more.
struct End {
    questions: Questions,
    token: TokenHash,
    as_of: AsOf,
}

impl Drop for End {
    fn drop(&mut self) {
        let mut open = self.questions.open();
        // A later question about the same token is not this one.
        if open.get(&self.token).is_some_and(|asked| asked.as_of == self.as_of) {
            open.remove(&self.token);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;
    use crate::{
        auth::{revocations::Revocations, token::PresentedToken},
        clock::Time,
        ids::{AccountId, SessionId},
        replicas::Herald,
    };

    const TOKEN: &[u8] = b"tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";

    /// Counts the questions that are begun, and holds their answers back.
    struct Slow {
        questions: Questions,
        begun: Arc<AtomicU32>,
        answer: Arc<Notify>,
    }

    impl Slow {
        fn new() -> Self {
            Self { questions: Questions::default(), begun: Arc::default(), answer: Arc::default() }
        }

        fn ask(&self, as_of: AsOf) -> Shared<Question> {
            let hash = TokenHash::of_presented(TOKEN).unwrap();
            let (begun, answer) = (Arc::clone(&self.begun), Arc::clone(&self.answer));
            self.questions.join_or_ask(hash, as_of, async move {
                begun.fetch_add(1, Ordering::SeqCst);
                answer.notified().await;
                let (account, session) =
                    (AccountId::generate(Time::from_micros(1)), SessionId::generate(Time::from_micros(1)));
                Ok(Identity::of_session(account, session, PresentedToken::without_text(hash), as_of))
            })
        }
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_asks_once() {
        let (slow, as_of) = (Slow::new(), Revocations::new(Herald::default()).now());
        let waiting = futures_util::future::join_all((0..100).map(|_| slow.ask(as_of)));
        let release = async {
            tokio::task::yield_now().await;
            slow.answer.notify_one();
        };
        let (answers, ()) = tokio::join!(waiting, release);
        let first = answers[0].as_ref().unwrap().account_id;
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().account_id == first));
        assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
        assert!(slow.questions.open().is_empty(), "what is answered is not remembered here");
        slow.answer.notify_one();
        slow.ask(as_of).await.unwrap();
        assert_eq!(slow.begun.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_question_from_before_a_revocation_is_not_joined() {
        let (slow, revocations) = (Slow::new(), Revocations::new(Herald::default()));
        let before = slow.ask(revocations.now());
        revocations.revoke(AccountId::generate(Time::from_micros(1)));
        let after = slow.ask(revocations.now());
        let release = async {
            for _ in 0..2 {
                tokio::task::yield_now().await;
                slow.answer.notify_one();
            }
        };
        let (before, after, ()) = tokio::join!(before, after, release);
        assert!(before.is_ok() && after.is_ok());
        assert_eq!(slow.begun.load(Ordering::SeqCst), 2);
        assert!(slow.questions.open().is_empty());
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_is_forgotten() {
        let (slow, as_of) = (Slow::new(), Revocations::new(Herald::default()).now());
        let mut asked = slow.ask(as_of);
        assert!(futures_util::poll!(&mut asked).is_pending());
        drop(asked);
        assert!(slow.questions.open().is_empty());
    }
}
