//! Prompts on the terminal, and passwords from standard input. Without a terminal there is no prompt: the error names the
//! flag that makes it unnecessary.

use std::io::{self, IsTerminal as _};

use todo_model::text;
use todo_sdk::Secret;

use crate::echo_guard::EchoGuard;
use crate::error::{Error, Kind};
use crate::ui;

/// Asks for the name of an account.
pub(crate) async fn username() -> Result<String, Error> {
    if !has_terminal() {
        return Err(Error::usage("Whose account? There is no terminal to ask on.")
            .hint("Give the name as an argument: `todo login USERNAME`."));
    }
    ui::print_prompt("Username: ");
    let name = read_line().await?;
    let name = name.trim();
    if name.is_empty() { Err(cancelled()) } else { Ok(name.to_owned()) }
}

/// Asks for a password that exists, or reads it from standard input.
pub(crate) async fn password(question: &str, from_stdin: bool) -> Result<Secret, Error> {
    let password = if from_stdin { single_line(stdin().await?)? } else { hidden_line(question).await? };
    if password.expose().is_empty() { Err(cancelled()) } else { Ok(password) }
}

/// Asks for a new password, twice, or reads it from standard input.
pub(crate) async fn new_password(from_stdin: bool) -> Result<Secret, Error> {
    if from_stdin {
        return check_length(single_line(stdin().await?)?);
    }
    let password = check_length(hidden_line("New password: ").await?)?;
    if hidden_line("The same again: ").await? == password {
        Ok(password)
    } else {
        Err(Error::usage("The two passwords differ: nothing was changed."))
    }
}

/// The old and the new password: asked for, or two lines of standard input.
pub(crate) async fn password_change(from_stdin: bool) -> Result<(Secret, Secret), Error> {
    if !from_stdin {
        return Ok((password("Current password: ", false).await?, new_password(false).await?));
    }
    let text = Secret::from(stdin().await?);
    let mut lines = text.expose().lines();
    match (lines.next(), lines.next(), lines.next()) {
        (Some(old), Some(new), None) => Ok((Secret::from(old), check_length(Secret::from(new))?)),
        _ => Err(Error::usage("Standard input must hold two lines: the old and the new password.")),
    }
}

/// Asks whether to go on, unless `yes` says so already. `flag` is what says it on the command line.
pub(crate) async fn confirm(question: &str, flag: &str, yes: bool) -> Result<(), Error> {
    if yes {
        return Ok(());
    }
    if !has_terminal() {
        return Err(Error::usage(format!("{question} There is no terminal to ask on."))
            .hint(format!("`{flag}` answers the question: nothing was changed yet.")));
    }
    ui::print_prompt(&format!("{question} [y/N] "));
    let answer = read_line().await?.trim().to_lowercase();
    if matches!(answer.as_str(), "y" | "yes") { Ok(()) } else { Err(cancelled()) }
}

/// All of standard input, which must be UTF-8.
pub(crate) async fn stdin() -> Result<String, Error> {
    blocking(|| io::read_to_string(io::stdin().lock()))
        .await
        .map_err(|error| Error::failure("Could not read standard input.").caused_by(&error))
}

/// Removes the line end. A second line, which would be lost, is an error.
fn single_line(text: String) -> Result<Secret, Error> {
    let text = Secret::from(text);
    let line = text.expose().strip_suffix('\n').unwrap_or(text.expose());
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains('\n') {
        return Err(Error::usage("Standard input must hold one line: the password."));
    }
    Ok(Secret::from(line))
}

fn check_length(password: Secret) -> Result<Secret, Error> {
    match text::password_length(password.expose()) {
        Ok(()) => Ok(password),
        Err(_) => Err(Error::usage("A password has 8 to 1,024 bytes.")
            .hint("A few words in a row are easy to keep and hard to guess.")),
    }
}

/// Asks without showing what is typed.
async fn hidden_line(question: &str) -> Result<Secret, Error> {
    if !has_terminal() {
        return Err(Error::usage("A password is needed, and there is no terminal to ask for it.")
            .hint("Give `--password-stdin` and the password on standard input."));
    }
    // The echo is switched off before the prompt is printed, so that an early answer is not shown. Ctrl-C drops this
    // future, and the guard restores the echo.
    let mut guard = EchoGuard::new().map_err(|error| read_failed(&error))?;
    ui::print_prompt(question);
    let mut line = std::pin::pin!(read_line());
    let answer = loop {
        tokio::select! {
            answer = &mut line => break Secret::from(answer?),
            continued = guard.continued() => {
                continued.map_err(|error| read_failed(&error))?;
                ui::print_prompt(question);
            }
        }
    };
    drop(guard);
    single_line(answer.expose().to_owned())
}

/// One line of standard input, with its end.
async fn read_line() -> Result<String, Error> {
    let mut line = String::new();
    let (read, line) = blocking(move || io::stdin().read_line(&mut line).map(|read| (read, line)))
        .await
        .map_err(|error| read_failed(&error))?;
    if read == 0 { Err(cancelled()) } else { Ok(line) }
}

/// Reads on a blocking thread, so that Ctrl-C is handled meanwhile.
async fn blocking<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// Whether a question would reach somebody.
pub(crate) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn cancelled() -> Error {
    Error::new(Kind::Usage, "Cancelled.")
}

fn read_failed(error: &io::Error) -> Error {
    Error::failure("Could not read from the terminal.").caused_by(error)
}

#[cfg(test)]
mod tests {
    use todo_model::limits;

    use super::*;

    #[test]
    fn the_line_end_is_removed_from_a_password_and_a_second_line_refused() {
        let read =
            |text: &str| single_line(text.to_owned()).map(|password| password.expose().to_owned()).ok();
        assert_eq!(read("correct horse\n").as_deref(), Some("correct horse"));
        assert_eq!(read("correct horse\r\n").as_deref(), Some("correct horse"));
        assert_eq!(read(" spaces stay ").as_deref(), Some(" spaces stay "));
        assert_eq!(read("one\ntwo\n"), None);
    }

    /// The sentence names the limits in words: it must say the same.
    #[test]
    fn the_length_of_new_passwords_is_checked() {
        assert!(check_length(Secret::from("1234567")).is_err());
        assert!(check_length(Secret::from("12345678")).is_ok());
        // 8 bytes in 4 characters: the limit is in bytes.
        assert!(check_length(Secret::from("üüüü")).is_ok());
        assert!(check_length(Secret::from("x".repeat(1025))).is_err());
        assert_eq!((limits::MIN_PASSWORD_BYTES, limits::MAX_PASSWORD_BYTES), (8, 1024));
    }
}
