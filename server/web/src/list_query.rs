//! What the address of a list says: which todos it is of.

use serde::Deserialize;

/// The query of `/`. Empty is as good as missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    /// `today`, `upcoming`, `overdue`, `done` or `trash`; empty for all that is open.
    pub(crate) view: String,
    /// The id of a project.
    pub(crate) project: String,
    pub(crate) tag: Option<String>,
    /// What is searched for.
    pub(crate) q: Option<String>,
    /// The token of a page after the first.
    pub(crate) page: Option<String>,
    /// When the first page was read, as the pages after it ask with that time.
    pub(crate) before: String,
}

impl ListQuery {
    /// The name of [`before`](Self::before) in the query.
    pub(crate) const BEFORE: &str = "before";
    /// The name of [`page`](Self::page) in the query.
    pub(crate) const PAGE: &str = "page";

    /// Returns the pairs that keep a search within this list, without those that are empty.
    pub(crate) fn scope(&self) -> Vec<(&'static str, String)> {
        let tag = self.tag.clone().unwrap_or_default();
        let pairs = [("view", self.view.clone()), ("project", self.project.clone()), ("tag", tag)];
        pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}
