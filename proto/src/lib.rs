//! The contract of Todo: the gRPC services `todo.auth.v1` and `todo.v1`.
//!
//! Everything here is generated from the `.proto` files beside this crate; the comments there are the
//! documentation. No logic lives here. The generated code is checked in, so that building Todo does not build a protobuf
//! compiler first; a test fails when it is older than the `.proto` files. Rust programs want the `todo-sdk` crate, which wraps these clients.
//!
//! | where | what |
//! |---|---|
//! | [`auth::v1`] | accounts, passwords, sessions: `todo/auth/v1/auth.proto` |
//! | [`todo::v1`] | todos, projects, operations, the change feed: `todo/v1/todo.proto` |
//! | [`FILE_DESCRIPTOR_SET`] | both files and their imports, for gRPC reflection |
//!
//! To add a field: write it with its comment into the `.proto` file under the next free number, generate with
//! `UPDATE_GENERATED=1 cargo test -p todo-proto`, then follow the compiler through the server's `convert` modules and the SDK's `convert` module. Fields and numbers are never
//! reused or renamed.

mod secrets;

/// Accounts, passwords and sessions.
pub mod auth {
    /// Version 1.
    #[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated code")]
    pub mod v1 {
        include!("generated/todo.auth.v1.rs");
    }
}

/// Todos, projects, operations and the change feed.
pub mod todo {
    /// Version 1.
    #[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated code")]
    pub mod v1 {
        include!("generated/todo.v1.rs");
    }
}

/// The encoded `google.protobuf.FileDescriptorSet` of both services, with imports and comments.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/descriptor.bin");
