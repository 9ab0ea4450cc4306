//! The real `todo` in a cleared environment, against the embedded backends and against a real server.
//!
//! | file | what |
//! |---|---|
//! | `sandbox.rs` | a home directory of its own, transcripts of commands, what is normalised in them |
//! | `server.rs` | a `todo-server` on a free port inside the test process |
//! | `help.rs` | the whole tree of help texts, completions, manual pages |
//! | `embedded.rs` | every command that needs no server |
//! | `organizing.rs` | parts, notes, the manual order, deleted projects, the trash for good |
//! | `storage.rs` | the embedded file: many processes at once, damage, maintenance |
//! | `output.rs` | formats: JSON documents, ids, colour, pipes, hostile text |
//! | `failures.rs` | exit codes and what is said about failures |
//! | `remote.rs` | accounts, sessions and todos on a server |
//! | `terminal.rs` | on a terminal: widths, prompts, Ctrl-C |
//! | `traces.rs` | a command that is part of somebody's trace |
//! | `keyring.rs` | tokens in a real Secret Service: there, absent, locked, hung |
//!
//! Snapshots hold standard output and standard error. After a change that is meant:
//! `INSTA_UPDATE=always cargo test -p todo-cli --test it`, then read the difference.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where; clippy allows this in test functions only"
)]

mod backup;
#[path = "../../../server/tests/it/collector.rs"]
mod collector;
mod embedded;
mod failures;
mod help;
#[cfg(target_os = "linux")]
mod keyring;
mod organizing;
mod output;
#[cfg(target_os = "linux")]
#[path = "../../../server/tests/it/programs.rs"]
mod programs;
mod remote;
mod sandbox;
mod server;
mod storage;
mod terminal;
mod traces;
#[path = "../../../server/tests/it/wait.rs"]
mod wait;
