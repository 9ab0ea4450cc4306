//! From a line to tokens: words, quoted text, projects, tags, priorities, keys.

use std::ops::Range;

use super::super::dates::words::raw_words;

/// A part of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// Where it stands, with the punctuation behind it.
    pub(super) span: Range<usize>,
    pub(super) kind: Kind<'t>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    /// A word between spaces.
    Word(&'t str),
    /// In quotes: not read.
    Quoted,
    /// `+Work`, `#Work`, `+"Movie list"`, `project:Work`. Only Taskwarrior's dots are levels.
    Project { name: &'t str, has_levels_by_dots: bool },
    /// `@errand`, `tag:errand`.
    Tag(&'t str),
    /// `p1`.
    Priority(u8),
    /// `due:fri`, with where the value begins.
    Key { key: Key, value: &'t str, value_at: usize, is_quoted: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Due,
    Start,
    Priority,
    Recur,
    /// `x:y`, which stays.
    Unknown,
}

/// The names of keys, for hints about those that are nearly one.
pub(super) const KEYS: [&str; 9] =
    ["due", "start", "wait", "priority", "project", "tag", "tags", "recur", "repeat"];

/// Splits a line.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some((raw, start)) = raw_words(&text[at..], at).next() {
        let token = token(text, raw, start);
        at = token.span.end;
        tokens.push(token);
    }
    tokens
}

fn token<'t>(text: &'t str, raw: &'t str, start: usize) -> Token<'t> {
    let word = Token { span: start..start + raw.len(), kind: Kind::Word(raw) };
    if raw.starts_with(['"', '\'', '“']) {
        return match quoted(text, start) {
            Some(span) => Token { span, kind: Kind::Quoted },
            None => word,
        };
    }
    let sigil = raw.starts_with(['+', '#']);
    if sigil && raw[1..].starts_with('"') {
        return match quoted(text, start + 1) {
            Some(span) => {
                let name = &text[span.start + 1..span.end - 1];
                Token { span: start..span.end, kind: Kind::Project { name, has_levels_by_dots: false } }
            }
            None => word,
        };
    }
    if sigil && begins_name(&raw[1..]) {
        return Token {
            kind: Kind::Project { name: without_punctuation(&raw[1..]), has_levels_by_dots: false },
            ..word
        };
    }
    if let Some(name) = raw.strip_prefix('@').filter(|name| begins_name(name)) {
        return Token { kind: Kind::Tag(without_punctuation(name)), ..word };
    }
    if let Some(priority) = priority(raw) {
        return Token { kind: Kind::Priority(priority), ..word };
    }
    keyed(text, raw, start).unwrap_or(word)
}

/// `key:value` or `key:"a value"`.
fn keyed<'t>(text: &'t str, raw: &'t str, start: usize) -> Option<Token<'t>> {
    let (name, value) = raw.split_once(':')?;
    let letters = name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    // `https://` is no key.
    if !letters || value.starts_with("//") {
        return None;
    }
    let value_at = start + name.len() + 1;
    let span = if value.starts_with('"') { quoted(text, value_at) } else { None };
    let (value, end, is_quoted) = match &span {
        Some(span) => (&text[span.start + 1..span.end - 1], span.end, true),
        None => (value, start + raw.len(), false),
    };
    let value_at = value_at + usize::from(is_quoted);
    let plain = if is_quoted { value } else { without_punctuation(value) };
    let key = match name.to_ascii_lowercase().as_str() {
        "due" => Key::Due,
        "start" | "wait" => Key::Start,
        "priority" | "pri" => Key::Priority,
        "recur" | "repeat" => Key::Recur,
        "project" | "pro" if !plain.is_empty() => {
            let kind = Kind::Project { name: plain, has_levels_by_dots: true };
            return Some(Token { span: start..end, kind });
        }
        "tag" | "tags" if !plain.is_empty() => {
            return Some(Token { span: start..end, kind: Kind::Tag(plain) });
        }
        _ => Key::Unknown,
    };
    Some(Token { span: start..end, kind: Kind::Key { key, value, value_at, is_quoted } })
}

/// The quoted text that begins at this quote: up to a second one behind which a word ends.
fn quoted(text: &str, start: usize) -> Option<Range<usize>> {
    let open = text[start..].chars().next()?;
    let close = if open == '“' { '”' } else { open };
    let inner = start + open.len_utf8();
    let end = text[inner..]
        .char_indices()
        .filter(|(_, c)| *c == close)
        .map(|(at, c)| inner + at + c.len_utf8())
        .find(|end| {
            let next = text[*end..].chars().next();
            next.is_none_or(|next| next.is_whitespace() || next.is_ascii_punctuation())
        })?;
    // Nothing in quotes is nothing.
    (end > inner + close.len_utf8()).then_some(start..end)
}

/// Whether a project or a tag may be called so: `+49` and `+1` are numbers.
fn begins_name(text: &str) -> bool {
    text.starts_with(|c: char| !c.is_numeric() && !c.is_whitespace() && !matches!(c, '+' | '#' | '@' | '"'))
        && text.contains(char::is_alphanumeric)
}

fn priority(raw: &str) -> Option<u8> {
    match raw.trim_end_matches([',', ';']).as_bytes() {
        [b'p' | b'P', digit @ b'1'..=b'4'] => Some(digit - b'0'),
        _ => None,
    }
}

pub(super) fn without_punctuation(text: &str) -> &str {
    let core = text.trim_end_matches([',', ';', ':', '!', '?', '.', ')']);
    if core.is_empty() { text } else { core }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_into_tokens() {
        let project = |name| Kind::Project { name, has_levels_by_dots: false };
        for (text, kinds) in [
            ("a b", vec![Kind::Word("a"), Kind::Word("b")]),
            ("+Work, @home. P1", vec![project("Work"), Kind::Tag("home"), Kind::Priority(1)]),
            ("#Work +\"Movie list\" x", vec![project("Work"), project("Movie list"), Kind::Word("x")]),
            ("a \"b c\", d", vec![Kind::Word("a"), Kind::Quoted, Kind::Word(","), Kind::Word("d")]),
            ("'b c' kids' \"x", vec![Kind::Quoted, Kind::Word("kids'"), Kind::Word("\"x")]),
            (
                "+49 +1 C++ ++ + # @ #12 a@b.c",
                ["+49", "+1", "C++", "++", "+", "#", "@", "#12", "a@b.c"].map(Kind::Word).to_vec(),
            ),
            ("project:Home.Kitchen", vec![Kind::Project { name: "Home.Kitchen", has_levels_by_dots: true }]),
            ("https://a.b 10:30 pr1 p5", ["https://a.b", "10:30", "pr1", "p5"].map(Kind::Word).to_vec()),
            (
                "due:\"next week\"",
                vec![Kind::Key { key: Key::Due, value: "next week", value_at: 5, is_quoted: true }],
            ),
        ] {
            let found: Vec<Kind<'_>> = tokens(text).into_iter().map(|token| token.kind).collect();
            assert_eq!(found, kinds, "{text}");
        }
    }
}
