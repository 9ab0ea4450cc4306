//! `todo-server check` finds what is wrong with a database, and says what it has not looked at.

use std::fs;

use crate::{
    commands::{done, person, place, refused, tamper, text},
    postgres,
    process::ServerProcess,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_reports_every_kind_of_damage() {
    let (_directory, file) = place();
    let database = ["--database", text(&file)];
    let mut server = ServerProcess::start(&database);
    let ann = person(&server).await;
    ann.create_todo("Buy milk").await.unwrap();
    let said = done(&["check", database[0], database[1]]);
    assert!(said.contains("sound") && said.contains("version 1"), "while a server uses it: {said}");
    server.terminate();

    for (broken, mended, expected) in [
        (
            "UPDATE todo_accounts SET next_number = 1",
            "UPDATE todo_accounts SET next_number = 100",
            "given once more",
        ),
        ("UPDATE todos SET revision = 9", "UPDATE todos SET revision = 2", "newer"),
        ("UPDATE projects SET inbox = FALSE", "UPDATE projects SET inbox = TRUE", "Inbox"),
        ("INSERT INTO unfinished_copy VALUES ('x', 1)", "DELETE FROM unfinished_copy", "copy of x"),
        (
            "UPDATE todo_accounts SET used_bytes = used_bytes + 1",
            "UPDATE todo_accounts SET used_bytes = used_bytes - 1",
            "take more or less",
        ),
        (
            "UPDATE todos SET project_id = x'00'",
            "DELETE FROM todos; UPDATE todo_accounts SET used_todos = 0, used_bytes = \
             (SELECT sum(200 + octet_length(changes) + octet_length(answer)) FROM operations)",
            "refer to what is not there",
        ),
    ] {
        tamper(&file, broken).await;
        refused(&["check", database[0], database[1]], &[expected]);
        tamper(&file, mended).await;
        done(&["check", database[0], database[1]]);
    }
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4_096].fill(0xAA);
    fs::write(&file, bytes).unwrap();
    refused(&["check", database[0], database[1]], &["Damaged", "restore"]);
}

#[tokio::test]
async fn a_check_finds_what_is_missing_in_the_schema() {
    let (_directory, file) = place();
    for database in [Some(text(&file).to_owned()), postgres::database()].into_iter().flatten() {
        done(&["migrate", "--database", &database]);
        let change = async |statement: &'static str| {
            if database.starts_with("postgres") {
                postgres::query(&database, statement);
            } else {
                tamper(&file, statement).await;
            }
        };
        change("CREATE INDEX of_the_operator ON todos (title)").await;
        let said = done(&["check", "--database", &database]);
        assert!(said.contains("Not looked at: index of_the_operator"), "{said}");
        for (broken, mended, expected) in [
            (
                "DROP INDEX tombstones_to_erase",
                "CREATE INDEX tombstones_to_erase ON tombstones (account_id, erase_from) WHERE erase_from IS NOT NULL",
                "Missing: index tombstones_to_erase",
            ),
            (
                "ALTER TABLE todos RENAME COLUMN extras TO others",
                "ALTER TABLE todos RENAME COLUMN others TO extras",
                "Missing: column todos.extras",
            ),
            (
                "ALTER TABLE devices RENAME TO machines; CREATE VIEW devices AS SELECT * FROM machines",
                "DROP VIEW devices; ALTER TABLE machines RENAME TO devices",
                "Not looked at: view devices",
            ),
        ] {
            change(broken).await;
            refused(
                &["check", "--database", &database],
                &["Missing", expected, "Nothing else was looked at"],
            );
            change(mended).await;
            done(&["check", "--database", &database]);
        }
    }
}
