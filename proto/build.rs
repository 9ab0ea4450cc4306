//! Compiles the `.proto` files with protox, so that no `protoc` has to be installed.

use std::{env, error::Error, fs, path::PathBuf};

const FILES: [&str; 2] = ["auth/v1/auth.proto", "todo/v1/todo.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true).open_files(FILES)?;

    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out_dir.join("descriptor.bin"), compiler.encode_file_descriptor_set())?;

    tonic_prost_build::configure()
        .build_client(env::var_os("CARGO_FEATURE_CLIENT").is_some())
        .build_server(env::var_os("CARGO_FEATURE_SERVER").is_some())
        // The transport belongs to the crates that open connections.
        .build_transport(false)
        // Their `Debug` is written by hand in `src/secrets.rs` and leaves the secret out.
        .skip_debug([
            "auth.v1.RegisterRequest",
            "auth.v1.LoginRequest",
            "auth.v1.LoginResponse",
            "auth.v1.ChangePasswordRequest",
            "auth.v1.DeleteAccountRequest",
        ])
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
