//! The stylesheet, the script and the icons, compiled in and named by their content, so that a browser may keep them
//! for ever and never shows a new page in old clothes. What is there for readers of the source only is left out.

use std::sync::LazyLock;

const STYLE: &str = include_str!("../../assets/app.css");
const SCRIPT: &str = include_str!("../../assets/app.js");
const ICONS: &str = include_str!("../../assets/icons.svg");

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
        static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
            // What cannot be made smaller is served as it was written.
            let style =
                minifier::css::minify(STYLE).map_or_else(|_| STYLE.to_owned(), |small| small.to_string());
            let script =
                minifier::js::minify(SCRIPT).map_or_else(|_| SCRIPT.to_owned(), |small| small.to_string());
            let icons = ICONS.lines().map(str::trim).collect();
            Assets {
                style: Asset::new("app", "css", "text/css; charset=utf-8", style),
                script: Asset::new("app", "js", "text/javascript; charset=utf-8", script),
                icons: Asset::new("icons", "svg", "image/svg+xml", icons),
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_ones_that_can_be_made_smaller() {
        assert!(SCRIPT.len() > Assets::get().script.content.len());
        assert!(STYLE.len() > Assets::get().style.content.len());
    }
}
