//! The only place that prints: decides about colour and layout, and writes reports as text, JSON or ids.
//!
//! Data goes to standard output, notes, hints and errors to standard error. A reader that closed the pipe ends the
//! output quietly: `todo list | head -1` is no error.

use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use crate::args::{Color, Global};
use crate::error::{Error, Kind};
use crate::text;
use crate::view::{Report, View};

/// What a piece of text is to the reader. The terminal's colours follow from it, here only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// What the line is about.
    Strong,
    /// What is there for those who look.
    Dim,
    /// Late, or wrong.
    Alarm,
    /// Due soon; to be looked at.
    Warn,
    /// Done, or found in order.
    Good,
    /// Names that somebody chose: projects, tags, commands.
    Name,
}

impl Style {
    /// A piece of text in this style. Characters that a terminal would obey are escaped here, so that no text gets
    /// around it.
    pub(crate) fn span(self, text: impl AsRef<str>) -> Span {
        Span { text: text::line(text.as_ref()).into_owned(), style: self }
    }

    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Dim => "2",
            Self::Alarm => "1;31",
            Self::Warn => "33",
            Self::Good => "32",
            Self::Name => "36",
        }
    }
}

/// A piece of text on one line, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Escaped already: made by [`Style::span`] only.
    pub(crate) text: String,
    /// What it is to the reader.
    pub(crate) style: Style,
}

/// One line of output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line(pub(crate) Vec<Span>);

impl Line {
    /// An empty line.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A line of one plain text.
    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self(vec![Style::Plain.span(text)])
    }

    /// Adds a piece at the end.
    pub(crate) fn push(&mut self, span: Span) {
        self.0.push(span);
    }

    /// This line with a piece added at the end.
    pub(crate) fn with(mut self, style: Style, text: impl AsRef<str>) -> Self {
        self.push(style.span(text));
        self
    }

    /// Fields with tabs between them, for programs. A tab inside a field is escaped, so it is none of these.
    pub(crate) fn tabbed(fields: impl IntoIterator<Item = Span>) -> Self {
        let mut line = Self::new();
        for (at, field) in fields.into_iter().enumerate() {
            if at > 0 {
                line.push(Span { text: "\t".to_owned(), style: Style::Plain });
            }
            line.push(field);
        }
        line
    }

    /// A sentence with commands in backquotes, which are shown as names: `` `todo undo` takes it back. ``
    pub(crate) fn prose(style: Style, text: &str) -> Self {
        let mut line = Self::new();
        for (at, part) in text.split('`').enumerate() {
            if at % 2 == 1 {
                line.push(style.span("`"));
                line.push(Style::Name.span(part));
                line.push(style.span("`"));
            } else if !part.is_empty() {
                line.push(style.span(part));
            }
        }
        line
    }

    fn write(&self, color: bool, out: &mut impl Write) -> io::Result<()> {
        // Padding behind the last word would only wrap on terminals that are resized.
        let last = self.0.iter().rposition(|span| !span.text.trim_end().is_empty());
        for (at, span) in self.0.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            let text = if Some(at) == last { span.text.trim_end() } else { span.text.as_str() };
            if color && span.style != Style::Plain && !text.is_empty() {
                write!(out, "\x1b[{}m{text}\x1b[0m", span.style.sgr())?;
            } else {
                out.write_all(text.as_bytes())?;
            }
        }
        out.write_all(b"\n")
    }
}

/// Where the text goes, for views that lay themselves out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Columns of the terminal; `None` if there is none, for output that programs read: nothing is cut then.
    pub(crate) width: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Ids,
}

