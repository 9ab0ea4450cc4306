//! What the servers on one PostgreSQL database tell each other: whose todos changed, and whose tokens were revoked.
//!
//! A [`Notification`] is a hint to look at the rows. It is handed to the [`Notifier`] after the commit, sent with others
//! that came in meanwhile, and wakes the watchers and empties the caches of the servers that receive it. One that is
//! lost costs time, never a change: watchers and caches look at the rows every few seconds anyway.
//!
//! | module | what |
//! |---|---|
//! | [`notifier`] | collects what is to be sent |
//! | [`exchange`] | sends and receives, until the server stops |
//! | [`wire_format`] | notifications as text |
//! | [`listen_notify`] | PostgreSQL's LISTEN and NOTIFY |

#[cfg(feature = "postgres")]
pub(crate) mod exchange;
#[cfg(feature = "postgres")]
mod listen_notify;
mod notifier;
#[cfg(feature = "postgres")]
mod wire_format;

pub(crate) use self::notifier::{Notification, Notifier};
