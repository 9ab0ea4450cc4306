//! The rows of the rules' table that are about lines, and more.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{date_settings::DateOrder, text::folded};

/// Wednesday 2026-07-15 17:00 in New York.
fn now() -> ZonedDateTime {
    date(2026, 7, 15).at(17, 0, 0, 0).in_tz("America/New_York").unwrap()
}

fn find(name: &str) -> Option<String> {
    ["Work", "Home/Kitchen", "Movie list", "v1.2"]
        .into_iter()
        .find(|known| folded(known) == folded(name))
        .map(str::to_owned)
}

fn parse_with(line: &str, settings: &DateSettings) -> QuickAdd {
    QuickAdd::parse(line, &QuickAddContext::new(&now(), settings).projects(&find))
}

fn parse(line: &str) -> QuickAdd {
    parse_with(line, &DateSettings::default())
}

/// What a line says: `Submit report | 2026-07-16T16:00:00 | p1 | Work | @email`.
fn read_with(line: &str, settings: &DateSettings) -> String {
    let line = parse_with(line, settings);
    if let Some(error) = line.error() {
        return format!("{:?}: {}", error.kind, error.message);
    }
    let date = |value: &Option<DateValue>, name: &str| match value {
        None => String::new(),
        Some(value) => format!(" | {name}{}", value.due().map_or("none".to_owned(), |due| due.to_string())),
    };
    let priority = line.priority.map(|priority| format!(" | p{priority}")).unwrap_or_default();
    let project = line.project.as_ref().map(|project| format!(" | {project}")).unwrap_or_default();
    let tags = line.tags.iter().map(|tag| format!(" | @{tag}")).collect::<Vec<_>>().concat();
    format!("{}{}{}{priority}{project}{tags}", line.title, date(&line.due, ""), date(&line.start, "from "))
}

