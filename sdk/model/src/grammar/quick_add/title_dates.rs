//! Which phrases of a title count as its date, and which stay as they are.

use super::super::dates::{
    Class, Fault, Lead, Phrase,
    calendar::Calendar,
    phrase,
    repeat::{is_frequency, repeat_phrase},
    words::Word,
};

/// A part of a title: a word that is read, or something that is not.
#[derive(Clone, Debug)]
pub(super) enum Part<'t> {
    /// A word, and which token it is.
    Word(Word<'t>, usize),
    /// What is not read, and ends every phrase.
    Wall,
}

/// A phrase that counts, by its parts.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) phrase: Phrase,
}

/// What is to be said about parts of the title.
#[derive(Clone, Debug)]
pub(super) enum Remark {
    /// These parts could be a date, and stay.
    Stays(usize, usize),
    /// These parts say how it repeats.
    Repeat(usize, usize),
    /// These would be a date if they were right.
    Fault(usize, Fault),
}

/// Behind these, what follows is no date of the todo's own.
const BLOCKERS: [&str; 18] = [
    "to", "from", "until", "of", "till", "til", "since", "before", "after", "than", "between", "and", "or",
    "vs", "through", "thru", "except", "&",
];

/// What an ordinal is part of, as in `3rd party` and `5th Avenue`.
const COUNTED: [&str; 46] = [
    "party",
    "person",
    "floor",
    "century",
    "hand",
    "edition",
    "ave",
    "avenue",
    "street",
    "st",
    "road",
    "place",
    "grade",
    "class",
    "time",
    "draft",
    "round",
    "season",
    "version",
    "quarter",
    "half",
    "week",
    "year",
    "month",
    "day",
    "birthday",
    "anniversary",
    "dose",
    "gen",
    "generation",
    "degree",
    "level",
    "world",
    "row",
    "base",
    "chapter",
    "try",
    "attempt",
    "opinion",
    "car",
    "child",
    "dimension",
    "amendment",
    "division",
    "symphony",
    "movement",
];

/// Finds the phrases that count, in order, and what there is to say about others.
pub(super) fn find(parts: &[Part<'_>], calendar: &Calendar<'_>) -> (Vec<Found>, Vec<Remark>) {
    let mut found = Vec::new();
    let mut remarks = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let words = words_from(parts, at);
        if words.is_empty() {
            at += 1;
            continue;
        }
        if let Some(len) = repeat_phrase(&words) {
            let is_last = at + len == parts.len();
            if is_last || !is_frequency(&words[0].lower) {
                remarks.push(Remark::Repeat(at, at + len));
            }
            at += len;
            continue;
        }
        match phrase(&words, false, calendar) {
            Ok(Some(phrase)) => {
                let end = at + phrase.len;
                if counts(parts, (at, end), &phrase) {
                    if let Some(fault) = &phrase.left_out {
                        remarks.push(Remark::Fault(at, fault.clone()));
                    }
                    found.push(Found { start: at, end, phrase });
                } else if !phrase.is_name && phrase.class <= Class::Last {
                    remarks.push(Remark::Stays(at, end));
                }
                at = end;
            }
            Err(fault) => {
                let len = (fault.at + fault.len).max(1);
                if fault.is_plain {
                    remarks.push(Remark::Fault(at, fault));
                }
                at += len;
            }
            Ok(None) => at += 1,
        }
    }
    (found, remarks)
}

/// The words from a part on, up to the next that is not read.
fn words_from<'t>(parts: &[Part<'t>], at: usize) -> Vec<Word<'t>> {
    let words = parts[at..].iter().map_while(|part| match part {
        Part::Word(word, _) => Some(word.clone()),
        Part::Wall => None,
    });
    // No phrase is longer.
    words.take(24).collect()
}

fn word_at<'p>(parts: &'p [Part<'_>], at: usize) -> &'p str {
    match parts.get(at) {
        Some(Part::Word(word, _)) => &word.lower,
        _ => "",
    }
}

/// Whether a phrase is the date of the todo, where it stands.
fn counts(parts: &[Part<'_>], (start, end): (usize, usize), phrase: &Phrase) -> bool {
    let before = if start == 0 { "" } else { word_at(parts, start - 1) };
    if BLOCKERS.contains(&before) {
        return false;
    }
    let is_prefixed = !matches!(phrase.lead, Lead::None | Lead::The);
    if phrase.is_name && !is_prefixed {
        return false;
    }
    if phrase.is_ordinal && is_part_of_name(parts, (start, end), phrase) {
        return false;
    }
    // `The Sun` and `the friday meeting` are no dates.
    if phrase.lead == Lead::The && !phrase.is_ordinal && phrase.len == 2 && phrase.class == Class::Edge {
        return false;
    }
    let is_last = end == parts.len();
    match phrase.class {
        Class::Anywhere => true,
        Class::Edge => start == 0 || is_last || is_prefixed,
        Class::Last => is_last || phrase.lead == Lead::On,
        Class::Prefixed => is_prefixed,
        Class::Keyed => false,
    }
}

/// Whether an ordinal belongs to a name: `3rd party`, `Henry the 8th`.
fn is_part_of_name(parts: &[Part<'_>], (start, end): (usize, usize), phrase: &Phrase) -> bool {
    if COUNTED.contains(&word_at(parts, end)) {
        return true;
    }
    let is_capital = |at: usize| matches!(parts.get(at), Some(Part::Word(word, _)) if word.is_capital());
    // A street, a war: names go on with a capital.
    if is_capital(end) && start > 0 {
        return true;
    }
    phrase.lead == Lead::The && start > 1 && is_capital(start - 1)
}
