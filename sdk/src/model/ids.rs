//! A newtype for each kind of id, so that the compiler tells a todo from a project.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{Error, Result};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        ///
        /// Written and read as a hyphenated UUID:
        ///
        /// ```
        #[doc = concat!("use todo_sdk::", stringify!($name), ";")]
        ///
        #[doc = concat!("let id: ", stringify!($name), " = \"0198f1c2-6a3e-7c55-9d3b-0a6b8f4e2d11\".parse()?;")]
        /// assert_eq!(id.to_string(), "0198f1c2-6a3e-7c55-9d3b-0a6b8f4e2d11");
        #[doc = concat!("assert!(\"12\".parse::<", stringify!($name), ">().is_err());")]
        /// # Ok::<(), todo_sdk::Error>(())
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Returns the id as a UUID.
            ///
            /// ```
            #[doc = concat!("use todo_sdk::", stringify!($name), ";")]
            ///
            #[doc = concat!("let id = ", stringify!($name), "::from(uuid::Uuid::nil());")]
            /// assert!(id.as_uuid().is_nil());
            /// ```
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                Uuid::try_parse(text).map(Self).map_err(|source| {
                    Error::invalid(concat!("This is not the id of ", $what, ": it is not a UUID."))
                        .with_source(source)
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

macro_rules! generated {
    ($name:ident, $purpose:literal) => {
        impl $name {
            #[doc = concat!("Makes a new id, ", $purpose, ".")]
            ///
            /// It is a version 7 UUID: ids made later sort later, which is what a database index likes.
            ///
            /// ```
            #[doc = concat!("use todo_sdk::", stringify!($name), ";")]
            ///
            #[doc = concat!("assert_ne!(", stringify!($name), "::generate(), ", stringify!($name), "::generate());")]
            /// ```
            #[must_use]
            pub fn generate() -> Self {
                Self(version_7())
            }
        }
    };
}

id!(
    /// Id of a todo, unique within its account. What people type is the todo's number.
    TodoId, "a todo"
);
id!(
    /// Id of a note that was added to a todo.
    AnnotationId, "an annotation"
);
id!(
    /// Id of a project.
    ProjectId, "a project"
);
id!(
    /// Id of an account.
    AccountId, "an account"
);
id!(
    /// Id of a session. Not a secret: it opens nothing.
    SessionId, "a session"
);
id!(
    /// Id of an operation: one change, which [`Client::undo`](crate::Client::undo) can take back.
    OperationId, "an operation"
);
id!(
    /// Id of one intended change. Sending it twice applies the change once; it becomes the change's [`OperationId`].
    RequestId, "a request"
);
id!(
    /// Id that changes share which belong together, see [`Client::with_group`](crate::Client::with_group).
    GroupId, "a group"
);

generated!(GroupId, "for [`Client::with_group`](crate::Client::with_group)");
generated!(TodoId, "to know a todo's id before the server has answered");
generated!(ProjectId, "to know a project's id before the server has answered");
generated!(RequestId, "for [`Client::with_request_id`](crate::Client::with_request_id)");

impl From<RequestId> for OperationId {
    fn from(id: RequestId) -> Self {
        Self(id.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "an id made here is unique, never compared with a clock")]
fn version_7() -> Uuid {
    Uuid::now_v7()
}
