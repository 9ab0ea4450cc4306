//! From tokens to what a line says: sigils and keys first, then the date among the words that are left.

use std::ops::Range;

use super::{
    super::{
        DateValue,
        dates::{Fault, calendar::Calendar, column, located, phrase, whole_phrase, words},
        nearest::closest,
    },
    QuickAdd, QuickAddContext, QuickAddField, QuickAddNote, QuickAddNoteKind, Understood,
    lexer::{KEYS, Key, Kind, Token, tokens, without_punctuation},
    title_dates::{self, Found, Part, Remark},
};
use crate::{
    grammar::DateError,
    limits,
    text::{self, TextError, folded},
};

/// Reads a line.
pub(super) fn read(line: &str, context: &QuickAddContext<'_>) -> QuickAdd {
    let mut reader = Reader {
        line,
        context,
        calendar: Calendar::new(context.now, context.settings),
        tokens: tokens(line),
        removed: Vec::new(),
        out: QuickAdd::default(),
    };
    reader.removed = vec![false; reader.tokens.len()];
    if line.chars().nth(limits::QUICK_ADD_CHARS).is_some() {
        reader.note(QuickAddNoteKind::Invalid, 0..line.len(), "The line has over 2,000 characters.", "");
    } else {
        reader.sigils();
        reader.keys();
        if context.reads_dates && reader.out.due.is_none() {
            reader.dates();
        }
    }
    reader.title();
    reader.out.understood.sort_by_key(|understood| understood.span.start);
    reader.out.notes.sort_by_key(|note| (note.kind, note.span.start));
    reader.out
}

struct Reader<'r> {
    line: &'r str,
    context: &'r QuickAddContext<'r>,
    calendar: Calendar<'r>,
    tokens: Vec<Token<'r>>,
    /// Which tokens have left the title.
    removed: Vec<bool>,
    out: QuickAdd,
}

impl<'r> Reader<'r> {
    fn note(
        &mut self,
        kind: QuickAddNoteKind,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.out.notes.push(QuickAddNote { kind, span, message: message.into(), hint: hint.into() });
    }

    fn understand(&mut self, span: Range<usize>, field: QuickAddField, value: impl Into<String>) {
        self.out.understood.push(Understood { span, field, value: value.into() });
    }

    /// Projects, tags and priorities.
    fn sigils(&mut self) {
        let last_priority = self.tokens.iter().rposition(|token| matches!(token.kind, Kind::Priority(_)));
        for at in 0..self.tokens.len() {
            let span = self.core_span(at);
            match self.tokens[at].kind.clone() {
                Kind::Priority(priority) if Some(at) == last_priority => {
                    self.out.priority = Some(priority);
                    self.removed[at] = true;
                    self.understand(span, QuickAddField::Priority, priority.to_string());
                }
                Kind::Project { name, has_levels_by_dots } => {
                    self.project(at, span, name, has_levels_by_dots);
                }
                Kind::Tag(names) => self.tags(at, span, names),
                _ => {}
            }
        }
        if self.out.tags.len() > limits::TAGS {
            self.note(QuickAddNoteKind::Invalid, 0..self.line.len(), "A todo has at most 50 tags.", "");
        }
    }

    fn project(&mut self, at: usize, span: Range<usize>, name: &str, has_levels_by_dots: bool) {
        let find = self.context.find_project;
        let with_levels = name.replace('.', "/");
        let found = find(name).or_else(|| find(&with_levels));
        let wanted = if has_levels_by_dots { with_levels.as_str() } else { name };
        let name = match (&found, text::project_name(wanted)) {
            (Some(found), _) => found.clone(),
            (None, Ok(name)) => name,
            (None, Err(error)) => {
                let message = format!(
                    "`{}` stays in the title: it names no project. {error}",
                    &self.line[span.clone()]
                );
                return self.note(QuickAddNoteKind::Hint, span, message, "");
            }
        };
        if let Some(other) = self.out.project.clone() {
            if folded(&other) != folded(&name) {
                let message = format!(
                    "Column {}: `{other}` and `{name}` are two projects, and a todo is in one.",
                    column(self.line, span.start)
                );
                return self.note(
                    QuickAddNoteKind::Invalid,
                    span,
                    message,
                    "`--raw` takes the words as the title.",
                );
            }
        } else if found.is_none() {
            let hint =
                format!("`--create-project` creates it. A tag is written `@{}`.", name.replace(' ', "-"));
            self.note(
                QuickAddNoteKind::UnknownProject,
                span.clone(),
                format!("There is no project `{name}`."),
                hint,
            );
        }
        self.removed[at] = true;
        self.understand(span, QuickAddField::Project, &name);
        self.out.project = Some(name);
    }

