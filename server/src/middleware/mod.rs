//! What happens to every call before and after its method, over a network and inside the process alike.
//!
//! | module | what |
//! |---|---|
//! | [`front`] | the one service in front of all methods; calls the others in order |
//! | [`deadline`] | DEADLINE_EXCEEDED for a call that takes too long |
//! | [`panics`] | INTERNAL for a method that panics |
//! | [`framework`] | the codes of the table for what the gRPC framework itself refuses, such as too large a request |
//! | [`request_id`] | what ties the lines of the log, the answer and a bug report together |
//! | [`ending`] | an end for open streams when the server stops |

mod deadline;
mod ending;
mod framework;
mod front;
mod panics;
mod request_id;

pub(crate) use self::{framework::MAX_REQUEST, front::Front, request_id::RequestId};
