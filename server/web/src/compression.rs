//! Which responses are compressed.
//!
//! The size of a compressed page tells how much of it is said twice. Whoever can put text into a page and see its size on
//! the network can guess what else stands there, letter by letter ([BREACH](https://www.breachattack.com)). The pages show
//! text of their address, such as what is searched for, and a link of another site can hold any. So pages with such an
//! address stay as they are, whoever led there: an open page reads its own address anew.

use http::{Extensions, HeaderMap, StatusCode, Uri, Version};
use tower_http::compression::{
    CompressionLayer, DefaultPredicate, Predicate,
    predicate::{And, SizeAbove},
};

use crate::urls::{query, referrer};

/// Below this many bytes, with its headers, a response is one packet anyway.
const MIN_SIZE: u64 = 860;

/// Marks a response that must not be compressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uncompressed;

type IsAllowed = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// Returns the layer that compresses pages. Events, and what is compressed already, pass as they are.
pub(crate) fn layer() -> CompressionLayer<And<And<DefaultPredicate, SizeAbove>, IsAllowed>> {
    let is_allowed: IsAllowed = |_, _, _, extensions| extensions.get::<Uncompressed>().is_none();
    let predicate = DefaultPredicate::new().and(SizeAbove::new(MIN_SIZE)).and(is_allowed);
    CompressionLayer::new().compress_when(predicate)
}

/// Whether a page may show text that somebody else has put into its address, or into that of the page before it, to
/// which it leads back.
pub(crate) fn may_show_text_of_others(headers: &HeaderMap, uri: &Uri) -> bool {
    let before = referrer(headers, uri).unwrap_or_default();
    has_free_text(uri.query().unwrap_or_default()) || has_free_text(query(&before))
}

/// Whether a query has more than what is checked before it is shown: pages of a list go on from a token that only its
/// account can have, a project must be one of the account's, and of the others there are few or they are never shown.
fn has_free_text(query: &str) -> bool {
    let names: Vec<_> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name).collect();
    let is_checked = |name: &str| match name {
        "view" | "project" | "page" | "did" | "flash" => true,
        "before" => names.iter().any(|name| name == "page"),
        _ => false,
    };
    !names.iter().all(|name| is_checked(name))
}

#[cfg(test)]
mod tests {
    use http::{
        HeaderValue,
        header::{HOST, REFERER},
    };

    use super::*;

    #[test]
    fn free_text_in_a_query_is_recognized() {
        for query in ["", "view=today", "view=done&project=x&did=y", "page=x&before=y", "flash=x"] {
            assert!(!has_free_text(query), "{query}");
        }
        for query in ["q=x", "view=today&q=x", "tag=x", "before=x", "back=/", "x=y", "next=/", "%71=x", "x"] {
            assert!(has_free_text(query), "{query}");
        }
    }

    #[test]
    fn the_referrer_is_checked_for_text_of_others() {
        let shown = |uri, referrer: &'static str| {
            let headers = [(HOST, "localhost:1"), (REFERER, referrer)];
            let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
            may_show_text_of_others(&headers.into_iter().collect(), &Uri::from_static(uri))
        };
        assert!(!shown("/todos/1", "http://localhost:1/?view=today"));
        assert!(!shown("/todos/1", "http://evil.example/?q=x"), "never shown");
        assert!(shown("/todos/1", "http://localhost:1/?q=x"));
        assert!(shown("/?q=x", "http://localhost:1/"));
    }
}
