//! Paths and queries of this site, and which of those that others hand us may be gone to.

use http::{HeaderMap, Uri, header::REFERER};

use crate::connection::host;

/// Returns the text if it is a path of this site, else `/`. Browsers read `//host` and `/\host` as another site, and drop
/// control characters before they look.
pub(crate) fn local_path(text: &str) -> &str {
    let is_local = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_local { text } else { "/" }
}

/// Returns the text if it is the path of a list: the front page, with any query.
pub(crate) fn list_path(text: &str) -> Option<&str> {
    let path = local_path(text);
    (path == text && path.split('?').next() == Some("/")).then_some(path)
}

/// Returns what stands between the slashes of a path.
pub(crate) fn segments(path: &str) -> Vec<&str> {
    path.strip_prefix('/').unwrap_or(path).split('/').collect()
}

/// Returns the query of a path; empty if it has none.
pub(crate) fn query(path: &str) -> &str {
    path.split_once('?').map_or("", |(_, query)| query)
}

/// Returns the path with one more pair in its query, in place of one of that name; without it if the value is empty.
pub(crate) fn with_query(path: &str, name: &str, value: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != name));
    if !value.is_empty() {
        pairs.append_pair(name, value);
    }
    let query = pairs.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Returns the path and query of the page of this very site that led to a request, as far as the browser tells.
pub(crate) fn referrer(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let page: Uri = headers.get(REFERER)?.to_str().ok()?.parse().ok()?;
    let is_ours = page.authority()?.as_str().eq_ignore_ascii_case(host(headers, uri)?);
    is_ours.then(|| page.path_and_query().map_or("/", |path| path.as_str()).to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header::HOST};

    use super::*;

    #[test]
    fn redirects_lead_to_paths_of_this_site_only() {
        for path in ["/", "/todos/12", "/?q=a%20b&tag=x", "/a//b"] {
            assert_eq!(local_path(path), path);
        }
        for path in [
            "",
            "todos",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\nb",
            "javascript:alert(1)",
            "/ä",
            " /",
        ] {
            assert_eq!(local_path(path), "/", "{path:?}");
        }
    }

    #[test]
    fn only_the_front_page_shows_lists() {
        for path in ["/", "/?", "/?view=done&page=x", "/?back=//evil.example"] {
            assert_eq!(list_path(path), Some(path));
        }
        for path in
            ["", "/todos/1", "/todos/1?back=/", "//", "//evil.example/?q", "https://evil.example/", "/?a\\b"]
        {
            assert_eq!(list_path(path), None, "{path:?}");
        }
    }

    #[test]
    fn one_pair_of_a_query_is_changed() {
        assert_eq!(with_query("/", "did", "x"), "/?did=x");
        assert_eq!(with_query("/?q=a+b&did=y", "did", "x"), "/?q=a+b&did=x");
        assert_eq!(with_query("/todos/1?did=y", "did", ""), "/todos/1");
    }

    #[test]
    fn referrers_are_pages_of_this_site_only() {
        let led_here = |page: &str| {
            let headers = [(HOST, "localhost:7878"), (REFERER, page)];
            let headers = headers.map(|(name, value)| (name, HeaderValue::try_from(value).unwrap()));
            referrer(&headers.into_iter().collect(), &Uri::from_static("/todos/1"))
        };
        assert_eq!(led_here("http://localhost:7878/?q=x").as_deref(), Some("/?q=x"));
        assert_eq!(led_here("https://LOCALHOST:7878").as_deref(), Some("/"));
        for page in [
            "http://localhost/",
            "http://localhost:7878@evil.example/",
            "http://evil.example/",
            "/?q=x",
            "x",
            "",
        ] {
            assert_eq!(led_here(page), None, "{page}");
        }
    }
}