/// Whether somebody still reads what we print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Yes, as far as one can tell.
    Listening,
    /// The pipe is closed: nothing that is printed from now on arrives.
    Gone,
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
    pub(crate) fn new(global: &Global) -> Self {
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
            color_out: color(global.color, width.is_some()),
            color_err: color(global.color, io::stderr().is_terminal()),
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
                report.view.as_ref().map_or(Ok(Reader::Listening), |view| self.print(view.as_ref()));
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
    pub(crate) fn print(&self, view: &dyn View) -> Result<Reader, Error> {
        match self.format {
            Format::Text => write(|out| {
                view.lines(self.screen).iter().try_for_each(|line| line.write(self.color_out, out))
            }),
            Format::Json => json(&format!("{:#}", view.json())),
            Format::Ids => write(|out| view.ids().iter().try_for_each(|id| writeln!(out, "{id}"))),
        }
    }

    /// Prints one of many views that come one by one: in JSON, each on a line of its own.
    pub(crate) fn print_next(&self, view: &dyn View) -> Result<Reader, Error> {
        match self.format {
            Format::Json => json(&view.json().to_string()),
            Format::Text | Format::Ids => self.print(view),
        }
    }

    /// Tells something beside the data, on standard error. With `--json` and `--quiet` there is only the data.
    pub(crate) fn note(&self, note: &Line) {
        if self.format == Format::Text {
            self.tell(note);
        }
    }

    /// Tells why the command failed, on standard error.
    pub(crate) fn error(&self, error: &Error) {
        if self.is_json() {
            let document = format!("{:#}", error.json());
            tell(format!("{}\n", text::json(&document)).as_bytes());
            return;
        }
        if error.kind() == Kind::Interrupted {
            // Whoever pressed Ctrl-C knows. The terminal shows it as `^C`, or not at all, behind what stood there.
            if io::stderr().is_terminal() {
                tell(b"\n");
            }
            return;
        }
        self.tell(&Line::new().with(Style::Alarm, "Error:").with(Style::Plain, format!(" {error}")));
        for cause in error.causes() {
            self.tell(&Line::new().with(Style::Dim, "Caused by:").with(Style::Plain, format!(" {cause}")));
        }
        if let Some(hint) = error.hint_text() {
            let mut line = Line::new().with(Style::Good, "Hint:").with(Style::Plain, " ");
            line.0.extend(Line::prose(Style::Plain, hint).0);
            self.tell(&line);
        }
    }

    fn tell(&self, line: &Line) {
        let mut bytes = Vec::new();
        line.write(self.color_err, &mut bytes).unwrap_or_default();
        tell(&bytes);
    }
}

/// Prints text that is ours and meant for programs: completions, manual pages.
pub(crate) fn verbatim(bytes: &[u8]) -> Result<Reader, Error> {
    write(|out| out.write_all(bytes))
}

/// Prints a question, without a line end.
pub(crate) fn ask(question: &str) {
    tell(text::line(question).as_bytes());
}

fn json(document: &str) -> Result<Reader, Error> {
    write(|out| writeln!(out, "{}", text::json(document)))
}

fn write(content: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>) -> Result<Reader, Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    match content(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::Listening),
        Err(error) => {
            // What the writer still holds cannot be written either.
            drop(out.into_parts());
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Ok(Reader::Gone);
            }
            Err(Error::failure("Could not write the output.").caused_by(&error))
        }
    }
}

/// In one piece, so that the lines of several processes do not mix. If standard error is closed there is nobody to tell.
fn tell(bytes: &[u8]) {
    io::stderr().lock().write_all(bytes).unwrap_or_default();
}

/// With `TODO_LOG` set to a level such as `debug`, writes what the libraries log to standard error: the retries of a
/// call, or what lies behind an error of the embedded backends.
pub(crate) fn log_if_asked() {
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
pub(crate) fn stopped(stop: &clap::Error) -> u8 {
    let failed = stop.use_stderr();
    let json =
        std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    if failed && json {
        let message = stop.kind().as_str().unwrap_or("The command line cannot be read.");
        let text = stop.to_string();
        // Its first paragraph; then come usage and tips.
        let told: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let told = told.join(" ");
        let told = told.strip_prefix("error: ").unwrap_or(message);
        let error = Error::usage(told).hint("`todo --help` explains.");
        let document = format!("{:#}\n", error.json());
        tell(text::json(&document).as_bytes());
    } else {
        // Nobody may be there to read it: a closed pipe.
        stop.print().unwrap_or_default();
    }
    if failed { Kind::Usage.exit_code() } else { 0 }
}

/// `--color` decides; then `NO_COLOR`, then `CLICOLOR_FORCE` (see <https://no-color.org>, <https://bixense.com/clicolors>);
/// then whether a terminal is there that knows colours.
fn color(choice: Color, terminal: bool) -> bool {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR").is_some() => false,
        Color::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => terminal && set("TERM").is_none_or(|term| term != "dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &Line, color: bool) -> String {
        let mut out = Vec::new();
        line.write(color, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn colour_is_around_the_text_or_not_at_all() {
        let line = Line::plain("a ").with(Style::Alarm, "b").with(Style::Dim, "  ");
        assert_eq!(written(&line, true), "a \x1b[1;31mb\x1b[0m\n");
        assert_eq!(written(&line, false), "a b\n");
        assert_eq!(written(&Line::new(), true), "\n");
    }

    #[test]
    fn no_text_gets_around_the_escaping() {
        let line = Line::plain("a\x1b[2Jb").with(Style::Name, "c\nd");
        assert_eq!(written(&line, false), "a\\u{1b}[2Jbc\\nd\n");
        assert_eq!(written(&Line::prose(Style::Plain, "run `todo\x07`"), false), "run `todo\\u{7}`\n");
    }
}
