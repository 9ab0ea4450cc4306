//! The auth service: accounts, passwords and sessions. The token check that guards every method is in
//! [`identity`](crate::identity).
//!
//! | module | what |
//! |---|---|
//! | `service` | the methods of `todo.auth.v1.AuthService` on a server |
//! | `local` | the same methods in the embedded mode, where nobody logs in |
//! | `accounts` | usernames, time zones, and the changes made to an account |
//! | `login` | from a name and a password to a session, with rate limits against guessing |
//! | `password_rules` | which passwords may be chosen |
//! | `password` | where hashes are computed |
//! | `password_hash` | Argon2 hashes, new and stored |
//! | `login_throttle` | whose guesses at passwords are slowed down, and how much |
//! | `throttle` | rate limits in fixed memory |
//! | `convert` | rows to messages |
//! | `settings` | what an operator may set |

pub(crate) mod accounts;
mod convert;
mod local;
mod login;
mod login_throttle;
mod password;
mod password_hash;
mod password_rules;
mod service;
mod settings;
mod throttle;

pub(crate) use self::{accounts::EraseAccount, local::LocalAuthService};
pub use self::{password_hash::HashCost, service::AuthService, settings::AuthSettings, throttle::Quota};
