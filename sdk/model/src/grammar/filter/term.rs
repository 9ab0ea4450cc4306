//! From one token to what it says: sigils, keys, numbers, words.

use super::{
    super::nearest::closest,
    condition::{Condition, DueTest, Numbers, Priorities, State},
    dates::Dates,
    error::Fault,
    value,
};

/// `milk`, `due:none`, `"buy milk"` or `tag:"x|y"`: a word, and a quoted text behind it, either of which may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawTerm<'t> {
    pub(super) word: &'t str,
    pub(super) quoted: Option<String>,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A word that nothing is reserved about. `not`, `and` and `or` are among them.
    Word,
    /// `12`, `1-3` or `1,4-10`: numbers if nothing but numbers stands beside it.
    Number(Result<Numbers, Fault>),
    /// `#12`: numbers.
    SureNumber(Numbers),
    /// Anything else.
    Condition(Condition),
}

/// What stands before the value of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Due,
    DueBefore,
    DueAfter,
    DueBy,
    Id,
    Is,
    Parent,
    Priority,
    Project,
    Tag,
    /// `due.x:` and the like.
    UnknownPart,
    /// One that is no condition, or none yet.
    Refused(&'static str),
}

/// Those that a slip of the finger may have meant: of three letters or more.
const LONG_KEYS: &[&str] = &[
    "due", "tag", "parent", "priority", "project", "title", "notes", "done", "created", "changed", "sort",
    "limit",
];
const SIGILS: [char; 3] = ['@', '+', '#'];

const NO_TIMES_YET: &str =
    "a condition that exists: the times of creation, change and completion are none yet";
const NO_PARTS_OF_TEXT_YET: &str = "a condition that exists: words look at title, notes and tags alike";
const NO_ORDER: &str = "conditions only: order and size are fields of the request";
const PROJECT_ID: &str = "a project by its id, as in `project:0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e`";
const NO_WORDS_FOR_DATES: &str = "a word in quotes, or a date: words for dates are no conditions yet";

/// A key with its sign, and the value behind it.
struct Keyed<'t> {
    key: Key,
    /// In bytes, from the beginning of the word.
    value_at: usize,
    value: &'t str,
}

impl<'t> Keyed<'t> {
    /// Reads `due.before:fri` or `due<fri`. `None` where no key is known.
    fn split(word: &'t str) -> Option<Self> {
        let name_end = word.find([':', '<', '>'])?;
        let (name, rest) = word.split_at(name_end);
        let sign = ["<=", ":", "<", ">"].into_iter().find(|sign| rest.starts_with(sign))?;
        let key = match (&*name.to_ascii_lowercase(), sign) {
            ("due", ":") => Key::Due,
            ("due.before", ":") | ("due", "<") => Key::DueBefore,
            ("due.after", ":") | ("due", ">") => Key::DueAfter,
            ("due.by", ":") | ("due", "<=") => Key::DueBy,
            ("id", ":") => Key::Id,
            ("is", ":") => Key::Is,
            ("parent", ":") => Key::Parent,
            ("priority", ":") => Key::Priority,
            ("project", ":") => Key::Project,
            ("tag", ":") => Key::Tag,
            ("title" | "notes", ":") => Key::Refused(NO_PARTS_OF_TEXT_YET),
            ("sort" | "limit", ":") => Key::Refused(NO_ORDER),
            (name, sign) => match name.split_once('.').map_or(name, |(name, _)| name) {
                "done" | "created" | "changed" => Key::Refused(NO_TIMES_YET),
                "due" if sign == ":" => Key::UnknownPart,
                _ => return None,
            },
        };
        let value_at = name_end + sign.len();
        Some(Self { key, value_at, value: &word[value_at..] })
    }
}

/// Whether a quoted text right behind this word is its value.
pub(super) fn takes_value(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let is_sigil = word.strip_prefix(SIGILS).is_some_and(str::is_empty);
    is_sigil || Keyed::split(word).is_some_and(|keyed| keyed.value.is_empty())
}

