//! What happens to every call before and after its method, over a network and inside the process alike: the layers of
//! [`RpcStack`], from outermost to innermost.
//!
//! | module | what |
//! |---|---|
//! | `rpc_stack` | the layers in their order |
//! | `observe` | the request's id, span, metrics and log line |
//! | `shutdown_body` | an end for open streams when the server stops |
//! | `tonic_errors` | our answers for what tonic itself refuses, such as too large a request |
//! | `deadline` | DEADLINE_EXCEEDED for a call that takes too long |
//! | `catch_panic` | INTERNAL for a method that panics |
//! | `authenticate` | the token check |
//! | [`method_policy`] | every method there is, and who may call it |
//!
//! To add a layer: its file, and its line in `rpc_stack`.

mod authenticate;
mod catch_panic;
mod deadline;
pub mod method_policy;
mod observe;
mod rpc_stack;
mod shutdown_body;
mod tonic_errors;

pub use self::{observe::CallObserver, rpc_stack::RpcStack, tonic_errors::MAX_REQUEST};
