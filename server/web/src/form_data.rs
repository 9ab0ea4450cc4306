//! A form or a query as it was sent, before it is read into the struct of its page.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use todo_sdk::RequestId;

/// The field that makes two submits of one form one change.
const REQUEST_ID: &str = "request_id";

/// Names and values. Of a name that comes twice, the first counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormData(BTreeMap<String, String>);

impl FormData {
    /// Parses `application/x-www-form-urlencoded` text: a body or a query.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            fields.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(fields)
    }

    /// Returns the form with a request id, made if it has none: sent again as it is, it asks for the same change once
    /// more, and not for another one.
    pub(crate) fn with_request_id(mut self) -> Self {
        if self.get(REQUEST_ID).parse::<RequestId>().is_err() {
            self.0.insert(REQUEST_ID.to_owned(), RequestId::generate().to_string());
        }
        self
    }

    /// Returns the fields of these names, and the request id.
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| *name == REQUEST_ID || names.contains(&name.as_str()));
        Self(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// Returns every name and its value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the text that parses as this.
    pub(crate) fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Reads the fields that the struct of a page has. All of them are text, and none is required.
    pub(crate) fn read<T: DeserializeOwned + Default>(&self) -> T {
        serde_urlencoded::from_str(&self.encode()).unwrap_or_default()
    }

    /// Returns a value; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether there is a field of this name, empty or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Eq, Deserialize)]
    #[serde(default)]
    struct Page {
        a: String,
        b: String,
        c: Option<String>,
        d: Option<String>,
    }

    #[test]
    fn the_first_value_of_a_field_is_used_and_a_missing_one_is_empty() {
        let form = FormData::parse(b"a=1&a=2&b=x+y%26z&c");
        assert_eq!((form.get("a"), form.get("b"), form.get("c"), form.get("d")), ("1", "x y&z", "", ""));
        assert!(form.has("c") && !form.has("d"));
        let page = Page { a: "1".into(), b: "x y&z".into(), c: Some(String::new()), d: None };
        assert_eq!(form.read::<Page>(), page);
        assert_eq!(FormData::parse(b"%ff=&=&%00=%ff").read::<Page>(), Page::default());
    }

    #[test]
    fn a_form_has_a_request_id() {
        let id = "01890000-0000-7000-8000-00000000000a";
        let given = FormData::parse(format!("request_id={id}").as_bytes()).with_request_id();
        assert_eq!(given.get("request_id"), id);
        for text in ["", "request_id=nonsense"] {
            let made = FormData::parse(text.as_bytes()).with_request_id();
            assert!(made.get("request_id").parse::<RequestId>().is_ok(), "{text}");
        }
    }
}