    /// One tag, or several with commas between them.
    fn tags(&mut self, at: usize, span: Range<usize>, names: &str) {
        let tags: Result<Vec<&str>, TextError> = names.split(',').map(text::tag).collect();
        match tags {
            Ok(tags) => {
                self.removed[at] = true;
                for tag in tags {
                    self.understand(span.clone(), QuickAddField::Tag, tag);
                    if self.out.tags.iter().all(|known| folded(known) != folded(tag)) {
                        self.out.tags.push(tag.to_owned());
                    }
                }
            }
            Err(error) => {
                let message =
                    format!("`{}` stays in the title: it is no tag. {error}", &self.line[span.clone()]);
                self.note(QuickAddNoteKind::Hint, span, message, "");
            }
        }
    }

    /// `due:`, `start:`, `wait:`, `priority:`, and what looks like a key.
    fn keys(&mut self) {
        for at in 0..self.tokens.len() {
            let Kind::Key { key, value, value_at, is_quoted } = self.tokens[at].kind.clone() else {
                continue;
            };
            if self.removed[at] {
                continue;
            }
            match key {
                Key::Due => self.date_key(at, QuickAddField::Due, (value, value_at, is_quoted)),
                Key::Start => self.date_key(at, QuickAddField::Start, (value, value_at, is_quoted)),
                Key::Priority => self.priority_key(at, value, value_at),
                Key::Recur => {
                    let span = self.core_span(at);
                    let message = format!(
                        "`{}` stays in the title: repeats are not read here.",
                        &self.line[span.clone()]
                    );
                    self.note(QuickAddNoteKind::Hint, span, message, "");
                }
                Key::Unknown => self.unknown_key(at, value),
            }
        }
    }

    fn unknown_key(&mut self, at: usize, value: &str) {
        let span = self.core_span(at);
        let written = &self.line[span.clone()];
        let name = written.split(':').next().unwrap_or_default();
        let near = closest(name, &KEYS);
        // `Note: call` is no key.
        if value.is_empty() && near.is_none() {
            return;
        }
        let hint = near.map(|near| format!("Did you mean `{near}:`?")).unwrap_or_default();
        self.note(
            QuickAddNoteKind::Hint,
            span,
            format!("`{written}` stays in the title: `{name}:` is no key."),
            hint,
        );
    }

    fn priority_key(&mut self, at: usize, value: &str, value_at: usize) {
        let span = self.core_span(at);
        let value = without_punctuation(value).to_ascii_lowercase();
        let priority = match value.as_str() {
            "h" | "1" | "p1" => 1,
            "m" | "2" | "p2" => 2,
            "l" | "3" | "p3" => 3,
            "4" | "p4" => 4,
            _ => {
                let message = format!(
                    "Column {}: expected a priority: `H`, `M`, `L`, or 1 to 4.",
                    column(self.line, value_at)
                );
                return self.note(QuickAddNoteKind::Invalid, span, message, "");
            }
        };
        self.removed[at] = true;
        self.out.priority = Some(priority);
        // Of two priorities, the one of the key is not a word that may be part of the title.
        self.out.understood.retain(|understood| understood.field != QuickAddField::Priority);
        self.understand(span, QuickAddField::Priority, priority.to_string());
    }