fn assert_rows(rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(line, means)| (line, means, read_with(line, &DateSettings::default())))
        .filter(|(_, means, read)| read != *means)
        .map(|(line, means, read)| format!("{line:?}: {read:?} and not {means:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lines_of_the_rules_are_read() {
    assert_rows(&[
        ("pay rent today", "pay rent | 2026-07-15"),
        ("pay rent tod", "pay rent | 2026-07-15"),
        ("pay rent due:today", "pay rent | 2026-07-15"),
        ("call mum tomorrow", "call mum | 2026-07-16"),
        ("call mum tmr", "call mum | 2026-07-16"),
        ("call mum tom", "call mum | 2026-07-16"),
        ("x due:eom", "x | 2026-07-31"),
        ("x due:P5D", "x | 2026-07-20"),
        ("x due:2026-07-20T08:30", "x | 2026-07-20T08:30:00"),
        ("x due:2026-07-20T08:30Z", "x | 2026-07-20T08:30:00Z"),
        ("x due:2026-07-20T08:30+05:00", "x | 2026-07-20T08:30:00+05:00"),
        ("x due:", "x | none"),
        ("x no date", "x | none"),
        ("Submit report tom 4pm p1 +Work @email", "Submit report | 2026-07-16T16:00:00 | p1 | Work | @email"),
        ("Submit report tom 4pm p1 #Work @email", "Submit report | 2026-07-16T16:00:00 | p1 | Work | @email"),
        (
            "Fix bug project:Home.Kitchen @urgent priority:H due:fri",
            "Fix bug | 2026-07-17 | p1 | Home/Kitchen | @urgent",
        ),
        ("Fix project:v1.2", "Fix | v1.2"),
        ("Fix login +urgent", "UnknownProject: There is no project `urgent`."),
        ("Buy milk +1", "Buy milk +1"),
        ("C++ notes", "C++ notes"),
        ("+49 30 123456 call", "+49 30 123456 call"),
        ("fix bug p3 p1", "fix bug p3 | p1"),
        ("Call mum on friday", "Call mum | 2026-07-17"),
        ("move friday meeting to monday", "move friday meeting to monday"),
        ("tomorrow", "Invalid: Nothing is left for a title."),
    ]);
    for line in [
        "buy 27 eggs",
        "The 9/11 Report",
        "mail team@example.com",
        "Create monthly report",
        "merge pr1",
        "Call Tom",
        "Buy 3d printer",
        "Read 3/4 of the book",
        "May I ask",
        "paint 2 rooms",
    ] {
        assert_eq!(read_with(line, &DateSettings::default()), line);
    }
    assert!(parse("Fix login +urgent").error().unwrap().hint.contains("`@urgent`"));
    assert!(parse("tomorrow").error().unwrap().hint.contains("--raw"));
    assert!(!parse("move friday meeting to monday").notes.is_empty(), "there is a hint");
}

#[test]
fn dates_count_where_they_mean_nothing_else() {
    assert_rows(&[
        // Clear ones anywhere.
        ("call today about rent", "call about rent | 2026-07-15"),
        ("Buy milk 2026-12-24 for all", "Buy milk for all | 2026-12-24"),
        ("Call in 3 days about rent", "Call about rent | 2026-07-18"),
        ("Call next week about rent", "Call about rent | 2026-07-20"),
        ("Call next friday about rent", "Call about rent | 2026-07-24"),
        ("Party jan 27 at Ann's", "Party at Ann's | 2027-01-27"),
        ("Party 27th of january at Ann's", "Party at Ann's | 2027-01-27"),
        ("tomorrow, call mum", "call mum | 2026-07-16"),
        ("Call mum tomorrow, then Bob", "Call mum, then Bob | 2026-07-16"),
        ("Call mum tomorrow!", "Call mum! | 2026-07-16"),
        ("Call mum, tomorrow", "Call mum | 2026-07-16"),
        ("Report by tomorrow", "Report | 2026-07-16"),
        ("pay +5d rent", "pay rent | 2026-07-20"),
        ("Milk TOMORROW", "Milk | 2026-07-16"),
        // Others at either end, or behind a word that leaves with them.
        ("friday call mum", "call mum | 2026-07-17"),
        ("call mum friday", "call mum | 2026-07-17"),
        ("call mum Friday", "call mum | 2026-07-17"),
        ("call mum on friday about cake", "call mum about cake | 2026-07-17"),
        ("call mum friday about cake", "call mum friday about cake"),
        ("pay rent 27th", "pay rent | 2026-07-27"),
        ("pay rent on the 27th", "pay rent | 2026-07-27"),
        ("pay rent the 27th", "pay rent | 2026-07-27"),
        ("pay the 27th bill", "pay the 27th bill"),
        ("tom buy milk", "buy milk | 2026-07-16"),
        ("ask tom about milk", "ask tom about milk"),
        ("Meet at 6pm", "Meet | 2026-07-15T18:00:00"),
        ("Meet 18:00", "Meet | 2026-07-15T18:00:00"),
        ("Watch 6pm news", "Watch 6pm news"),
        ("Meet at noon with Ann", "Meet with Ann | 2026-07-16T12:00:00"),
        ("Submit end of month", "Submit | 2026-07-31"),
        ("Submit end of month report", "Submit end of month report"),
        ("Pay by eom", "Pay | 2026-07-31"),
        ("Slides for friday", "Slides | 2026-07-17"),
        ("Dinner tonight", "Dinner | 2026-07-15T22:00:00"),
        ("Run this weekend", "Run | 2026-07-18"),
        ("Tidy up 24.12.", "Tidy up | 2026-12-24"),
        ("Tidy up at 9.30", "Tidy up | 2026-07-16T09:30:00"),
        ("Tidy up in 3d", "Tidy up | 2026-07-18"),
        ("Meet tomorrow at 6", "Meet at 6 | 2026-07-16"),
        // None behind words that mean another time.
        ("postpone trip to tomorrow", "postpone trip to tomorrow"),
        ("mail from friday", "mail from friday"),
        ("closed until 2026-12-24", "closed until 2026-12-24"),
        ("move it to friday 6pm", "move it to friday 6pm"),
        // Of two the last counts.
        ("call mum tomorrow about next week", "call mum tomorrow about | 2026-07-20"),
        ("friday call mum today", "friday call mum | 2026-07-15"),
        // Names keep their capital.
        ("Call Tom 4pm", "Call | 2026-07-16T16:00:00"),
        ("Call on Sat", "Call | 2026-07-18"),
        ("Update Sat nav", "Update Sat nav"),
        ("Sat nav update", "Sat nav update"),
        ("Call May", "Call May"),
        ("March with them", "March with them"),
        ("Party March 5", "Party | 2027-03-05"),
        ("Apply in May", "Apply | 2027-05-01"),
        ("Read The Sun", "Read The Sun"),
        ("3rd party audit", "3rd party audit"),
        ("Visit 5th Avenue flat", "Visit 5th Avenue flat"),
        ("Read Henry the 8th", "Read Henry the 8th"),
        ("1st draft of report", "1st draft of report"),
        // What counts in a date field only.
        ("Wait 3d", "Wait 3d"),
        ("Release 9.30", "Release 9.30"),
        ("Release 24.12", "Release 24.12"),
        ("Read John 3:16", "Read John 3:16"),
        ("Look at 10 houses", "Look at 10 houses"),
        ("Look at 18 houses", "Look at 18 houses"),
        ("Meet at 18", "Meet | 2026-07-15T18:00:00"),
        ("Plan this week", "Plan this week"),
        ("Fix yesterday bug", "Fix yesterday bug"),
        ("Clean 2 weeks", "Clean 2 weeks"),
        ("Trust none", "Trust none"),
        // Repeats are not read yet, and no date is read out of them.
        ("Water plants every friday", "Water plants every friday"),
        ("Water plants every mon, fri at 20:00", "Water plants every mon, fri at 20:00"),
        ("Water plants every! 3 days", "Water plants every! 3 days"),
        ("Water plants after 3 days", "Water plants after 3 days"),
        ("Water plants daily", "Water plants daily"),
        ("Water plants recur:daily", "Water plants recur:daily"),
        ("Read every book tomorrow", "Read every book | 2026-07-16"),
        // Dates that do not exist.
        ("Pay rent feb 30", "Pay rent feb 30"),
        ("Pay rent 2026-02-30", "Pay rent 2026-02-30"),
        ("Pay rent 4/5", "Pay rent 4/5"),
    ]);
}

#[test]
fn numeric_dates_follow_the_accounts_order() {
    let settings = DateSettings { date_order: Some(DateOrder::DayMonthYear), ..DateSettings::default() };
    for (line, means) in [
        ("Pay rent 4/5", "Pay rent | 2027-05-04"),
        ("Pay on 4/5 the rent", "Pay the rent | 2027-05-04"),
        ("The 9/11 Report", "The 9/11 Report"),
        ("Read 3/4 of the book", "Read 3/4 of the book"),
    ] {
        assert_eq!(read_with(line, &settings), means, "{line}");
    }
}

#[test]
fn sigils_and_keys_leave_the_title() {
    assert_rows(&[
        ("Fix +work", "Fix | Work"),
        ("Fix +Home.Kitchen", "Fix | Home/Kitchen"),
        ("Fix +Home/Kitchen.", "Fix. | Home/Kitchen"),
        ("Watch +\"Movie list\" tom", "Watch | 2026-07-16 | Movie list"),
        ("Watch project:\"movie list\"", "Watch | Movie list"),
        ("Fix tag:a,b @A @c", "Fix | @a | @b | @c"),
        ("+Work +work Fix", "Fix | Work"),
        (
            "Fix +Work +\"Movie list\"",
            "Invalid: Column 11: `Work` and `Movie list` are two projects, and a todo is in one.",
        ),
        ("Fix P2", "Fix | p2"),
        ("Fix priority:l p1", "Fix | p3"),
        ("Fix priority:x", "Invalid: Column 14: expected a priority: `H`, `M`, `L`, or 1 to 4."),
        ("Fix due:next week please", "Fix please | 2026-07-20"),
        ("Fix due:tomorrow 9am please", "Fix please | 2026-07-16T09:00:00"),
        ("Fix due:\"next week\" please", "Fix please | 2026-07-20"),
        ("Fix due:fri.", "Fix. | 2026-07-17"),
        ("Fix due:fri today", "Fix today | 2026-07-17"),
        ("Fix wait:mon today", "Fix | 2026-07-15 | from 2026-07-20"),
        ("Fix start:tomorrow", "Fix | from 2026-07-16"),
        ("Fix due:24.12", "Fix | 2026-12-24"),
        ("Fix due:3d", "Fix | 2026-07-18"),
        ("Fix due:daily", "Invalid: Column 9: `daily` says how something repeats, and not when it is."),
        (
            "Fix due:frday",
            "Invalid: Column 9: expected a date such as `fri`, `24 dec` or `2026-12-24`, or a time such as `18:00`. Did \
             you mean `fri`?",
        ),
        (
            "Fix due:4/5",
            "Invalid: Column 9: `4/5` can be read in two ways: write `2027-04-05` or `2027-05-04`.",
        ),
        ("ä due:feb 30", "Invalid: Column 7: `feb 30` does not exist. Did you mean `feb 28`?"),
        ("read https://a.b/x?due:fri at 10:30", "read https://a.b/x?due:fri | 2026-07-16T10:30:00"),
        ("Note: call mum", "Note: call mum"),
        ("watch re:invent", "watch re:invent"),
        ("tom p1 4pm report", "report | 2026-07-16T16:00:00 | p1"),
        ("a @b:c d", "a d | @b:c"),
        ("p1", "Invalid: Nothing is left for a title."),
        ("", "Invalid: A todo needs a title."),
        ("  ", "Invalid: A todo needs a title."),
    ]);
    let hint = |line: &str| {
        parse(line).notes.first().map(|note| (note.kind, note.message.clone(), note.hint.clone()))
    };
    let (kind, message, hint) = hint("Pay deu:fri").unwrap();
    assert_eq!(kind, QuickAddNoteKind::Hint);
    assert_eq!(message, "`deu:fri` stays in the title: `deu:` is no key.");
    assert_eq!(hint, "Did you mean `due:`?");
}

#[test]
fn quotes_protect_words() {
    assert_rows(&[
        ("Call \"next friday\" cafe", "Call \"next friday\" cafe"),
        ("Call \"next friday\" cafe tomorrow", "Call \"next friday\" cafe | 2026-07-16"),
        ("Read 'the +Work of tomorrow'", "Read 'the +Work of tomorrow'"),
        ("Read “p1 tomorrow”", "Read “p1 tomorrow”"),
        ("Buy 5\" pipe tomorrow", "Buy 5\" pipe | 2026-07-16"),
        ("Buy \"milk tomorrow", "Buy \"milk | 2026-07-16"),
        ("the kids' room friday", "the kids' room | 2026-07-17"),
    ]);
}

#[test]
fn hostile_lines_are_read_or_refused() {
    let emoji = "🎉".repeat(489);
    assert_eq!(
        read_with(&format!("{emoji} tomorrow"), &DateSettings::default()),
        format!("{emoji} | 2026-07-16")
    );
    assert_eq!(
        read_with(&format!("{} tomorrow", "🎉".repeat(501)), &DateSettings::default()),
        "Invalid: The title is not possible: Must be at most 500 characters."
    );
    assert_eq!(
        read_with(&"x".repeat(2_001), &DateSettings::default()),
        "Invalid: The line has over 2,000 characters."
    );
    for (line, means) in [
        ("\u{5e9}\u{5dc}\u{5d5}\u{5dd} tomorrow", "\u{5e9}\u{5dc}\u{5d5}\u{5dd} | 2026-07-16"),
        ("call tomorrow\u{301}", "call tomorrow\u{301}"),
        ("call\u{a0}mum tomorrow", "call\u{a0}mum | 2026-07-16"),
        ("a\u{200d}tomorrow", "a\u{200d}tomorrow"),
        ("a  b tomorrow", "a  b | 2026-07-16"),
    ] {
        assert_eq!(read_with(line, &DateSettings::default()), means, "{line:?}");
    }
    let many = (0..60).map(|tag| format!(" @t{tag}")).collect::<Vec<_>>().concat();
    assert!(parse(&format!("x{many}")).error().is_some(), "a todo has at most 50 tags");
}

#[test]
fn what_was_understood_has_its_place() {
    let line = "Tëst p1 tom at 4pm +Work @é due";
    let read = parse(line);
    let spans: Vec<(&str, QuickAddField, &str)> = read
        .understood
        .iter()
        .map(|understood| (&line[understood.span.clone()], understood.field, understood.value.as_str()))
        .collect();
    // The date is neither first nor last.
    assert_eq!(
        spans,
        [
            ("p1", QuickAddField::Priority, "1"),
            ("+Work", QuickAddField::Project, "Work"),
            ("@é", QuickAddField::Tag, "é"),
        ]
    );
    let line = "Tëst by tom p1 4pm, +\"Movie list\"";
    let read = parse(line);
    let spans: Vec<&str> = read.understood.iter().map(|understood| &line[understood.span.clone()]).collect();
    assert_eq!(spans, ["by tom", "p1", "4pm", "+\"Movie list\""]);
    assert_eq!((read.title.as_str(), read.understood[2].value.as_str()), ("Tëst", "2026-07-16T16:00:00"));
}

#[test]
fn dates_given_beside_the_line_leave_its_words_alone() {
    let settings = DateSettings::default();
    let now = now();
    let context = QuickAddContext::new(&now, &settings).without_dates();
    let line = QuickAdd::parse("Pay rent tomorrow p1", &context);
    assert_eq!((line.title.as_str(), line.due, line.priority), ("Pay rent tomorrow", None, Some(1)));
}

#[test]
fn a_past_date_is_warned_of() {
    for line in ["pay rent today 4pm", "pay rent due:yesterday", "pay rent 2026-01-01"] {
        let kinds: Vec<QuickAddNoteKind> = parse(line).notes.iter().map(|note| note.kind).collect();
        assert_eq!(kinds, [QuickAddNoteKind::Warning], "{line}");
    }
    assert!(parse("pay rent today").notes.is_empty());
}

/// Words of lines, of every sort.
fn lines() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "pay",
        "Tom",
        "tom",
        "on",
        "friday",
        "4pm",
        "p1",
        "p4",
        "+Work",
        "#x",
        "@é",
        "due:",
        "due:fri",
        "due:\"next week\"",
        "start:4/5",
        "\"",
        "'",
        "\"a",
        "b\"",
        "“",
        "”",
        "🎉",
        "é\u{301}",
        "שלום",
        ",",
        "tomorrow,",
        "every",
        "day",
        "3",
        "27th",
        "May",
        "the",
        "for",
        "to",
        "in",
        "days",
        "24.12.",
        "\u{a0}",
        "\u{200d}",
        "key:",
        "x:y",
        "+\"",
        "at",
        "6",
    ]);
    prop::collection::vec((words, prop::sample::select(vec![" ", "  ", "", "\u{2003}"])), 0..14)
        .prop_map(|words| words.into_iter().flat_map(|(word, space)| [word, space]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn spans_are_on_boundaries_and_apart(line in lines()) {
        let read = parse(&line);
        for span in read.understood.iter().map(|understood| &understood.span).chain(read.notes.iter().map(|note| &note.span)) {
            prop_assert!(line.get(span.clone()).is_some(), "{line:?} {span:?}");
        }
        let mut end = 0;
        let mut last = None;
        for understood in &read.understood {
            // Tags with commas between them stand in one place.
            if last != Some(&understood.span) {
                prop_assert!(understood.span.start >= end && !understood.span.is_empty(), "{line:?} {:?}", read.understood);
            }
            end = understood.span.end;
            last = Some(&understood.span);
        }
        // Nothing appears in a title that was not in the line.
        for word in read.title.split_whitespace() {
            prop_assert!(line.contains(word.trim_end_matches([',', ';', '!', '?', '.', ':', ')'])), "{line:?} {word:?}");
        }
        if read.understood.is_empty() && read.error().is_none() {
            prop_assert_eq!(read.title, line.trim());
        }
    }

    #[test]
    fn no_line_panics(line in "\\PC{0,60}") {
        drop(parse(&line));
    }
}

#[test]
fn every_line_of_the_documentation_is_read_so() {
    let rows = crate::grammar::dates::doc_rows("Quick add");
    assert!(rows.len() > 5);
    for row in rows {
        let line = row[0].trim_matches('`');
        let read = parse(line);
        let rest: Vec<String> = read
            .due
            .and_then(|due| due.due())
            .map(|due| due.to_string())
            .into_iter()
            .chain(read.priority.map(|priority| format!("p{priority}")))
            .chain(read.project.map(|project| format!("+{project}")))
            .chain(read.tags.iter().map(|tag| format!("@{tag}")))
            .collect();
        assert_eq!((read.title, rest.join(" ")), (row[1].clone(), row[2].clone()), "docs/dates.md: {line}");
    }
}
