//! Every command that needs no server, on the todos of this machine.

use crate::sandbox::{Sandbox, assert_transcript};

/// A sandbox with some todos.
fn sandbox_with_todos() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["project", "add", "Home"]);
    sandbox.ok(&[
        "add",
        "Pay rent",
        "--due",
        "2001-07-01",
        "--priority",
        "1",
        "--project",
        "Home",
        "--tag",
        "money",
    ]);
    sandbox.ok(&["add", "Buy milk", "--due", "today", "--tag", "errand,home"]);
    sandbox.ok(&["add", "Call mom", "--due", "tomorrow 18:30", "--priority", "p2"]);
    sandbox.ok(&["add", "Learn to sail", "--due", "2099-12-24"]);
    sandbox.ok(&["add", "Clean up", "--description", "The desk.\n\tAnd the drawer."]);
    sandbox
}

#[test]
fn todos_are_added_completed_deleted_and_restored() {
    assert_transcript!(
        Sandbox::new(),
        "
        todo
        todo add Buy milk
        todo add 'Pay rent' --due tomorrow --priority 1 --tag money
        todo
        todo done 1
        todo done 1
        todo list --all
        todo undo
        todo reopen 1
        todo rm 2
        todo list --trash
        todo restore 2
        todo list
        "
    );
}

#[test]
fn add_prints_the_parsed_fields() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["project", "add", "Home"]);
    assert_transcript!(
        sandbox,
        "
        todo add Buy milk --due today
        todo add Pay rent --due 2099-12-24 --priority p1 --project home --tag money,flat --tag Money
        todo add Call --due '2099-12-24 18:30'
        todo add Too late --due 2001-02-03
        todo add Part --parent 1
        todo add '  spaces   inside  '
        todo add Quiet -q
        "
    );
}

#[test]
fn add_reads_the_words_of_a_title() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["project", "add", "Work"]);
    sandbox.ok(&["project", "add", "Movie list"]);
    assert_transcript!(
        sandbox,
        r#"
        todo add Submit report tom 16:00 p1 +Work @email
        todo add Call mum 2099-12-24 18:30
        todo add Watch '+Movie list' due:2099-12-24
        todo add fix bug p3 p1
        todo add 'Call "next friday" cafe'
        todo add move friday meeting to monday
        todo add Call mum tomorrow --raw
        todo add Call mum tomorrow --due 2099-12-24
        todo add Fix p1 +Work --priority 2 --project 'Movie list' --tag a @b
        todo add Water plants every friday
        todo add Call mum tomorrow +Work @phone --dry-run
        todo add - << Milk tomorrow @shop\nBread\nmove friday to monday\n
        "#
    );
    let draft = sandbox.json(&["add", "Pay rent 2099-12-24 p1", "--dry-run"]);
    insta::assert_json_snapshot!("a_dry_run_is_a_document", draft);
    assert_eq!(sandbox.json(&["list"])["todos"].as_array().unwrap().len(), 13, "a dry run adds nothing");
}

