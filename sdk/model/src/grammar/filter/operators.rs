//! Which words are operators: `not`, `and` and `or` are, where a condition that is no plain word follows.

use super::term::Term;

/// A token that has been understood, and at which byte it begins.
#[derive(Debug)]
pub(super) struct Item<'t> {
    pub(super) kind: ItemKind<'t>,
    pub(super) at: usize,
}

/// What such a token is to the tree.
#[derive(Debug)]
pub(super) enum ItemKind<'t> {
    Open,
    Close,
    Or,
    Not,
    /// What was written, and what it says.
    Term(&'t str, Term),
}

impl ItemKind<'_> {
    /// Whether an `or` may stand behind it, and is no word there.
    fn ends_condition(&self) -> bool {
        matches!(self, Self::Close) || self.is_condition()
    }

    /// Whether a `not`, `and` or `or` may stand before it, and is no word there.
    fn begins_condition(&self) -> bool {
        matches!(self, Self::Open | Self::Not) || self.is_condition()
    }

    fn is_condition(&self) -> bool {
        matches!(self, Self::Term(_, Term::Condition(_) | Term::Number(_) | Term::SureNumber(_)))
    }
}

/// Finds the operators among the words. From the end, as it is what follows that decides.
pub(super) fn with_operators(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let mut read = Vec::with_capacity(items.len());
    let mut before_condition = false;
    while let Some(mut item) = items.pop() {
        if let ItemKind::Term(word, Term::Word) = &item.kind {
            let is = |operator: &str| before_condition && word.eq_ignore_ascii_case(operator);
            if is("and") {
                continue;
            }
            if is("not") {
                item.kind = ItemKind::Not;
            } else if is("or") && items.last().is_some_and(|item| item.kind.ends_condition()) {
                item.kind = ItemKind::Or;
            }
        }
        before_condition = item.kind.begins_condition();
        read.push(item);
    }
    read.reverse();
    read
}
