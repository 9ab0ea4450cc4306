//! What the clients and the servers of Todo must agree on: plain types and their rules, each written and tested once.
//!
//! Nothing here opens a connection, a file or a database, and nothing knows the contract's generated types: what is
//! wrong with a value is said by a plain error, which a server turns into the violation of a field and a program into a
//! sentence for whoever typed it.
//!
//! | module | what | who relies on it |
//! |---|---|---|
//! | [`due`] | [`Due`]: when a todo is due, in its three kinds; how one is checked, stored and compared | all |
//! | [`grammar`] | how people type: dates and times, and filters | whoever reads what people type |
//! | [`date_settings`] | [`DateSettings`](date_settings::DateSettings): week, day, date order and clock of an account | all |
//! | [`repeat`] | [`Rule`]: how often something repeats, by RFC 5545; [`Repeat`]: where a todo is in its series | all |
//! | [`time_zone`] | zones by name or offset; times that a clock skips or repeats | all |
//! | [`text`] | what a title, a description, a tag, a name may hold | servers; clients that check before they ask |
//! | [`limits`] | how long and how many | the same |
//! | [`id_prefix`] | [`IdPrefix`]: how the beginning of an id is read | servers; clients that take one from people |
//! | [`token`] | the form of tokens: prefix, digits, checksum | auth, which makes them; clients, which notice broken ones |
//! | [`secret`] | [`Secret`]: text that must not be shown | all |
//! | [`loopback`] | which hosts can only mean this machine | whoever may go without encryption there only |
//! | [`caller`] | who is calling: address, scheme, request id | servers |
//! | [`status_code`] | what gRPC's status codes are called | servers, for metrics; clients, for errors |
//! | [`clock`] | where the time comes from | servers |
//!
//! # To change a rule about a text
//!
//! 1. A number: change it in [`limits`], and the sentence of [`TextError`](text::TextError) that says it; a test compares
//!    the two.
//! 2. What a text may hold: change its function in [`text`] and the test below it. A new sentence is a new variant.
//! 3. The comments of the field in `proto/` say the same to those who use the contract alone.
//!
//! Servers and clients follow without a change, as they call the function.
//!
//! # To teach the grammar a word
//!
//! Add it to the function that reads its part, which the table in `grammar/dates.rs` names, to the words of `nearest` there,
//! to the table of phrases in `grammar/dates/tests.rs`, and to docs/dates.md, which a test compares with the grammar.

pub mod caller;
pub mod clock;
pub mod date_settings;
pub mod due;
pub mod grammar;
pub mod id_prefix;
pub mod limits;
pub mod loopback;
pub mod repeat;
pub mod secret;
pub mod status_code;
pub mod text;
pub mod time_zone;
pub mod token;

pub use due::Due;
pub use id_prefix::IdPrefix;
pub use repeat::{Repeat, Rule};
pub use secret::Secret;
pub use token::TokenKind;
