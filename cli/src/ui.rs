//! The only place that prints: decides about colour and layout, and writes reports as text, JSON or ids.
//!
//! Data goes to standard output, notes, hints and errors to standard error. A reader that closed the pipe ends the
//! output quietly: `todo list | head -1` is no error.

use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstream::AutoStream;

use crate::args::{ColorArg, GlobalArgs};
use crate::error::{Error, Kind};
use crate::styled::{Line, Screen, Style};
use crate::text;
use crate::view::{Report, View};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Ids,
}

/// Whether standard output still has a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputState {
    /// It has, as far as is known.
    Open,
    /// The pipe is closed: what is printed from now on is lost.
    Closed,
}

/// The printer.
#[derive(Debug)]
pub(crate) struct Ui {
    format: Format,
    screen: Screen,
    color_out: bool,
    color_err: bool,
}

impl Ui {
    /// A printer for what the command line and the environment ask for.
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        let format = match (global.json, global.quiet) {
            (true, _) => Format::Json,
            (_, true) => Format::Ids,
            _ => Format::Text,
        };
        let width = io::stdout()
            .is_terminal()
            .then(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0).max(20)));
        Self {
            format,
            screen: Screen { width },
            color_out: use_color(global.color, width.is_some()),
            color_err: use_color(global.color, io::stderr().is_terminal()),
        }
    }

    /// Whether the output is one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether a person reads the output as it comes.
    pub(crate) fn is_terminal(&self) -> bool {
        self.screen.width.is_some()
    }

    /// Prints what came of a command, and returns what to exit with. The command's failure counts more than one of
    /// printing.
    pub(crate) fn finish(&self, result: Result<Report, Error>) -> u8 {
        let outcome = result.and_then(|report| {
            let printed =
                report.view.as_ref().map_or(Ok(OutputState::Open), |view| self.print(view.as_ref()));
            report.notes.iter().for_each(|note| self.note(note));
            report.failure.map_or(printed, Err)
        });
        match outcome {
            Ok(_) => 0,
            Err(error) => {
                self.error(&error);
                error.kind().exit_code()
            }
        }
    }

    /// Prints one view.
    pub(crate) fn print(&self, view: &dyn View) -> Result<OutputState, Error> {
        match self.format {
            Format::Text => write_stdout(|out| {
                view.lines(self.screen).iter().try_for_each(|line| line.write(self.color_out, out))
            }),
            Format::Json => write_json(&format!("{:#}", view.json())),
            Format::Ids => write_stdout(|out| view.ids().iter().try_for_each(|id| writeln!(out, "{id}"))),
        }
    }

    /// Prints one of many views that come one by one: in JSON, each on a line of its own.
    pub(crate) fn print_next(&self, view: &dyn View) -> Result<OutputState, Error> {
        match self.format {
            Format::Json => write_json(&view.json().to_string()),
            Format::Text | Format::Ids => self.print(view),
        }
    }

    /// Prints a note on standard error. With `--json` and `--quiet` there is only the data.
    pub(crate) fn note(&self, note: &Line) {
        if self.format == Format::Text {
            self.print_error_line(note);
        }
    }

    /// Prints why the command failed, on standard error.
    pub(crate) fn error(&self, error: &Error) {
        if self.is_json() {
            let document = format!("{:#}", error.json());
            write_stderr(format!("{}\n", text::json(&document)).as_bytes());
            return;
        }
        if error.kind() == Kind::Interrupted {
            // No message: the user pressed Ctrl-C. Only a line end, behind the `^C` that the terminal may show.
            if io::stderr().is_terminal() {
                write_stderr(b"\n");
            }
            return;
        }
        self.print_error_line(
            &Line::new().with(Style::Alarm, "Error:").with(Style::Plain, format!(" {error}")),
        );
        for cause in error.causes() {
            self.print_error_line(
                &Line::new().with(Style::Dim, "Caused by:").with(Style::Plain, format!(" {cause}")),
            );
        }
        if let Some(hint) = error.hint_text() {
            let mut line = Line::new().with(Style::Good, "Hint:").with(Style::Plain, " ");
            line.0.extend(Line::prose(Style::Plain, hint).0);
            self.print_error_line(&line);
        }
    }

    fn print_error_line(&self, line: &Line) {
        let mut bytes = Vec::new();
        line.write(self.color_err, &mut bytes).unwrap_or_default();
        write_stderr(&bytes);
    }
}

