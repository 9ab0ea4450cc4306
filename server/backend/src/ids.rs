//! The ids of everything stored: UUIDs, each kind a type of its own.

use uuid::{NoContext, Uuid};

use crate::time::Time;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        crate::rows::transparent!($name(Uuid));

        impl $name {
            /// A new id, version 7: later ones sort behind earlier ones.
            #[must_use]
            pub fn generate(now: Time) -> Self {
                Self(version_7(now))
            }

            /// The id with this value.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The value of the id.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// Names an account.
    AccountId
    /// Names a session. Not a secret.
    SessionId
    /// Names a project, within its account.
    ProjectId
    /// Names a todo, within its account.
    TodoId
    /// Names an operation, within its account: the `request_id` of the call that made it.
    OperationId
}

/// New ids in ascending order, version 7: for several things of one moment that are to stay in their order.
pub(crate) fn ascending(count: usize, now: Time) -> Vec<Uuid> {
    let mut ids: Vec<_> = (0..count).map(|_| version_7(now)).collect();
    ids.sort_unstable();
    ids
}

fn version_7(now: Time) -> Uuid {
    let micros = u64::try_from(now.as_micros()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, micros / 1_000_000, nanos))
}
