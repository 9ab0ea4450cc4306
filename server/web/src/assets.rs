//! The stylesheet, the script and the icons: compiled in, compressed once, and named by their content, so that a browser
//! may keep them for ever and never shows a new page in old clothes.

use std::{
    io::Write as _,
    sync::{LazyLock, OnceLock},
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

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
    content: &'static str,
    /// Made when the first browser asks for the file.
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Assets {
    /// Returns all of them.
    pub(crate) fn get() -> &'static Self {
        static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
            let (style, script) = (include_str!("../assets/app.css"), include_str!("../assets/app.js"));
            Assets {
                style: Asset::new("app", "css", "text/css; charset=utf-8", style),
                script: Asset::new("app", "js", "text/javascript; charset=utf-8", script),
                icons: Asset::new("icons", "svg", "image/svg+xml", include_str!("../assets/icons.svg")),
            }
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
        let checksum = crc32fast::hash(content.as_bytes());
        Self {
            href: format!("/assets/{name}-{checksum:08x}.{extension}"),
            content_type,
            content,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// Returns the smallest form that a browser with this `Accept-Encoding` can read, and its `Content-Encoding`.
    pub(crate) fn encoded(&self, accept_encoding: &str) -> (Bytes, Option<&'static str>) {
        let compressed = if accepts(accept_encoding, "br") {
            self.brotli.get_or_init(|| brotli(self.content)).clone().map(|content| (content, "br"))
        } else if accepts(accept_encoding, "gzip") {
            self.gzip.get_or_init(|| gzip(self.content)).clone().map(|content| (content, "gzip"))
        } else {
            None
        };
        match compressed {
            Some((content, encoding)) => (content, Some(encoding)),
            None => (Bytes::from_static(self.content.as_bytes()), None),
        }
    }
}

/// Whether an `Accept-Encoding` names this encoding, and not to forbid it. All browsers name what they can read.
fn accepts(accept_encoding: &str, encoding: &str) -> bool {
    accept_encoding.split(',').any(|item| {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        name.trim().eq_ignore_ascii_case(encoding) && quality.is_ok_and(|quality| quality > 0.0)
    })
}

fn brotli(content: &str) -> Option<Bytes> {
    const BUFFER: usize = 4096;
    let (quality, window) = (11, 22);
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, BUFFER, quality, window);
    writer.write_all(content.as_bytes()).ok()?;
    drop(writer);
    Some(compressed.into())
}

fn gzip(content: &str) -> Option<Bytes> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(content.as_bytes()).ok()?;
    writer.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn every_form_of_an_asset_is_the_same_text() {
        let asset = &Assets::get().script;
        let (plain, none) = asset.encoded("");
        assert_eq!((&*plain, none), (asset.content.as_bytes(), None));
        let (compressed, encoding) = asset.encoded("gzip, deflate, br, zstd");
        assert_eq!(encoding, Some("br"));
        let mut text = String::new();
        brotli::Decompressor::new(&*compressed, 4096).read_to_string(&mut text).unwrap();
        assert_eq!(text, asset.content);
        let (compressed, encoding) = asset.encoded("gzip");
        assert_eq!(encoding, Some("gzip"));
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*compressed).read_to_string(&mut text).unwrap();
        assert_eq!(text, asset.content);
    }

    #[test]
    fn an_encoding_is_accepted_where_it_is_named() {
        for header in ["br", "gzip, br", "BR ; q=0.5", "gzip;q=0,br;q=1"] {
            assert!(accepts(header, "br"), "{header}");
        }
        for header in ["", "gzip", "br;q=0", "br;q=0.0", "brotli", "identity", "br;q=x"] {
            assert!(!accepts(header, "br"), "{header}");
        }
    }
}
