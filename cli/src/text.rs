//! Makes text from elsewhere safe to show: titles and names come from servers, files and other people.
//!
//! A terminal interprets the control sequences in a text. Control characters could move the cursor, recolour, rewrite the window title or
//! answer for the user; bidirectional overrides could make a line read as something else. Both are shown as
//! `\u{1b}` instead. Everything that prints text goes through here; JSON goes through [`json`].

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a terminal must not get this character as it is.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Embeddings, overrides and isolates of the bidirectional algorithm.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators, which would break a line of output.
            | '\u{2028}' | '\u{2029}')
}

/// Escapes a text that must stay on one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escape(text, is_unsafe)
}

/// Escapes a text of several lines: line feeds and tabs stay.
pub(crate) fn block(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_unsafe(c) && c != '\n' && c != '\t')
}

/// Escapes a JSON document so that a terminal can show it. The document's meaning stays the same: these characters
/// can stand inside strings only, and there `\u202e` is another spelling of the character.
pub(crate) fn json(document: &str) -> Cow<'_, str> {
    replace(
        document,
        |c| is_unsafe(c) && c != '\n',
        // All unsafe characters lie in the Basic Multilingual Plane, so one code unit spells each.
        |c, out| write!(out, "\\u{:04x}", u32::from(c)),
    )
}

fn escape(text: &str, unsafe_here: impl Fn(char) -> bool) -> Cow<'_, str> {
    replace(text, unsafe_here, |c, out| match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        c => write!(out, "{}", c.escape_unicode()),
    })
}

fn replace(
    text: &str,
    unsafe_here: impl Fn(char) -> bool,
    spell: impl Fn(char, &mut String) -> std::fmt::Result,
) -> Cow<'_, str> {
    if !text.contains(&unsafe_here) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if unsafe_here(c) {
            // Writing to a String does not fail.
            spell(c, &mut out).unwrap_or_default();
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Columns that the text takes on a terminal: two for each wide character, none for combining ones.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Shortens the text to at most `columns`, with `…` where something was cut off.
pub(crate) fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut end = 0;
    let mut used = 0;
    for (at, c) in text.char_indices() {
        let next = used + c.width().unwrap_or(0);
        if next > columns - 1 {
            break;
        }
        used = next;
        end = at + c.len_utf8();
    }
    // Widths of single characters and of their sequence differ for emoji; the sequence is what the terminal shows.
    while width(&text[..end]) > columns - 1 {
        end = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    Cow::Owned(format!("{}…", text[..end].trim_end()))
}

/// Breaks a text into lines of at most `columns`, at spaces where there are any. Its own line breaks stay.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut current = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            if used > 0 && used + width(word.trim_end()) > columns {
                lines.push(std::mem::take(&mut current).trim_end().to_owned());
                used = 0;
            }
            for c in word.chars() {
                let w = c.width().unwrap_or(0);
                if used + w > columns && c != ' ' {
                    lines.push(std::mem::take(&mut current).trim_end().to_owned());
                    used = 0;
                }
                current.push(c);
                used += w;
            }
        }
        lines.push(current.trim_end().to_owned());
    }
    lines
}

/// `1 todo`, `3 todos`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_bidi_overrides_are_escaped() {
        assert_eq!(line("plain Ünïcode 買い物 👩‍👩‍👧"), "plain Ünïcode 買い物 👩‍👩‍👧");
        assert_eq!(line("a\x1b[31mred"), "a\\u{1b}[31mred");
        assert_eq!(line("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
        assert_eq!(line("pay \u{202e}lla\u{2069}"), "pay \\u{202e}lla\\u{2069}");
        assert_eq!(line("\u{9b}31m\u{7f}\u{2028}"), "\\u{9b}31m\\u{7f}\\u{2028}");
        assert_eq!(block("one\n\ttwo\x07"), "one\n\ttwo\\u{7}");
    }

    #[test]
    fn escaped_json_parses_to_the_same_text() {
        let text = "a\u{202e}b\u{9b}c\x7f";
        let plain = serde_json::to_string_pretty(&[text]).unwrap();
        let escaped = json(&plain);
        assert!(!escaped.chars().any(|c| is_unsafe(c) && c != '\n'), "{escaped}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&escaped).unwrap(), [text]);
    }

    #[test]
    fn truncation_counts_terminal_columns() {
        assert_eq!(truncate("Buy milk", 8), "Buy milk");
        assert_eq!(truncate("Buy milk", 7), "Buy mi…");
        assert_eq!(truncate("Buy milk", 5), "Buy…");
        assert_eq!(truncate("買い物に行く", 12), "買い物に行く");
        assert_eq!(truncate("買い物に行く", 6), "買い…");
        assert_eq!(truncate("買い物に行く", 1), "…");
        assert_eq!(truncate("x", 0), "");
        for columns in 0..20 {
            assert!(width(&truncate("日本 👩‍👩‍👧 ümläut e\u{301}e\u{301}", columns)) <= columns);
        }
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_keeps_line_breaks() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("one\n\ntwo", 8), ["one", "", "two"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("買い物に行く", 5), ["買い", "物に", "行く"]);
    }
}
