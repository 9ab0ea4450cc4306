//! The logins that `todo login` stores, and the clients opened with them.
//!
//! | file | what |
//! |---|---|
//! | `open.rs` | [`Client::from_login`](crate::Client::from_login) |
//! | `config.rs` | [`Config`]: the configuration file, which holds profiles and no secret |
//! | `profile.rs` | [`Profile`]: a server, who is logged in there, and where the token lies |
//! | `store.rs` | [`CredentialStore`]: keeps each token where its profile says |
//! | `entry.rs` | what is kept of a login |
//! | `keyring.rs` | tokens in the keyring of the operating system |
//! | `token_file.rs` | tokens in files, for machines that have no keyring |
//! | `private_file.rs` | how files are written: whole or not at all, for the person only |
//! | `error.rs` | [`CredentialError`] |
//!
//! The methods of a [`CredentialStore`] block, a keyring's for at most 3 seconds: call them off the async threads. Nothing
//! here reads the environment but [`Config::load`], to find the person's configuration directory.

mod config;
mod entry;
mod error;
mod keyring;
mod open;
mod private_file;
mod profile;
mod store;
mod token_file;

pub use config::Config;
pub use error::CredentialError;
pub use profile::{Profile, TokenStore};
pub use store::CredentialStore;
