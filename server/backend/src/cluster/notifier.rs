//! Collects the notifications that are to be sent to the other servers.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::ids::AccountId;

/// Something that the other servers should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Notification {
    /// Todos or projects of the account.
    Changed(AccountId),
    /// The account's sessions.
    Revoked(AccountId),
}

/// Takes notifications for the other servers. Where there are none, nothing is collected. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notifier(Option<Arc<Outbox>>);

/// The notifications that were not sent yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// The same notification twice is one.
    pending: Mutex<BTreeSet<Notification>>,
    added: Notify,
}

impl Notifier {
    #[cfg(feature = "postgres")]
    pub(super) fn new(outbox: Arc<Outbox>) -> Self {
        Self(Some(outbox))
    }

    /// Hands a notification in. To be called after the commit that it is about.
    pub(crate) fn notify(&self, notification: Notification) {
        if let Some(outbox) = &self.0 {
            outbox.add([notification]);
        }
    }
}

impl Outbox {
    pub(super) fn add(&self, notifications: impl IntoIterator<Item = Notification>) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).extend(notifications);
        self.added.notify_one();
    }

    /// Returns when something was added.
    #[cfg(feature = "postgres")]
    pub(super) async fn added(&self) {
        self.added.notified().await;
    }

    #[cfg(feature = "postgres")]
    pub(super) fn take(&self) -> Vec<Notification> {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
            .into_iter()
            .collect()
    }
}
