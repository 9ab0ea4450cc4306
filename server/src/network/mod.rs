//! The network: from a listening socket to calls, within limits that no client can move.
//!
//! | module | what |
//! |---|---|
//! | [`listeners`] | the sockets |
//! | [`accept`] | the loop that accepts connections, and the tasks that serve them |
//! | [`crowd`] | how many connections there may be, of all and of one source |
//! | [`preface`] | a deadline for new connections that say nothing |
//! | [`tls`] | the server's certificate, and those of clients |
//! | [`caller`] | the address, the scheme and the id of a request |
//! | [`dispatch`] | which requests are calls of methods, and which are for the pages |
//! | [`browser`] | gRPC-web, and which other sites may use it |
//!
//! We accept by ourselves because nothing else sets all of these limits: a framework's own loop lets connections stay
//! silent for ever, counts none of them, and spins when the process is out of file descriptors.

mod accept;
mod browser;
mod caller;
mod crowd;
mod dispatch;
mod listeners;
mod preface;
pub(crate) mod tls;

pub(crate) use self::{accept::Network, browser::GrpcWeb, dispatch::Dispatch};
pub use self::{
    browser::{CorsOrigin, CorsOriginError},
    listeners::Listeners,
    tls::TlsSettings,
};
