//! What was typed into a form, or stands in a query.

use std::collections::BTreeMap;

use todo_sdk::RequestId;

use super::views::Errors;

/// Names and values. A name that is missing is as good as an empty one; of a name that comes twice, the first counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads `application/x-www-form-urlencoded` text: a body or a query.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            fields.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(fields)
    }

    /// The form with a request id, made if it has none: sent again as it is, it asks for the same change once more, and
    /// not for another one.
    pub(crate) fn identified(mut self) -> Self {
        if self.get("request_id").parse::<RequestId>().is_err() {
            self.0.insert("request_id".to_owned(), RequestId::generate().to_string());
        }
        self
    }

    /// Every name and its value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The form as it was sent.
    pub(crate) fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// The fields of these names.
    pub(crate) fn only(&self, is_kept: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(name, _)| is_kept(name));
        Self(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The value as it was typed.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The value, unless there is none.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// Whether the form has the field at all, empty or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value of a text field of several lines, which browsers send with CR LF.
    pub(crate) fn lines(&self, name: &str) -> String {
        self.get(name).replace("\r\n", "\n")
    }

    /// Where to go afterwards: a path of this site, whatever was sent.
    pub(crate) fn next(&self) -> String {
        local_path(self.get("next")).to_owned()
    }
}

/// The text if it is a path of this site, else `/`. Browsers read `//host` and `/\host` as another site, and drop
/// control characters before they look.
pub(crate) fn local_path(text: &str) -> &str {
    let is_local = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_local { text } else { "/" }
}

/// The text if it is the path of a list: the front page, with any query.
pub(crate) fn list_path(text: &str) -> Option<&str> {
    let path = local_path(text);
    (path == text && path.split('?').next() == Some("/")).then_some(path)
}

/// The path with one more pair in its query, in place of one of that name.
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

/// What is said about a form that was sent before with something else in it, as those are that one goes back to. It is
/// shown again with a new id, and `again` is what becomes of it then: whoever meant to correct what was sent would have
/// it twice.
pub(crate) fn sent_before(error: &todo_sdk::Error, again: &str) -> Option<Errors> {
    let is_used = error.violations().iter().any(|violation| violation.field == "request_id");
    let text = || format!("You went back to a form that was sent already. Send it again to {again}.");
    is_used.then(|| Errors { general: Some(text()), fields: Vec::new() })
}

/// Puts what a backend refused beside its fields. `fields` are those that the form has; what concerns none of them
/// concerns the form as a whole.
pub(crate) fn errors_of(error: &todo_sdk::Error, fields: &[&'static str]) -> Errors {
    let mut errors = Errors::default();
    for violation in error.violations() {
        let name = match violation.field.rsplit('.').next().unwrap_or_default() {
            "project_id" => "project",
            name => name.split('[').next().unwrap_or_default(),
        };
        match fields.iter().find(|field| **field == name) {
            Some(field) if errors.of(field).is_none() => {
                errors.fields.push((field, violation.description.clone()));
            }
            Some(_) => {}
            None => errors.general = Some(violation.description.clone()),
        }
    }
    if errors.is_empty() {
        errors.general = Some(error.to_string());
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_counts_and_a_missing_one_is_empty() {
        let form = Form::parse(b"a=1&a=2&b=x+y%26z&c");
        assert_eq!((form.get("a"), form.get("b"), form.get("c"), form.get("d")), ("1", "x y&z", "", ""));
        assert!(form.has("c") && !form.has("d"));
        assert_eq!(Form::parse(b"t=a%0D%0Ab").lines("t"), "a\nb");
    }

    #[test]
    fn only_paths_of_this_site_are_gone_to() {
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
    fn a_query_is_changed_in_one_place() {
        assert_eq!(with_query("/", "did", "x"), "/?did=x");
        assert_eq!(with_query("/?q=a+b&did=y", "did", "x"), "/?q=a+b&did=x");
        assert_eq!(with_query("/todos/1?did=y", "did", ""), "/todos/1");
    }
}
