//! From the words of `todo add` to what is to be created: what a line says, and what its flags say instead.

use todo_model::date_settings::DateSettings;
use todo_model::grammar::{DatePhrase, QuickAdd, QuickAddContext, QuickAddNoteKind};
use todo_model::text::folded;
use todo_sdk::Project;

use super::context::Context;
use super::fields;
use crate::error::Error;

/// The values of a date flag, with the words that stand right behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DateFlag {
    /// `--due`, say.
    pub(super) flag: &'static str,
    pub(super) value: String,
    pub(super) behind: Vec<String>,
}

/// How the lines are read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'r> {
    pub(super) settings: &'r DateSettings,
    pub(super) projects: &'r [Project],
    /// Whether no word is read at all.
    pub(super) raw: bool,
    /// Whether a flag gives the date.
    pub(super) has_date: bool,
}

/// Reads a line. Projects that do not exist stand in the notes.
pub(super) fn read(line: &str, reading: Reading<'_>, cx: &Context<'_>) -> Result<QuickAdd, Error> {
    if reading.raw {
        let mut raw = QuickAdd::default();
        raw.title = fields::parse_title(line)?;
        return Ok(raw);
    }
    let find = |name: &str| {
        let wanted = folded(name);
        reading
            .projects
            .iter()
            .find(|project| folded(&project.name) == wanted)
            .map(|found| found.name.clone())
    };
    let context = QuickAddContext::new(cx.now(), reading.settings).projects(&find);
    let context = if reading.has_date { context.without_dates() } else { context };
    let read = QuickAdd::parse(line, &context);
    match read.error() {
        Some(note) if note.kind != QuickAddNoteKind::UnknownProject => {
            // The title has the sentences of this program, which name its flags.
            if read.title.is_empty() && !line.trim().is_empty() {
                return Err(Error::usage(format!("Nothing of `{}` is left for a title.", line.trim()))
                    .hint("`--raw` takes all the words as the title."));
            }
            fields::parse_title(&read.title)?;
            let error = Error::usage(note.message.clone());
            Err(if note.hint.is_empty() { error } else { error.hint(note.hint.clone()) })
        }
        _ if read.start.is_some() => {
            Err(Error::usage("Todos have no start date yet.")
                .hint("`--raw` takes all the words as the title."))
        }
        _ => Ok(read),
    }
}

/// Joins the arguments. One that begins as a project does and holds spaces is one name.
pub(super) fn join(words: &[String]) -> String {
    let joined: Vec<String> = words
        .iter()
        .map(|word| match word.strip_prefix(['+', '#']) {
            Some(name) if name.contains(char::is_whitespace) && !name.contains('"') => {
                format!("{}\"{name}\"", &word[..1])
            }
            _ => word.clone(),
        })
        .collect();
    joined.join(" ")
}

/// Refuses words right behind the value of a date flag that go on with it: `--due tomorrow 9am`.
pub(super) fn refuse_split_dates(flags: &[DateFlag], cx: &Context<'_>) -> Result<(), Error> {
    let settings = DateSettings::default();
    for DateFlag { flag, value, behind } in flags {
        let mut longest = None;
        let mut text = value.clone();
        for word in behind.iter().take(6) {
            text = format!("{text} {word}");
            if DatePhrase::parse(&text, cx.now(), &settings).is_ok() {
                longest = Some(text.clone());
            }
        }
        if let Some(text) = longest {
            return Err(Error::usage(format!("`{flag} {text}` wants quotes around the date."))
                .hint(format!("Write `{flag} '{text}'`, or put the title before `{flag}`.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_joined_with_one_space() {
        let joined = |words: &[&str]| join(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(joined(&["Buy", "milk  now"]), "Buy milk  now");
        assert_eq!(joined(&["Watch", "+Movie list"]), "Watch +\"Movie list\"");
        assert_eq!(joined(&["#Movie list", "x"]), "#\"Movie list\" x");
        assert_eq!(joined(&["+Work", "+1 2"]), "+Work +\"1 2\"");
    }
}
