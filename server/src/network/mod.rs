//! The network: from a listening socket to calls, within limits that no client can move.
//!
//! | module | what |
//! |---|---|
//! | [`listeners`] | the sockets |
//! | [`accept`] | the loop that accepts connections, and the tasks that serve them |
//! | [`client_ip`] | who is calling, as far as trusted proxies tell |
//! | [`connection_table`] | how many connections there may be, of all and of one source, and which make room for others |
//! | [`preface`] | a deadline for new connections that say nothing |
//! | [`stalled_streams`], [`write_timeout`] | deadlines for clients that do not read |
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
mod connection_table;
mod dispatch;
mod grpc_web;
mod listeners;
mod preface;
mod stalled_streams;
pub(crate) mod tls;
mod write_timeout;

pub use self::listeners::Listeners;
pub(crate) use self::{
    accept::Network,
    dispatch::{Dispatch, current_connection},
    grpc_web::GrpcWeb,
};
