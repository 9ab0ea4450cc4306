//! [`FilterError`]: where a filter is wrong.

/// Where a filter is wrong, and what to write instead.
///
/// ```
/// use todo_model::grammar::Filter;
///
/// let error = Filter::parse("milk -@errand").unwrap_err();
/// assert_eq!(error.to_string(), "Column 6: expected `not` for a negation. Did you mean `not @errand`?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Column {column}: expected {expected}.{}", did_you_mean(suggestion.as_deref()))]
pub struct FilterError {
    column: usize,
    expected: String,
    suggestion: Option<String>,
}

impl FilterError {
    /// Returns where, counted in characters from 1.
    ///
    /// ```
    /// # use todo_model::grammar::Filter;
    /// assert_eq!(Filter::parse("Äpfel (p1").unwrap_err().column(), 7);
    /// ```
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns what should stand there: a phrase without a full stop.
    ///
    /// ```
    /// # use todo_model::grammar::Filter;
    /// assert_eq!(Filter::parse("(p1").unwrap_err().expected(), "a `)` for this bracket");
    /// ```
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns what was probably meant, to be written in that place.
    ///
    /// ```
    /// # use todo_model::grammar::Filter;
    /// assert_eq!(Filter::parse("is:dnoe").unwrap_err().suggestion(), Some("done"));
    /// ```
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|text| format!(" Did you mean `{text}`?")).unwrap_or_default()
}

/// An error on its way out: at a byte of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    at: usize,
    expected: String,
    suggestion: Option<String>,
}

impl Fault {
    pub(super) fn new(at: usize, expected: impl Into<String>) -> Self {
        Self { at, expected: expected.into(), suggestion: None }
    }

    pub(super) fn suggest(self, suggestion: Option<impl Into<String>>) -> Self {
        Self { suggestion: suggestion.map(Into::into), ..self }
    }

    /// The error for those who wrote `text`.
    pub(super) fn in_text(self, text: &str) -> FilterError {
        let column = text.char_indices().take_while(|(index, _)| *index < self.at).count() + 1;
        FilterError { column, expected: self.expected, suggestion: self.suggestion }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let column = |at| Fault::new(at, "x").in_text("äß c").column();
        assert_eq!([0, 2, 4, 5, 6].map(column), [1, 2, 3, 4, 5]);
    }
}
