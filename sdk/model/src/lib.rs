//! What the clients and the servers of Todo must agree on: plain types and their rules, without I/O.
//!
//! | module | what |
//! |---|---|
//! | [`caller`] | who is calling: address, scheme, request id |
//! | [`clock`] | where the time comes from |

pub mod caller;
pub mod clock;