/// Reads a token that begins at this byte.
pub(super) fn read(raw: &RawTerm<'_>, at: usize, dates: &mut Dates<'_>) -> Result<Term, Fault> {
    let RawTerm { word, quoted } = raw;
    if word.is_empty() {
        let text = value::text(quoted.as_deref().unwrap_or_default(), at)?;
        return Ok(Term::Condition(Condition::Text(text)));
    }
    if let Some(negated) = word.strip_prefix('-')
        && is_condition(negated)
    {
        return Err(Fault::new(at, "`not` for a negation").suggest(Some(format!("not {negated}"))));
    }
    if let Some(rest) = word.strip_prefix(SIGILS)
        && let Some(value) = quoted.as_deref().or(Some(rest).filter(|rest| !rest.is_empty()))
    {
        return sigil(&word[..1], value, at);
    }
    if let Some(Keyed { key, value_at, value }) = Keyed::split(word) {
        if quoted.is_some() {
            // What is in quotes ends there.
            dates.behind.clear();
        }
        // Behind the quote.
        let value_at = at + value_at + usize::from(quoted.is_some());
        let text = quoted.as_deref().unwrap_or(value);
        return key_value(key, text, (at, value_at), dates).map(Term::Condition);
    }
    if let Some(priorities) = value::priority_word(word, at)? {
        return Ok(Term::Condition(Condition::Priority(priorities)));
    }
    if let Some(number) = value::numbers(word, at) {
        return Ok(Term::Number(number));
    }
    if let Some(condition) = dates.word(word) {
        return Ok(Term::Condition(condition));
    }
    if ["overdue", "today", "upcoming"].iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
        return Err(Fault::new(at, NO_WORDS_FOR_DATES).suggest(Some(format!("\"{word}\""))));
    }
    slip(word, at)?;
    Ok(Term::Word)
}

/// Whether this is the beginning of more than a word.
fn is_condition(word: &str) -> bool {
    word.strip_prefix(SIGILS).is_some() || Keyed::split(word).is_some()
}

fn sigil(sigil: &str, value: &str, at: usize) -> Result<Term, Fault> {
    if sigil == "@" {
        return Ok(Term::Condition(Condition::Tag(value::text(value, at + 1)?)));
    }
    if sigil == "#"
        && let Some(numbers) = value::numbers(value, at + 1)
    {
        return numbers.map(Term::SureNumber);
    }
    Err(Fault::new(at, PROJECT_ID))
}

/// `at` is where the key is, and where the value is.
fn key_value(
    key: Key,
    text: &str,
    (key_at, at): (usize, usize),
    dates: &mut Dates<'_>,
) -> Result<Condition, Fault> {
    Ok(match key {
        Key::Due => Condition::Due(value::due(text, at, dates)?),
        Key::DueBefore => Condition::Due(DueTest::Before(value::moments(text, at, true, dates)?.0)),
        Key::DueAfter => Condition::Due(DueTest::After(value::moments(text, at, true, dates)?.1)),
        Key::DueBy => Condition::Due(DueTest::By(value::moments(text, at, true, dates)?.1)),
        Key::Id => Condition::Id(value::id_prefix(text, at)?),
        Key::Is => Condition::State(state(text, at)?),
        Key::Parent => Condition::Parent(value::parent(text, at)?),
        Key::Priority => Condition::Priority(priorities(text, at)?),
        Key::Project => Condition::Project(value::id(text).ok_or_else(|| Fault::new(at, PROJECT_ID))?),
        Key::Tag => Condition::Tag(value::text(text, at)?),
        Key::UnknownPart => {
            return Err(Fault::new(key_at, "`due:`, `due.before:`, `due.after:` or `due.by:`"));
        }
        Key::Refused(expected) => return Err(Fault::new(key_at, expected)),
    })
}

fn state(text: &str, at: usize) -> Result<State, Fault> {
    const STATES: [(&str, State); 4] =
        [("open", State::Open), ("done", State::Done), ("any", State::Any), ("trash", State::Trash)];
    let named = STATES.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    named.map(|(_, state)| state).ok_or_else(|| {
        Fault::new(at, "`open`, `done`, `any` or `trash`")
            .suggest(closest(text, &STATES.map(|(name, _)| name)))
    })
}

fn priorities(text: &str, at: usize) -> Result<Priorities, Fault> {
    let with_letter = format!("p{}", text.strip_prefix(['p', 'P']).unwrap_or(text));
    let priorities = value::priority_word(&with_letter, at)?;
    priorities.ok_or_else(|| Fault::new(at, "a priority from 1 to 4, or 0 for none"))
}

/// Fails for a key that is none, where it is one letter away from one.
fn slip(word: &str, at: usize) -> Result<(), Fault> {
    let Some((typed, value)) = word.split_once(':') else { return Ok(()) };
    match closest(typed, LONG_KEYS) {
        Some(key) => Err(Fault::new(at, "a key that exists").suggest(Some(format!("{key}:{value}")))),
        None => Ok(()),
    }
}
