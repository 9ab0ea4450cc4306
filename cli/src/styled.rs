//! Lines of styled text: what commands and views build and only [`crate::ui`] writes.
//!
//! A [`Style`] says what a piece of text is to the reader; the colours of the terminal follow from it here. All text is
//! escaped as it becomes a [`Span`], so no title or name can send commands to the terminal.

use std::io::{self, Write};

use anstyle::AnsiColor;

use crate::text;

/// What role a piece of text plays for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Ordinary text.
    Plain,
    /// The subject of the line.
    Strong,
    /// Secondary information.
    Dim,
    /// Overdue, or an error.
    Alarm,
    /// Due soon, or a warning.
    Warn,
    /// Done, or successful.
    Good,
    /// Names that somebody chose: projects, tags, commands.
    Name,
}

impl Style {
    /// A piece of text in this style. Characters that a terminal would interpret are escaped here, so that no text
    /// is shown unescaped.
    pub(crate) fn span(self, text: impl AsRef<str>) -> Span {
        Span { text: text::line(text.as_ref()).into_owned(), style: self }
    }

    fn ansi(self) -> anstyle::Style {
        match self {
            Self::Plain => anstyle::Style::new(),
            Self::Strong => anstyle::Style::new().bold(),
            Self::Dim => anstyle::Style::new().dimmed(),
            Self::Alarm => AnsiColor::Red.on_default().bold(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Name => AnsiColor::Cyan.on_default(),
        }
    }
}

/// A piece of text on one line, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Escaped already: made by [`Style::span`] only.
    pub(crate) text: String,
    /// Its role for the reader.
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

    /// Writes the line and its end, with colours or without.
    pub(crate) fn write(&self, color: bool, out: &mut impl Write) -> io::Result<()> {
        // Padding behind the last word would only wrap on terminals that are resized. Tabs stay: programs count the fields
        // between them, the empty ones too.
        let is_padding = |span: &Span| span.text.trim_end_matches(' ').is_empty();
        let last = self.0.iter().rposition(|span| !is_padding(span));
        for (at, span) in self.0.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            let text = if Some(at) == last { span.text.trim_end_matches(' ') } else { span.text.as_str() };
            if color && span.style != Style::Plain && !text.is_empty() {
                let ansi = span.style.ansi();
                write!(out, "{ansi}{text}{ansi:#}")?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &Line, color: bool) -> String {
        let mut out = Vec::new();
        line.write(color, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn colours_are_written_only_when_asked_for() {
        let line = Line::plain("a ").with(Style::Alarm, "b").with(Style::Dim, "  ");
        assert_eq!(written(&line, true), "a \x1b[1m\x1b[31mb\x1b[0m\n");
        assert_eq!(written(&line, false), "a b\n");
        assert_eq!(written(&Line::new(), true), "\n");
        let fields = ["a", "", "b", "", ""].map(|field| Style::Dim.span(field));
        assert_eq!(written(&Line::tabbed(fields), false), "a\t\tb\t\t\n", "empty fields are there");
    }

    #[test]
    fn all_text_is_escaped() {
        let line = Line::plain("a\x1b[2Jb").with(Style::Name, "c\nd");
        assert_eq!(written(&line, false), "a\\u{1b}[2Jbc\\nd\n");
        assert_eq!(written(&Line::prose(Style::Plain, "run `todo\x07`"), false), "run `todo\\u{7}`\n");
    }
}
