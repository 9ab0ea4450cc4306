//! Who is calling: from the token in the metadata to an `Identity` in the request's extensions.
//!
//! The [RPC stack](crate::rpc) asks the `Authenticator` before any method that is not
//! [public](crate::rpc::method_policy). A handler takes the answer with `Identity::of`, which fails if the layer is missing.
//!
//! | module | what |
//! |---|---|
//! | `authenticator` | the token check of every call, and the watch over a stream's session |
//! | `sessions` | the check's cache, kept for 5 seconds and never after a revocation |
//! | `single_flight` | at most one lookup of each token at a time |
//! | `verifier` | [`TokenVerifier`]: who knows whether a token is valid |
//! | `session_table` | the database as the verifier: one statement |
//! | `revocations` | what makes a cached answer stale |
//! | `token` | tokens and their hashes |

mod authenticator;
mod revocations;
mod session_table;
mod sessions;
mod single_flight;
mod token;
mod verifier;

pub(crate) use self::{
    authenticator::Authenticator,
    identity::Identity,
    session_table::SessionTable,
    sessions::Sessions,
    token::{Token, TokenHash},
};
pub use self::{
    token::PresentedToken,
    verifier::{TokenVerifier, VerifiedToken},
};

#[expect(clippy::module_inception, reason = "the type that the module is about, in a file of its own")]
mod identity;
