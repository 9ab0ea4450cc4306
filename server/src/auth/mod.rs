//! The auth service: accounts, passwords, sessions, and the token check that guards every method.
//!
//! | module | what |
//! |---|---|
//! | `service` | the methods of `auth.v1.AuthService` on a server |
//! | `local` | the same methods in the embedded mode, where nobody logs in |
//! | `accounts` | usernames, time zones, and the changes made to an account |
//! | `login` | from a name and a password to a session, slowly for those who guess |
//! | `password` | which passwords are allowed, and their hashes |
//! | `throttle`, `source` | how often, and from where |
//! | `token` | the text that stands for a session |
//! | `session`, `revocations` | whether a token is good, quickly and never wrongly; the database or another server says so |
//! | `messages` | rows to messages |
//! | `settings` | what an operator may set |

pub(crate) mod accounts;
mod local;
mod login;
mod messages;
mod password;
pub(crate) mod revocations;
mod service;
pub(crate) mod session;
mod settings;
pub(crate) mod source;
mod throttle;
pub(crate) mod token;

pub(crate) use self::{local::LocalAuthService, service::AuthService};
pub use self::{
    password::HashCost,
    settings::AuthSettings,
    source::{Network, NetworkError},
    throttle::Allowance,
};
