//! Programs that tests need and that may not be installed.

use std::{
    env,
    ffi::OsString,
    io::{self, Write as _},
    process::{Command, Stdio},
};

/// Finds a program that can do what `probe` asks of it. Without one the test is left out, loudly; with `CI=true`
/// that is a failure.
pub(crate) fn find(variable: &str, program: &str, probe: &[&str], install: &str) -> Option<OsString> {
    let program = env::var_os(variable).unwrap_or_else(|| program.into());
    let works = Command::new(&program).args(probe).stdin(Stdio::null()).output();
    if works.is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    let message = format!("LEFT OUT: tests with {}: {install}", program.display());
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{message}");
    // Not through the macros: the test harness would hide what they print.
    writeln!(io::stderr(), "{message}").unwrap();
    None
}