/// Prints text that is ours and meant for programs: completions, manual pages.
pub(crate) fn print_raw(bytes: &[u8]) -> Result<OutputState, Error> {
    write_stdout(|out| out.write_all(bytes))
}

/// Prints a question, without a line end.
pub(crate) fn print_prompt(question: &str) {
    write_stderr(text::line(question).as_bytes());
}

fn write_json(document: &str) -> Result<OutputState, Error> {
    write_stdout(|out| writeln!(out, "{}", text::json(document)))
}

/// The content has colours if they are wanted; anstream only translates them for old consoles of Windows.
fn write_stdout(
    content: impl FnOnce(&mut BufWriter<AutoStream<StdoutLock<'static>>>) -> io::Result<()>,
) -> Result<OutputState, Error> {
    let mut out = BufWriter::new(AutoStream::always(io::stdout().lock()));
    match content(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(OutputState::Open),
        Err(error) => {
            // What is left in the buffer cannot be written either.
            drop(out.into_parts());
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Ok(OutputState::Closed);
            }
            Err(Error::failure("Could not write the output.").caused_by(&error))
        }
    }
}

/// Writes in one piece, so that the lines of several processes do not mix. A failure is ignored: there is nowhere to report it.
fn write_stderr(bytes: &[u8]) {
    AutoStream::always(io::stderr().lock()).write_all(bytes).unwrap_or_default();
}

/// With `TODO_LOG` set to a level such as `debug`, writes what the libraries log to standard error: the retries of a
/// call, or what lies behind an error of the embedded backends.
pub(crate) fn init_logging() {
    let Some(level) = env::var("TODO_LOG").ok().filter(|level| !level.is_empty()) else { return };
    let level = level.parse().unwrap_or(tracing_subscriber::filter::LevelFilter::DEBUG);
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}

/// Prints what clap has to say instead of running a command: help and the version to standard output, errors to standard
/// error. Returns what to exit with.
pub(crate) fn print_clap_error(error: &clap::Error) -> u8 {
    let failed = error.use_stderr();
    let json =
        std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    if failed && json {
        let message = error.kind().as_str().unwrap_or("The command line cannot be read.");
        let text = error.to_string();
        // The first paragraph is the message; usage and tips follow.
        let paragraph: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let paragraph = paragraph.join(" ");
        let first = paragraph.strip_prefix("error: ").unwrap_or(message);
        let error = Error::usage(first).hint("`todo --help` explains.");
        let document = format!("{:#}\n", error.json());
        write_stderr(text::json(&document).as_bytes());
    } else {
        // Fails if the pipe is closed.
        error.print().unwrap_or_default();
    }
    if failed { Kind::Usage.exit_code() } else { 0 }
}

/// Whether to write colours: `--color` decides; then `NO_COLOR`, `CLICOLOR_FORCE` and `CLICOLOR` (see
/// <https://no-color.org>, <https://bixense.com/clicolors>); then whether a terminal is there that knows colours.
///
/// Not `anstream::AutoStream::choice`, to which `CLICOLOR_FORCE=0` is one more way to force them.
fn use_color(choice: ColorArg, terminal: bool) -> bool {
    let forced = || env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto if anstyle_query::no_color() => false,
        ColorArg::Auto if forced() => true,
        ColorArg::Auto if anstyle_query::clicolor() == Some(false) => false,
        ColorArg::Auto => terminal && anstyle_query::term_supports_color(),
    }
}
