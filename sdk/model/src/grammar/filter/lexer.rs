//! From text to tokens: words, quoted texts, brackets and signs.

use std::ops::Range;

use winnow::{
    LocatingSlice, Parser, Result,
    combinator::{alt, delimited, opt, preceded, repeat},
    error::ParserError,
    token::{none_of, take_while},
};

use super::term::{RawTerm, takes_value};

type Input<'t> = LocatingSlice<&'t str>;

/// A piece of a filter, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    /// In bytes.
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `|`
    Or,
    /// `!` before a term.
    Not,
    /// A word, a key with its value, or a quoted text.
    Term(RawTerm<'t>),
    /// A quote that nothing closes.
    OpenQuote,
}

/// Splits a text. Every text has tokens, those that make no sense too.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let token = preceded(white_space, token.with_span()).map(|(kind, span)| Token { kind, span });
    let mut tokens = (repeat(0.., token), white_space).map(|(tokens, _): (Vec<_>, &str)| tokens);
    // Whatever is no token is white space, so there is no error.
    tokens.parse(LocatingSlice::new(text)).unwrap_or_default()
}

fn white_space<'t>(input: &mut Input<'t>) -> Result<&'t str> {
    take_while(0.., char::is_whitespace).parse_next(input)
}

fn token<'t>(input: &mut Input<'t>) -> Result<Kind<'t>> {
    alt((
        '('.value(Kind::Open),
        ')'.value(Kind::Close),
        '|'.value(Kind::Or),
        '!'.value(Kind::Not),
        term.map(Kind::Term),
        ('"', take_while(0.., |_| true)).value(Kind::OpenQuote),
    ))
    .parse_next(input)
}

fn term<'t>(input: &mut Input<'t>) -> Result<RawTerm<'t>> {
    let is_of_word = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '|' | '"');
    let word = take_while(0.., is_of_word).parse_next(input)?;
    let quoted = if word.is_empty() || takes_value(word) { opt(quoted).parse_next(input)? } else { None };
    if word.is_empty() && quoted.is_none() {
        return Err(ParserError::from_input(input));
    }
    Ok(RawTerm { word, quoted })
}

/// A backslash is itself, except before a quote or a backslash.
fn quoted(input: &mut Input<'_>) -> Result<String> {
    let escaped = preceded('\\', alt(('"', '\\')));
    let characters = repeat(0.., alt((escaped, none_of('"')))).fold(String::new, |mut text, c| {
        text.push(c);
        text
    });
    delimited('"', characters, '"').parse_next(input)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn term(word: &str, quoted: Option<&str>) -> Kind<'static> {
        Kind::Term(RawTerm { word: word.to_owned().leak(), quoted: quoted.map(str::to_owned) })
    }

    fn kinds(text: &str) -> Vec<Kind<'_>> {
        tokens(text).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn words_end_at_brackets_bars_and_quotes() {
        assert_eq!(
            kinds("a(b|c)"),
            [term("a", None), Kind::Open, term("b", None), Kind::Or, term("c", None), Kind::Close]
        );
        assert_eq!(kinds("a\"b c\"d"), [term("a", None), term("", Some("b c")), term("d", None)]);
        assert_eq!(kinds("!a! !"), [Kind::Not, term("a!", None), Kind::Not]);
        assert_eq!(kinds("\u{a0}a\t\n"), [term("a", None)]);
    }

    #[test]
    fn values_may_be_quoted() {
        assert_eq!(kinds("tag:\"a b\""), [term("tag:", Some("a b"))]);
        assert_eq!(kinds("@\"a|b\" x"), [term("@", Some("a|b")), term("x", None)]);
        assert_eq!(kinds("re:\"a\""), [term("re:", None), term("", Some("a"))], "no key");
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(kinds(r#""a \" b""#), [term("", Some("a \" b"))]);
        assert_eq!(kinds(r#""a\\""#), [term("", Some("a\\"))]);
        assert_eq!(kinds(r#""C:\new""#), [term("", Some(r"C:\new"))]);
        assert_eq!(kinds("\"\""), [term("", Some(""))]);
        assert_eq!(kinds(r#"a "b\""#), [term("a", None), Kind::OpenQuote]);
        assert_eq!(kinds("tag:\"b"), [term("tag:", None), Kind::OpenQuote]);
    }

    proptest! {
        #[test]
        fn every_character_is_of_a_token_or_white_space(text in "[\\PC \"\\\\|()!:@\n]{0,30}") {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert!(text[end..token.span.start].chars().all(char::is_whitespace));
                prop_assert!(token.span.end > token.span.start);
                end = token.span.end;
            }
            prop_assert!(text[end..].chars().all(char::is_whitespace));
        }
    }
}
