//! The stylesheet, the script and the icons, compiled in and named by their content, so that a browser may keep them
//! for ever and never shows a new page in old clothes. What is there for readers of the source only is left out.

use std::sync::LazyLock;

/// Where each asset is to be found.
#[derive(Debug)]
pub(crate) struct Assets {
    pub(crate) style: Asset,
    pub(crate) script: Asset,
    pub(crate) icons: Asset,
}

/// One file.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its path on this site.
    pub(crate) href: String,
    pub(crate) content_type: &'static str,
    pub(crate) content: String,
}

impl Assets {
    /// Returns all of them.
    pub(crate) fn get() -> &'static Self {
        static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
            style: Asset::new(
                "app",
                "css",
                "text/css; charset=utf-8",
                style(include_str!("../../assets/app.css")),
            ),
            script: Asset::new(
                "app",
                "js",
                "text/javascript; charset=utf-8",
                script(include_str!("../../assets/app.js")),
            ),
            icons: Asset::new(
                "icons",
                "svg",
                "image/svg+xml",
                markup(include_str!("../../assets/icons.svg")),
            ),
        });
        &ASSETS
    }

    /// Returns the bytes of all of them.
    pub(crate) fn len(&self) -> usize {
        [&self.style, &self.script, &self.icons].iter().map(|asset| asset.content.len()).sum()
    }

    /// Returns the one at this path.
    pub(crate) fn find(&self, path: &str) -> Option<&Asset> {
        [&self.style, &self.script, &self.icons].into_iter().find(|asset| asset.href == path)
    }
}

impl Asset {
    fn new(name: &str, extension: &str, content_type: &'static str, content: String) -> Self {
        let sum = crc32fast::hash(content.as_bytes());
        Self { href: format!("/assets/{name}-{sum:08x}.{extension}"), content_type, content }
    }
}

/// A script without its indents, the lines that are comments, and the spaces beside marks outside of texts. It is for
/// scripts without regular expressions and texts over several lines, whose statements end with a semicolon.
fn script(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/**"));
    let mut text = String::with_capacity(source.len());
    for line in kept.map(tight) {
        // What a line cannot end with goes on in the next one.
        if !text.is_empty() && !text.ends_with(['{', ';', ',', '(', '[']) {
            text.push('\n');
        }
        if line.starts_with('}') && text.ends_with(';') {
            text.pop();
        }
        text.push_str(&line);
    }
    text
}

fn tight(line: &str) -> String {
    // What is never assigned to again runs the same by a shorter word.
    let line = &line.strip_prefix("const ").map_or_else(|| line.to_owned(), |rest| format!("let {rest}"));
    let is_mark = |c: char| "{}()[];,:=<>?&|!".contains(c);
    let mut text = String::with_capacity(line.len());
    let (mut quote, mut chars) = (None, line.chars().peekable());
    while let Some(c) = chars.next() {
        if quote.is_none()
            && c == ' '
            && (text.ends_with(is_mark) || chars.peek().copied().is_some_and(is_mark))
        {
            continue;
        }
        match quote {
            None if "\"'`".contains(c) => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
        text.push(c);
    }
    text
}

/// Markup without its indents.
fn markup(source: &str) -> String {
    source.lines().map(str::trim).collect()
}

/// A stylesheet without its comments and the spaces that mean nothing.
fn style(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, comment)) = rest.split_once("/*") {
        text.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let mut text = text.lines().map(str::trim).collect::<String>();
    for (spaced, tight) in [
        (" {", "{"),
        ("{ ", "{"),
        ("} ", "}"),
        (" }", "}"),
        ("; ", ";"),
        (": ", ":"),
        (", ", ","),
        (" > ", ">"),
        (";}", "}"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_of_the_source_only_miss_what_is_left_out() {
        let source = "// Why.\nconst a = \"//  = '\" ?? `{ ${b} }`;\n\n/** What. */\nfunction b() {\n  return !a && b + -1;\n}\n";
        assert_eq!(script(source), "let a=\"//  = '\"??`{ ${b} }`;function b(){return!a&&b + -1}");
        let source = "/* One\n   two. */\na > b, .c:focus { color: red; }\n@media (x: 1) {\n  d { top: 0; left: calc(1px + 2px); }\n}\n";
        assert_eq!(style(source), "a>b,.c:focus{color:red}@media (x:1){d{top:0;left:calc(1px + 2px)}}");
    }
}