#[test]
fn today_is_what_is_overdue_and_due_today() {
    let sandbox = Sandbox::new();
    for (title, due) in [
        ("today", "today"),
        ("late", "yesterday"),
        ("later", "tomorrow"),
        ("earlier", "today 00:00"),
        ("never", "none"),
    ] {
        sandbox.ok(&["add", title, "--due", due, "--raw"]);
    }
    let titles = |arguments: &[&str]| -> Vec<String> {
        let todos = sandbox.json(arguments);
        todos["todos"]
            .as_array()
            .unwrap()
            .iter()
            .map(|todo| todo["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(titles(&["today"]), ["late", "earlier", "today"]);
    assert_eq!(titles(&["list", "--due", "today"]), ["earlier", "today"]);
    assert_eq!(titles(&["list", "--due", "overdue"]), ["late", "earlier"]);
    assert_eq!(titles(&["list", "--due", "in 1 day"]), ["later"]);
}

#[test]
fn add_refuses_what_it_would_have_to_guess() {
    let sandbox = Sandbox::new();
    assert_transcript!(
        sandbox,
        "
        todo add Pay rent --due tomorrow 9am
        todo add Pay rent --due=tomorrow 9am
        todo add --due next week Pay rent
        todo add --due 2099-12-24 Pay rent
        todo add tomorrow
        todo add Fix login +urgent
        todo add Fix login +urgent --dry-run
        todo add Pay rent due:frday
        todo add Pay rent due:4/5/2099
        todo add Pay rent --due 4/5/2099
        todo add Pay rent --due 'tomorrow at 6'
        todo add Pay rent --due 'every friday'
        todo add Fix +a +b
        todo add - << ok\\ntomorrow\\n
        todo list
        "
    );
    let created = sandbox.run(&["add", "Fix login +urgent", "--create-project"]);
    assert!(created.status.success());
    assert_eq!(sandbox.json(&["list"])["todos"][1]["project"], "urgent");
    // One undo takes the todo back, and the project with it.
    let told = String::from_utf8(created.stderr).unwrap();
    let group = told.split('`').find_map(|command| command.strip_prefix("todo undo ")).unwrap().to_owned();
    sandbox.ok(&["undo", &group]);
    assert_eq!(sandbox.run(&["add", "x", "--project", "urgent"]).status.code(), Some(3));
}

#[test]
fn add_refuses_invalid_fields_and_adds_nothing() {
    let sandbox = Sandbox::new();
    assert_transcript!(
        sandbox,
        "
        todo add
        todo add ''
        todo add x --due someday
        todo add x --due 2026-02-30
        todo add x --priority 5
        todo add x --tag 'two words'
        todo add x --project Nowhere
        todo add x --parent 7
        todo list
        "
    );
    let long = "x".repeat(501);
    let output = sandbox.run(&["add", &long]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("501 characters"));
}

#[test]
fn add_reads_a_todo_per_line() {
    let sandbox = Sandbox::new();
    assert_transcript!(
        sandbox,
        r"
        todo add - --tag shop << Milk\n\n  Bread  \nEggs\n
        todo list
        todo add - << ok\nnot\tok\n
        todo add - << \n\n
        todo list -q
        "
    );
}

#[test]
fn adding_many_lines_keeps_their_order() {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = (0..300).map(|number| format!("Item {number}")).collect();
    let output = sandbox.run_with(&["add", "-", "--json"], &lines.join("\n"));
    assert!(output.status.success());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let titles: Vec<&str> =
        document["todos"].as_array().unwrap().iter().map(|todo| todo["title"].as_str().unwrap()).collect();
    assert_eq!(titles, lines);
    assert_eq!(document["operations"].as_array().unwrap().len(), 1, "all of them or none");
    assert_eq!(sandbox.json(&["list"])["todos"].as_array().unwrap().len(), 300);
}

#[test]
fn list_prints_the_todos_that_match_its_filters() {
    let sandbox = sandbox_with_todos();
    sandbox.ok(&["done", "5"]);
    assert_transcript!(
        sandbox,
        "
        todo list
        todo ls --sort number
        todo list --sort newest --limit 2
        todo list --all
        todo list --done
        todo list --project home
        todo list --tag errand
        todo list --tag @HOME
        todo list --due overdue
        todo list --due today
        todo list --due tomorrow
        todo list --due upcoming
        todo list --due 2099-12-24
        todo list --search MILK
        todo list --search drawer --all
        todo list --search nothing
        todo list --trash
        todo list --project Nowhere
        todo list --due someday
        todo list --limit 0
        todo list --done --trash
        "
    );
}

#[test]
fn show_prints_every_field() {
    let sandbox = sandbox_with_todos();
    sandbox.ok(&["add", "The drawer", "--parent", "5"]);
    sandbox.ok(&["done", "6"]);
    sandbox.ok(&["rm", "4"]);
    assert_transcript!(
        sandbox,
        "
        todo show 1
        todo show 2-3 5
        todo show 4,6
        "
    );
}

#[test]
fn edit_prints_the_changed_fields() {
    let sandbox = sandbox_with_todos();
    assert_transcript!(
        sandbox,
        "
        todo edit 2 --title 'Buy oat milk' --due 2099-12-24 --priority 3
        todo edit 2 --add-tag shop --remove-tag HOME
        todo edit 2 --no-due --no-priority --description 'The green one.'
        todo edit 2 --project Home --parent 1
        todo edit 2 --due none --parent none
        todo edit 2 --title 'Buy oat milk'
        todo edit 2
        todo edit 2 --due today --no-due
        todo edit 2,3 --title both
        todo edit 1-3 --priority 1 --add-tag urgent
        todo undo
        todo edit 2 --parent 2
        todo edit 99 --title x
        todo undo
        todo show 2
        "
    );
}

#[test]
fn projects_are_created_renamed_and_deleted() {
    assert_transcript!(
        Sandbox::new(),
        "
        todo project list
        todo project add Home
        todo project add HOME
        todo project add '  '
        todo add Sweep --project Home
        todo project ls
        todo project rename home House
        todo project rename House House
        todo project rename Inbox Outbox
        todo project rm House
        todo list --trash
        todo undo
        todo list
        todo project rm Inbox
        todo project rm House -q
        todo restore 1
        todo list
        "
    );
}

#[test]
fn undo_takes_changes_back_and_lists_them() {
    let sandbox = Sandbox::new();
    assert_transcript!(
        sandbox,
        "
        todo undo
        todo log
        todo add one
        todo add two
        todo done 1-2
        todo undo
        todo redo
        todo redo
        todo undo
        todo edit 1 --title uno --add-tag a
        todo log
        todo log --todo 2 -n 1
        todo undo nonsense
        todo undo ffff
        todo undo 00000000-0000-0000-0000-000000000000
        todo list --all
        "
    );
    // An earlier change, by a prefix of its id.
    let added = sandbox.json(&["add", "three"])["operations"][0].as_str().unwrap().to_owned();
    sandbox.ok(&["add", "four"]);
    sandbox.ok(&["undo", &added[..30]]);
    assert_eq!(sandbox.ok(&["list", "-q", "--sort", "number"]), "1\n2\n4\n");
}

#[test]
fn undo_refuses_a_change_that_a_later_one_overwrote() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["add", "one"]);
    let edit = sandbox.json(&["edit", "1", "--title", "two"]);
    sandbox.ok(&["edit", "1", "--title", "three"]);
    let output = sandbox.run(&["undo", edit["operations"][0].as_str().unwrap()]);
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sandbox.json(&["show", "1"])["todos"][0]["title"], "three");
}