    /// A key takes the longest phrase behind it.
    fn date_key(
        &mut self,
        at: usize,
        field: QuickAddField,
        (value, value_at, is_quoted): (&str, usize, bool),
    ) {
        let key_start = self.tokens[at].span.start;
        if value.is_empty() {
            self.removed[at] = true;
            let span = key_start..self.tokens[at].span.end;
            return self.set_date(field, std::slice::from_ref(&span), DateValue::Never, false);
        }
        let inner = &self.line[value_at..value_at + value.len()];
        let mut found: Vec<words::Word<'r>> =
            words::raw_words(inner, value_at).map(|(raw, start)| words::Word::new(raw, start)).collect();
        let own = found.len();
        if !is_quoted {
            let behind = self.tokens[at + 1..].iter().map_while(|token| match token.kind {
                Kind::Word(raw) => Some(words::Word::new(raw, token.span.start)),
                _ => None,
            });
            found.extend(behind.take(24));
        }
        let read = if is_quoted {
            whole_phrase(&found, &self.calendar)
        } else {
            match phrase(&found, true, &self.calendar) {
                Ok(None) => whole_phrase(&found[..own], &self.calendar),
                Ok(Some(phrase)) => Ok(phrase),
                Err(fault) => Err(fault),
            }
        };
        match read {
            Ok(phrase) => {
                let more = phrase.len.saturating_sub(own);
                let end = if is_quoted { self.tokens[at].span.end } else { found[phrase.len - 1].span().end };
                self.removed[at..=at + more].fill(true);
                let span = key_start..end;
                self.set_date(field, std::slice::from_ref(&span), phrase.value, phrase.is_past);
            }
            Err(fault) => {
                let error = self.error_of(&fault, &found);
                let span = self.core_span(at);
                self.note(QuickAddNoteKind::Invalid, span, error.to_string(), "");
            }
        }
    }

    fn error_of(&self, fault: &Fault, found: &[words::Word<'_>]) -> DateError {
        located(fault, self.line, found)
    }

    fn set_date(&mut self, field: QuickAddField, spans: &[Range<usize>], value: DateValue, is_past: bool) {
        let shown = value.due().map_or_else(|| "none".to_owned(), |due| due.to_string());
        for span in spans {
            self.understand(span.clone(), field, &shown);
        }
        if is_past && let Some(span) = spans.first() {
            let message = format!("`{}` is in the past.", &self.line[span.clone()]);
            self.note(QuickAddNoteKind::Warning, span.clone(), message, "");
        }
        match field {
            QuickAddField::Start => self.out.start = Some(value),
            _ => self.out.due = Some(value),
        }
    }

    /// The date among the words: the last one that counts.
    fn dates(&mut self) {
        let parts: Vec<Part<'r>> = self
            .tokens
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.removed[*at])
            .map(|(at, token)| match token.kind {
                Kind::Word(raw) => Part::Word(words::Word::new(raw, token.span.start), at),
                // An earlier priority is a word of the title.
                _ => Part::Wall,
            })
            .collect();
        let (mut found, remarks) = title_dates::find(&parts, &self.calendar);
        let counted = found.pop();
        for Found { start, end, .. } in found {
            let span = self.parts_span(&parts, start, end);
            let message = format!("`{}` stays in the title: the last date counts.", &self.line[span.clone()]);
            self.note(QuickAddNoteKind::Hint, span, message, "");
        }
        for remark in remarks {
            self.remark(&parts, remark);
        }
        let Some(Found { start, end, phrase }) = counted else { return };
        // `for` would be left over at the end.
        let is_dangling = end == parts.len()
            && start > 0
            && matches!(&parts[start - 1], Part::Word(word, _) if word.lower == "for" && start > 1);
        let start = start - usize::from(is_dangling);
        let spans = Self::runs(&parts, start, end);
        for part in &parts[start..end] {
            if let Part::Word(_, at) = part {
                self.removed[*at] = true;
            }
        }
        self.set_date(QuickAddField::Due, &spans, phrase.value, phrase.is_past);
    }

