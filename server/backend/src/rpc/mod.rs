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
//! | `within_budget` | memory for the request and its answer, within the `budget` of the caller and of all |
//! | `page_budget` | the same for the pages of the main service |
//! | `read_message` | the request's one message is read |
//! | `answer_body` | the answer's bytes are counted until they are sent |
//! | `encoded` | answers that the store has in their bytes |
//! | `connection` | what is noted about the connection that a call came over |
//! | [`method_policy`] | every method there is, and who may call it |
//!
//! To add a layer: its file, and its line in `rpc_stack`.

mod answer_body;
mod authenticate;
mod budget;
mod catch_panic;
mod connection;
mod deadline;
mod encoded;
pub mod method_policy;
mod observe;
mod page_budget;
mod read_message;
mod rpc_stack;
mod shutdown_body;
mod tonic_errors;
mod within_budget;

pub use self::{
    budget::Budget, connection::Connection, observe::CallObserver, page_budget::PageBudget,
    rpc_stack::RpcStack, tonic_errors::MAX_REQUEST,
};
pub(crate) use self::{
    budget::{Payer, Reservation},
    encoded::{Encoded, EncodedCodec},
};
