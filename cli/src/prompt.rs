//! Questions on the terminal, and passwords from standard input. Never a question without a terminal: then the error
//! names the flag that makes it unnecessary.

use std::io::{self, IsTerminal as _};

use todo_sdk::Secret;

use crate::commands::read_stdin;
use crate::error::{Error, Kind};
use crate::ui;

/// The contract's limits for a password, in bytes.
const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 8..=1024;

/// Asks for the name of an account.
pub(crate) fn username() -> Result<String, Error> {
    if !can_ask() {
        return Err(Error::usage("Whose account? There is no terminal to ask on.")
            .hint("Give the name as an argument: `todo login USERNAME`."));
    }
    ui::ask("Username: ");
    let mut name = String::new();
    let read = io::stdin().read_line(&mut name).map_err(|error| failed(&error))?;
    if read == 0 || name.trim().is_empty() {
        return Err(cancelled());
    }
    Ok(name.trim().to_owned())
}

/// Asks for a password that exists, or reads it from standard input.
pub(crate) fn password(question: &str, from_stdin: bool) -> Result<Secret, Error> {
    let password = if from_stdin { only_line(read_stdin()?)? } else { hidden(question)? };
    if password.expose().is_empty() { Err(cancelled()) } else { Ok(password) }
}

/// Asks for a new password, twice, or reads it from standard input.
pub(crate) fn new_password(from_stdin: bool) -> Result<Secret, Error> {
    if from_stdin {
        return checked(only_line(read_stdin()?)?);
    }
    let password = checked(hidden("New password: ")?)?;
    if hidden("The same again: ")? == password {
        Ok(password)
    } else {
        Err(Error::usage("The two passwords differ: nothing was changed."))
    }
}

/// The old and the new password: asked for, or two lines of standard input.
pub(crate) fn change_of_password(from_stdin: bool) -> Result<(Secret, Secret), Error> {
    if !from_stdin {
        return Ok((password("Current password: ", false)?, new_password(false)?));
    }
    let text = Secret::from(read_stdin()?);
    let mut lines = text.expose().lines();
    match (lines.next(), lines.next(), lines.next()) {
        (Some(old), Some(new), None) => Ok((Secret::from(old), checked(Secret::from(new))?)),
        _ => Err(Error::usage("Standard input must hold two lines: the old and the new password.")),
    }
}

/// Without its line end, and without a second line that would be lost.
fn only_line(text: String) -> Result<Secret, Error> {
    let text = Secret::from(text);
    let line = text.expose().strip_suffix('\n').unwrap_or(text.expose());
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains('\n') {
        return Err(Error::usage("Standard input must hold one line: the password."));
    }
    Ok(Secret::from(line))
}

fn checked(password: Secret) -> Result<Secret, Error> {
    if PASSWORD_BYTES.contains(&password.expose().len()) {
        return Ok(password);
    }
    Err(Error::usage("A password has 8 to 1,024 bytes.")
        .hint("A few words in a row are easy to keep and hard to guess."))
}

fn hidden(question: &str) -> Result<Secret, Error> {
    if !can_ask() {
        return Err(Error::usage("A password is needed, and there is no terminal to ask for it.")
            .hint("Give `--password-stdin` and the password on standard input."));
    }
    // Ctrl-C gives `Interrupted` here, with the echo back on, because a handler for it stands: see `commands::run`.
    rpassword::prompt_password(question).map(Secret::from).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => Error::interrupted(),
        io::ErrorKind::UnexpectedEof => cancelled(),
        _ => failed(&error),
    })
}

fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn cancelled() -> Error {
    Error::new(Kind::Usage, "Cancelled.")
}

fn failed(error: &io::Error) -> Error {
    Error::failure("Could not read from the terminal.").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_byte_for_byte() {
        let read = |text: &str| only_line(text.to_owned()).map(|password| password.expose().to_owned()).ok();
        assert_eq!(read("correct horse\n").as_deref(), Some("correct horse"));
        assert_eq!(read("correct horse\r\n").as_deref(), Some("correct horse"));
        assert_eq!(read(" spaces stay ").as_deref(), Some(" spaces stay "));
        assert_eq!(read("one\ntwo\n"), None);
    }

    #[test]
    fn new_passwords_have_a_length() {
        assert!(checked(Secret::from("1234567")).is_err());
        assert!(checked(Secret::from("12345678")).is_ok());
        // 8 bytes in 4 characters: the limit is in bytes.
        assert!(checked(Secret::from("üüüü")).is_ok());
        assert!(checked(Secret::from("x".repeat(1025))).is_err());
    }
}
