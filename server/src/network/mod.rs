//! The network: from a listening socket to calls, within limits that no client can move.
//!
//! | module | what |
//! |---|---|
//! | [`listeners`] | the sockets |
//! | [`accept`] | the loop that accepts connections, and the tasks that serve them |
//! | [`client_ip`] | who is calling, as far as trusted proxies tell |
//! | [`connection_limit`] | how many connections there may be, of all and of one source |
//! | [`preface`] | a deadline for new connections that say nothing |
//! | [`tls`], `certificate_reload` | the server's certificate, and those of clients |
//! | [`dispatch`] | which requests are calls of methods, and which are for the pages |
//! | [`grpc_web`] | gRPC-web, and which other sites may use it |
//!
//! We accept by ourselves because nothing else sets all of these limits: a framework's own loop lets connections stay
//! silent for ever, counts none of them, and spins when the process is out of file descriptors.

mod accept;
#[cfg(unix)]
pub(crate) mod certificate_reload;
mod client_ip;
mod connection_limit;
mod dispatch;
mod grpc_web;
mod listeners;
mod preface;
pub(crate) mod tls;

pub use self::listeners::Listeners;
pub(crate) use self::{accept::Network, dispatch::Dispatch, grpc_web::GrpcWeb};
