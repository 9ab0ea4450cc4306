//! The stylesheet, the script and the icons, compiled in and named by their content, so that a browser may keep them
//! for ever and never shows a new page in old clothes.

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
    pub(crate) content: &'static str,
}

impl Assets {
    /// Returns all of them.
    pub(crate) fn get() -> &'static Self {
        static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
            style: Asset::new("app", "css", "text/css; charset=utf-8", include_str!("../../assets/app.css")),
            script: Asset::new(
                "app",
                "js",
                "text/javascript; charset=utf-8",
                include_str!("../../assets/app.js"),
            ),
            icons: Asset::new("icons", "svg", "image/svg+xml", include_str!("../../assets/icons.svg")),
        });
        &ASSETS
    }

    /// Returns the one at this path.
    pub(crate) fn find(&self, path: &str) -> Option<&Asset> {
        [&self.style, &self.script, &self.icons].into_iter().find(|asset| asset.href == path)
    }
}

impl Asset {
    fn new(name: &str, extension: &str, content_type: &'static str, content: &'static str) -> Self {
        let sum = crc32fast::hash(content.as_bytes());
        Self { href: format!("/assets/{name}-{sum:08x}.{extension}"), content_type, content }
    }
}
