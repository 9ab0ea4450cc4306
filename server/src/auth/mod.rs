//! The auth service: accounts, passwords, sessions.

mod accounts;
mod login;
mod password;
pub(crate) mod revocations;
mod service;
pub(crate) mod session;
mod settings;
pub(crate) mod source;
mod throttle;
pub(crate) mod token;

pub use self::{
    password::HashCost,
    settings::AuthSettings,
    source::{Network, NetworkError},
    throttle::Allowance,
};
pub(crate) use service::AuthService;
