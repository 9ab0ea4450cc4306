//! Parts, notes, the manual order, deleted projects, and the trash for good.

use crate::sandbox::{Sandbox, assert_transcript};

#[test]
fn more_lines_than_one_call_takes_are_taken_back_together() {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = (0..2_050).map(|number| format!("Item {number}")).collect();
    let output = sandbox.run_with(&["add", "-"], &lines.join("\n"));
    let told = String::from_utf8(output.stderr).unwrap();
    let (said, rest) = told.split_once(" `todo undo ").unwrap();
    assert_eq!(said, "Added 2050 todos.");
    let group = rest.split('`').next().unwrap();
    let list = sandbox.json(&["list", "--sort", "number"]);
    let titles: Vec<&str> =
        list["todos"].as_array().unwrap().iter().map(|todo| todo["title"].as_str().unwrap()).collect();
    assert_eq!(titles, lines);

    let undone = sandbox.json(&["undo", group]);
    assert_eq!(undone["operations"].as_array().unwrap().len(), 3);
    assert_eq!(sandbox.ok(&["list", "-q"]), "");
    let again = sandbox.run(&["undo", group]);
    assert_eq!(again.status.code(), Some(3), "{}", sandbox.seen(&again));
}

#[test]
fn parts_change_only_where_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["add", "Party"]);
    sandbox.ok(&["add", "Cake", "--parent", "1"]);
    sandbox.ok(&["add", "Eggs", "--parent", "2"]);
    assert_transcript!(
        sandbox,
        "
        todo done 1
        todo done 1 --with-parts
        todo reopen 1-3
        todo rm 1
        todo rm 1 --with-parts
        todo restore 1 --with-parts
        todo list
        todo done 2 --json
        "
    );
}

#[test]
fn notes_are_added_shown_and_removed() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], "Buy milk\nBuy bread");
    assert_transcript!(
        sandbox,
        "
        todo annotate 1 The shop was closed
        todo annotate 1-2 'On foot.'
        todo show 1
        todo annotate 1 --remove 1
        todo undo
        todo annotate 1 --remove 3
        todo annotate 1 --remove x
        todo annotate 9 Nobody
        todo annotate 1 ' '
        todo annotate 1
        todo annotate 1 text --remove 1
        "
    );
    let notes = &sandbox.json(&["show", "1"])["todos"][0]["annotations"];
    assert_eq!((&notes[0]["text"], &notes[1]["text"]), (&"The shop was closed".into(), &"On foot.".into()));
    let id = notes[1]["id"].as_str().unwrap().to_owned();
    sandbox.ok(&["annotate", "1", "--remove", &id]);
    assert_eq!(sandbox.json(&["show", "1"])["todos"][0]["annotations"].as_array().unwrap().len(), 1);
}

#[test]
fn the_trash_is_emptied_only_where_somebody_agrees() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], "one\ntwo\nthree");
    assert_transcript!(
        sandbox,
        "
        todo trash empty
        todo trash purge 1
        todo rm 1-3
        todo trash list
        todo trash purge 2
        todo trash purge 2 --yes
        todo restore 2
        todo trash empty
        todo trash empty --yes --json
        todo undo
        todo trash ls
        todo log
        "
    );
}

#[test]
fn todos_are_moved_in_the_manual_order() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], "one\ntwo\nthree");
    sandbox.ok(&["project", "add", "Garden"]);
    assert_transcript!(
        sandbox,
        "
        todo move 3 2 --before 1
        todo move 3 --after 2
        todo move 1 --first
        todo move 1 --first
        todo move 1 --last --project Garden
        todo move 1 --before 9
        todo move 9 --first
        todo move 1
        todo move 1 --before 2 --last
        todo move 1 --before 2 --project Garden
        todo list --project Garden
        "
    );
    assert_eq!(sandbox.json(&["log", "--todo", "1"])["operations"][0]["kind"], "move_todos");
}

#[test]
fn deleted_projects_are_listed_and_brought_back() {
    assert_transcript!(
        Sandbox::new(),
        "
        todo project list --deleted
        todo project add Home
        todo project add Home/Kitchen
        todo add Soup --project home/kitchen
        todo project rename Home House
        todo project rm House
        todo project list
        todo project list --deleted
        todo project undelete Home
        todo project undelete house
        todo project list
        todo list
        todo project rm House/Kitchen
        todo project add House/Kitchen
        todo project undelete House/Kitchen
        "
    );
}
