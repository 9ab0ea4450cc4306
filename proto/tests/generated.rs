//! What is checked in under `src/generated` is what the `.proto` files say.
//!
//! To generate it anew after a change: `UPDATE_GENERATED=1 cargo test -p todo-proto`.
#![cfg(test)]

use std::{fs, path::Path};

/// The `.proto` files of the contract.
const FILES: [&str; 2] = ["todo/auth/v1/auth.proto", "todo/v1/todo.proto"];
/// What is generated from them.
const GENERATED: [&str; 3] = ["todo.auth.v1.rs", "todo.v1.rs", "descriptor.bin"];
/// Messages whose `Debug` is written by hand in `src/secrets.rs` and leaves the secret out.
const SECRET: [&str; 5] = [
    "todo.auth.v1.RegisterRequest",
    "todo.auth.v1.LoginRequest",
    "todo.auth.v1.LoginResponse",
    "todo.auth.v1.ChangePasswordRequest",
    "todo.auth.v1.DeleteAccountRequest",
];

/// Compiles the files with protox, so that no `protoc` has to be installed.
fn generate(directory: &Path) {
    let mut compiler = protox::Compiler::new([env!("CARGO_MANIFEST_DIR")]).unwrap();
    compiler.include_source_info(true).include_imports(true).open_files(FILES).unwrap();
    fs::write(directory.join("descriptor.bin"), compiler.encode_file_descriptor_set()).unwrap();
    tonic_prost_build::configure()
        .out_dir(directory)
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        // The transport belongs to the crates that open connections.
        .build_transport(false)
        .skip_debug(SECRET)
        .compile_fds(compiler.file_descriptor_set())
        .unwrap();
}

#[test]
fn generated_code_is_up_to_date() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated");
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    for name in GENERATED {
        let generated = fs::read(fresh.path().join(name)).unwrap();
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            fs::write(checked_in.join(name), &generated).unwrap();
        }
        let is_current = fs::read(checked_in.join(name)).is_ok_and(|current| current == generated);
        assert!(is_current, "src/generated/{name} is old: UPDATE_GENERATED=1 cargo test -p todo-proto");
    }
}