#[test]
fn todos_are_named_by_number_range_list_id_and_stdin() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], "one\ntwo\nthree\nfour\nfive\nsix\nseven");
    let id = sandbox.json(&["show", "7"])["todos"][0]["id"].as_str().unwrap().to_owned();
    assert_transcript!(
        sandbox,
        r"
        todo done 1-2 '#3'
        todo done 4,5
        todo done - << 6\n1\n
        todo reopen 2 2 1-2
        todo done - << \n
        todo done 1-
        todo done milk
        todo done 3-1
        todo done 0
        "
    );
    assert_eq!(sandbox.ok(&["done", &id, "-q"]), "7\n");
    assert_eq!(sandbox.ok(&["show", &id[..30], "-q"]), "7\n");
    assert_eq!(sandbox.ok(&["show", &id.to_uppercase(), "-q"]), "7\n");
    // The output of `list -q` is input for other commands.
    let open = sandbox.ok(&["list", "-q"]);
    let output = sandbox.run_with(&["done", "-"], &open);
    assert!(output.status.success());
    assert_eq!(sandbox.ok(&["list", "-q"]), "");
}

#[test]
fn unknown_ids_are_all_reported_and_nothing_changes() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], "one\ntwo\nthree");
    let id = sandbox.json(&["show", "1"])["todos"][0]["id"].as_str().unwrap().to_owned();
    assert_transcript!(
        sandbox,
        "
        todo done 1 5-6 00000000-0000-0000-0000-000000000000 beef
        todo rm 9
        todo list -q --sort number
        "
    );
    // Ids that are made within the same minute begin with the same digits.
    let output = sandbox.run(&["done", &id[..4]]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("`1` (one)") && told.contains("`2` (two)") && told.contains("`3` (three)"),
        "{told}"
    );
    assert_eq!(sandbox.ok(&["list", "-q", "--sort", "number"]), "1\n2\n3\n");
}

#[test]
fn todos_in_the_trash_cannot_be_done_or_edited() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], "one\ntwo\nthree");
    sandbox.ok(&["rm", "1-2"]);
    assert_transcript!(
        sandbox,
        "
        todo done 1-3
        todo edit 1 --title x
        todo rm 1-2
        todo restore 3
        todo list
        "
    );
}

#[test]
fn server_commands_fail_without_a_server() {
    assert_transcript!(
        Sandbox::new(),
        "
        todo status
        todo logout
        todo sessions list
        todo password
        todo login
        todo login ada
        todo register ada
        todo --server embedded status
        "
    );
}