    fn remark(&mut self, parts: &[Part<'_>], remark: Remark) {
        match remark {
            Remark::Stays(start, end) => {
                let span = self.parts_span(parts, start, end);
                let written = self.line[span.clone()].to_owned();
                let message = format!("`{written}` stays in the title.");
                let hint = if written.contains(' ') {
                    format!("`due:\"{written}\"` makes it the date.")
                } else {
                    format!("`due:{written}` makes it the date.")
                };
                self.note(QuickAddNoteKind::Hint, span, message, hint);
            }
            Remark::Repeat(start, end) => {
                let span = self.parts_span(parts, start, end);
                let message =
                    format!("`{}` stays in the title: repeats are not read here.", &self.line[span.clone()]);
                self.note(QuickAddNoteKind::Hint, span, message, "");
            }
            Remark::Fault(start, fault) => {
                let first = start + fault.at;
                let span = self.parts_span(parts, first, (first + fault.len.max(1)).min(parts.len()));
                let message =
                    format!("`{}` stays in the title: {}.", &self.line[span.clone()], fault.message);
                let hint = fault.suggestion.map(|text| format!("Did you mean `{text}`?")).unwrap_or_default();
                self.note(QuickAddNoteKind::Hint, span, message, hint);
            }
        }
    }

    /// From the first to the last of some parts.
    fn parts_span(&self, parts: &[Part<'_>], start: usize, end: usize) -> Range<usize> {
        let runs = Self::runs(parts, start, end);
        match (runs.first(), runs.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..self.line.len(),
        }
    }

    /// The pieces of the line that some parts are, which tokens taken out of it may separate.
    fn runs(parts: &[Part<'_>], start: usize, end: usize) -> Vec<Range<usize>> {
        let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
        for part in parts.get(start..end).unwrap_or_default() {
            let Part::Word(word, at) = part else { continue };
            match runs.last_mut() {
                Some((last, run)) if *last + 1 == *at => {
                    *last = *at;
                    run.end = word.span().end;
                }
                _ => runs.push((*at, word.span())),
            }
        }
        runs.into_iter().map(|(_, run)| run).collect()
    }

    /// A token without the punctuation behind it.
    fn core_span(&self, at: usize) -> Range<usize> {
        let Token { span, kind } = &self.tokens[at];
        let text = &self.line[span.clone()];
        let is_open = text.ends_with('"') || matches!(kind, Kind::Key { value: "", .. });
        let core = if is_open { text } else { without_punctuation(text) };
        span.start..span.start + core.len()
    }

    /// The bytes of a token that are not punctuation behind it. The dot of `24.12.` is none.
    fn core_length(&self, at: usize) -> usize {
        let Token { span, kind } = &self.tokens[at];
        let without = |value: &str| value.len() - words::Word::new(value, 0).text.len();
        match kind {
            Kind::Word(raw) => span.len() - without(raw),
            Kind::Key { value, is_quoted: false, .. } if !value.is_empty() => span.len() - without(value),
            Kind::Key { .. } | Kind::Quoted => span.len(),
            Kind::Project { .. } | Kind::Tag(_) | Kind::Priority(_) => {
                let written = &self.line[span.clone()];
                if written.ends_with('"') { span.len() } else { without_punctuation(written).len() }
            }
        }
    }

    /// What is left, with its punctuation and spaces.
    fn title(&mut self) {
        let has_changed = self.removed.contains(&true);
        self.out.title = if has_changed { self.remaining() } else { self.line.trim().to_owned() };
        let Err(error) = text::title(&self.out.title) else { return };
        let (message, hint) = match error {
            TextError::Empty if self.line.trim().is_empty() => {
                ("A todo needs a title.".to_owned(), String::new())
            }
            TextError::Empty => (
                "Nothing is left for a title.".to_owned(),
                "`--raw` takes the words as the title.".to_owned(),
            ),
            error => (format!("The title is not possible: {error}"), String::new()),
        };
        if self.out.error().is_none() {
            self.note(QuickAddNoteKind::Invalid, 0..self.line.len(), message, hint);
        }
    }

    fn remaining(&self) -> String {
        let mut title = String::new();
        // Where the last token ended, if it stayed.
        let mut kept_until = None;
        for (at, Token { span, .. }) in self.tokens.iter().enumerate() {
            let written = &self.line[span.clone()];
            if self.removed[at] {
                let behind = &written[self.core_length(at)..];
                let is_sentence = !behind.is_empty() && behind != ")";
                if is_sentence && !title.is_empty() && !title.ends_with([',', ';', ':', '!', '?', '.']) {
                    title.push_str(behind);
                }
                kept_until = None;
                continue;
            }
            match kept_until {
                Some(end) => title.push_str(&self.line[end..span.start]),
                None if !title.is_empty() => title.push(' '),
                None => {}
            }
            title.push_str(written);
            kept_until = Some(span.end);
        }
        title.trim().trim_end_matches([',', ';']).trim_end().to_owned()
    }
}
