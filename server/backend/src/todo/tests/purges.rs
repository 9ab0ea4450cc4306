//! PurgeTodos: nothing is left of a purged todo but that there was one.

use super::{calls::*, *};
use crate::{
    maintenance,
    store::{conn::on_engine, location::Retention},
    testing::on_both_engines,
    time::Time,
};

/// All that the table of operations holds for the account.
async fn recorded(test_db: &TestDb, ann: &Person) -> Vec<u8> {
    const SQL: &str = "SELECT changes, answer, actor FROM operations WHERE account_id = $1";
    let mut reader = test_db.db.reader().await.unwrap();
    let rows: Vec<(Vec<u8>, Vec<u8>, String)> =
        on_engine!(&mut reader.conn(), c => sqlx::query_as(SQL).bind(ann.account).fetch_all(c).await)
            .unwrap();
    rows.into_iter()
        .flat_map(|(changes, answer, actor)| [changes, answer, actor.into_bytes()].concat())
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Creates a todo that has SECRET in every field, changes it in every way, and moves it to the trash.
async fn secret(ann: &Person) -> v1::Todo {
    let todo = v1::Todo {
        description: "SECRET text".into(),
        tags: strings(&["SECRET-tag"]),
        ..titled("SECRET title")
    };
    let todo = ann.create(todo).await.unwrap().todo.unwrap();
    ann.update(v1::Todo { id: todo.id.clone(), ..titled("SECRET too") }, &["title", "tags"]).await.unwrap();
    let change = v1::UpdateTodosRequest {
        ids: vec![todo.id.clone()],
        add_annotations: strings(&["SECRET note"]),
        add_tags: strings(&["SECRET-again"]),
        ..Default::default()
    };
    let changed = ann.update_todos(change).await.unwrap();
    ann.undo(&changed.operation_id).await.unwrap();
    ann.redo().await.unwrap();
    ann.delete(&[&todo.id]).await.unwrap();
    todo
}

on_both_engines! {
    async fn only_what_is_in_the_trash_is_purged(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (kept, gone) = (ann.add("kept").await, ann.add("gone").await);
        ann.delete(&[&gone.id]).await.unwrap();
        let before = ann.state(&test_db).await;
        let refused = ann.purge(&[&gone.id, "1"]).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("Todo 1 is not in the trash."), "{refused}");
        let trial = v1::PurgeTodosRequest { ids: strings(&["2"]), validate_only: true, ..Default::default() };
        let tried = ann.service.purge_todos(ann.request(trial)).await.unwrap().into_inner();
        assert_eq!((tried.todos.len(), &tried.todos[0].id), (1, &gone.id));
        assert_eq!(ann.state(&test_db).await, before);
        assert!(ann.get(&gone.id).await.is_ok());
        ann.purge(&["2"]).await.unwrap();
        assert_eq!(code(ann.get(&gone.id).await), Code::NotFound);
        assert_eq!(ann.get(&kept.id).await.unwrap(), kept);

        let home = ann.project("Home").await;
        let inside = ann.add_in(&home, "inside").await;
        ann.delete_project(&home.id).await.unwrap();
        ann.purge(&[&inside.id]).await.unwrap();
        ann.undelete_project(&home.id).await.unwrap();
        assert_eq!(code(ann.get(&inside.id).await), Code::NotFound, "it was in the trash with its project");
        assert_sound(&test_db).await;
    }

    async fn purging_erases_the_values_from_the_log(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = secret(&ann).await;
        let other = ann.add("KEPT").await;
        let both = v1::UpdateTodosRequest { ids: strings(&["2"]), ..patch(titled("KEPT too"), &["title"]) };
        ann.update_todos(both).await.unwrap();
        assert!(holds(&recorded(&test_db, &ann).await, "SECRET"));
        let request = v1::PurgeTodosRequest { ids: vec![todo.id.clone()], request_id: new_id(), ..Default::default() };
        let purged = ann.service.purge_todos(ann.request(request.clone())).await.unwrap().into_inner();
        assert_eq!(purged.todos, [v1::PurgedTodo { id: todo.id.clone(), number: 1 }]);
        let bytes = recorded(&test_db, &ann).await;
        assert!(!holds(&bytes, "SECRET"));
        assert!(holds(&bytes, "KEPT"), "what others were given stays");
        for operation in ann.operations().await {
            let whole = v1::GetOperationRequest { id: operation.id.clone(), ..Default::default() };
            let whole = ann.service.get_operation(ann.request(whole)).await.unwrap().into_inner();
            assert!(!format!("{operation:?} {whole:?}").contains("SECRET"));
        }
        let of_todo = v1::ListOperationsRequest { todo_id: todo.id.clone(), ..Default::default() };
        let log = ann.service.list_operations(ann.request(of_todo)).await.unwrap().into_inner().operations;
        assert_eq!(log.len(), 7, "that there were operations is still known");
        let again = ann.service.purge_todos(ann.request(request)).await.unwrap().into_inner();
        assert_eq!(again, purged);
        assert_eq!(ann.get(&other.id).await.unwrap().title, "KEPT too");
        assert_sound(&test_db).await;
    }

    async fn neither_id_nor_number_of_a_purged_todo_is_free_again(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = secret(&ann).await;
        ann.purge(&[&todo.id]).await.unwrap();
        let refused = ann.create_as(titled("a"), &todo.id, new_id()).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists);
        let number = |number| v1::NewTodo {
            import: Some(v1::TodoImport { number, ..Default::default() }),
            ..new_todo(titled("a"))
        };
        assert_eq!(ann.add_all(vec![number(1)]).await.unwrap().todos[0].number, 2);
        test_db.advance(std::time::Duration::from_hours(200 * 24));
        let now = Time::now(&test_db.clock);
        maintenance::run(&test_db.db, &ChangeFeed::default(), now).await.unwrap();
        assert_eq!(code(ann.create_as(titled("a"), &todo.id, new_id()).await), Code::AlreadyExists);
        assert_eq!(ann.add_all(vec![number(1)]).await.unwrap().todos[0].number, 3);
        assert_sound(&test_db).await;
    }

    async fn a_purge_cannot_be_undone_and_is_passed_over(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (first, second) = (ann.add("first").await, ann.add("second").await);
        let group_id = new_id();
        let patch = v1::UpdateTodosRequest {
            ids: vec![second.id.clone()],
            group_id: group_id.clone(),
            ..patch(titled("renamed"), &["title"])
        };
        ann.update_todos(patch).await.unwrap();
        ann.delete(&[&first.id]).await.unwrap();
        let request_id = new_id();
        let purge = v1::PurgeTodosRequest {
            ids: vec![first.id.clone()],
            request_id: request_id.clone(),
            group_id: group_id.clone(),
            ..Default::default()
        };
        ann.service.purge_todos(ann.request(purge)).await.unwrap();
        assert_eq!(code(ann.undo(&request_id).await), Code::Aborted);
        assert_eq!(code(ann.force_undo(&request_id).await), Code::Aborted);
        let undone = ann.undo_group(&group_id, false).await.unwrap();
        assert_eq!((&*undone.todos[0].title, undone.remaining_operations), ("second", 0));
        ann.update(v1::Todo { id: second.id.clone(), ..titled("again") }, &["title"]).await.unwrap();
        ann.add("to purge").await;
        ann.delete(&["3"]).await.unwrap();
        ann.purge(&["3"]).await.unwrap();
        // Its deletion comes first, which only `force` gets past, and then its creation.
        for _ in 0..2 {
            assert_eq!(code(ann.undo("").await), Code::Aborted);
            let own = Target::Own(v1::OwnOperation::Newest.into());
            let undone = ann.undo_target(own, true, new_id()).await.unwrap();
            assert_eq!((undone.todos.len(), undone.conflicts.len(), &*undone.operation_id), (0, 1, ""));
            assert_eq!((undone.conflicts[0].number, &*undone.conflicts[0].field), (3, ""));
        }
        assert_eq!(ann.undo("").await.unwrap().todos[0].title, "second");
        assert_sound(&test_db).await;
    }

    async fn undo_of_a_change_of_a_purged_todo_is_a_conflict(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todos = ann.add_titled(&["a", "b", "c"]).await;
        let done = ann.complete(&ids_of(&todos)).await.unwrap().operation_id;
        ann.delete(&["2"]).await.unwrap();
        ann.purge(&["2"]).await.unwrap();
        let refused = ann.undo(&done).await.unwrap_err();
        assert_eq!(refused.message(), "Todo 2 was deleted for good, so the change cannot be undone.");
        let undone = ann.force_undo(&done).await.unwrap();
        assert_eq!(titles_of(&undone.todos), ["a", "c"]);
        assert!(undone.todos.iter().all(|todo| todo.complete_time.is_none()));
        let conflict = v1::UndoConflict { id: todos[1].id.clone(), number: 2, field: String::new() };
        assert_eq!(undone.conflicts, [conflict]);
        assert_sound(&test_db).await;
    }

    async fn parts_of_a_purged_todo_stand_alone(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let top = ann.add("top").await;
        let middle = ann.add_part("middle", &top).await;
        let low = ann.add_part("low", &middle).await;
        let moved = ann.set_parent(&low.id, "").await.unwrap().operation_id;
        ann.undo(&moved).await.unwrap();
        let cleared = ann.set_parent(&middle.id, "").await.unwrap().operation_id;
        ann.set_parent(&middle.id, &top.id).await.unwrap();
        ann.delete(&[&middle.id]).await.unwrap();
        ann.purge(&[&middle.id]).await.unwrap();
        let alone = ann.get(&low.id).await.unwrap();
        assert_eq!((&*alone.parent_id, alone.delete_time), ("", None));
        assert!(alone.revision > low.revision, "watchers learn of it");
        assert_eq!(code(ann.undo(&moved).await), Code::Aborted, "undone already");
        assert_eq!(code(ann.undo(&cleared).await), Code::Aborted);
        assert_sound(&test_db).await;
    }

    async fn undo_makes_nothing_a_part_of_what_was_purged(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let top = ann.add("top").await;
        let part = ann.add_part("part", &top).await;
        let both = v1::UpdateTodosRequest { ids: vec![part.id.clone()], ..patch(titled("alone"), &["parent_id", "title"]) };
        let cleared = ann.update_todos(both).await.unwrap().operation_id;
        ann.delete(&[&top.id]).await.unwrap();
        ann.purge(&[&top.id]).await.unwrap();
        assert_eq!(code(ann.undo(&cleared).await), Code::Aborted);
        let undone = ann.force_undo(&cleared).await.unwrap();
        assert_eq!((&*undone.todos[0].title, &*undone.todos[0].parent_id), ("part", ""));
        assert_eq!(undone.conflicts[0].field, "parent_id");
        assert_sound(&test_db).await;
    }

    async fn interrupted_erasing_goes_on_with_the_maintenance(test_db: TestDb) {
        const INTERRUPT: &str = "UPDATE tombstones SET erase_from = $2 WHERE account_id = $1 AND NOT project";
        let ann = Person::ann(&test_db).await;
        let todo = secret(&ann).await;
        let before: Vec<(i64, Vec<u8>)> = {
            const SQL: &str = "SELECT revision, changes FROM operations WHERE account_id = $1";
            let mut reader = test_db.db.reader().await.unwrap();
            on_engine!(&mut reader.conn(), c => sqlx::query_as(SQL).bind(ann.account).fetch_all(c).await).unwrap()
        };
        ann.purge(&[&todo.id]).await.unwrap();
        assert!(!holds(&recorded(&test_db, &ann).await, "SECRET"));
        // As if the server had stopped between the purge and the erasing.
        let revision = ann.state(&test_db).await.0.revision;
        test_db.db.write(PutBack { owner: ann.account, changes: before, sql: INTERRUPT, revision }).await.unwrap();
        assert!(holds(&recorded(&test_db, &ann).await, "SECRET"));
        let now = Time::now(&test_db.clock);
        maintenance::run(&test_db.db, &ChangeFeed::default(), now).await.unwrap();
        assert!(!holds(&recorded(&test_db, &ann).await, "SECRET"));
        assert_sound(&test_db).await;
    }

    async fn erasing_reaches_every_operation_of_a_long_log(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let todo = secret(&ann).await;
        for n in 0..450 {
            ann.add(&n.to_string()).await;
        }
        let late = secret(&ann).await;
        ann.purge(&[&todo.id]).await.unwrap();
        assert!(holds(&recorded(&test_db, &ann).await, "SECRET"), "of the other one");
        ann.purge(&[&late.id]).await.unwrap();
        assert!(!holds(&recorded(&test_db, &ann).await, "SECRET"));
        assert_eq!(ann.operations().await.len(), 100);
    }
}

/// Brings back what operations held before they were erased.
struct PutBack {
    owner: AccountId,
    changes: Vec<(i64, Vec<u8>)>,
    sql: &'static str,
    revision: i64,
}

impl crate::store::conn::Write for PutBack {
    type Output = ();

    async fn apply(&self, conn: &mut crate::store::conn::Conn<'_>) -> crate::error::Result<()> {
        const COUNT: &str = "UPDATE todo_accounts SET used_bytes = used_bytes + $3 - \
             (SELECT octet_length(changes) FROM operations WHERE account_id = $1 AND revision = $2) WHERE account_id = $1";
        const SQL: &str = "UPDATE operations SET changes = $3 WHERE account_id = $1 AND revision = $2";
        for (revision, changes) in &self.changes {
            let bytes = i64::try_from(changes.len()).unwrap();
            on_engine!(&mut *conn, c => sqlx::query(COUNT)
                .bind(self.owner)
                .bind(revision)
                .bind(bytes)
                .execute(c)
                .await
                .map(drop))?;
            on_engine!(&mut *conn, c => sqlx::query(SQL)
                .bind(self.owner)
                .bind(revision)
                .bind(changes)
                .execute(c)
                .await
                .map(drop))?;
        }
        on_engine!(conn, c => sqlx::query(self.sql).bind(self.owner).bind(self.revision).execute(c).await.map(drop))?;
        Ok(())
    }
}

#[tokio::test]
async fn trash_and_history_are_kept_for_as_long_as_is_set() {
    const DAY: std::time::Duration = std::time::Duration::from_hours(24);
    for test_db in TestDb::keeping(Retention { trash: 2 * DAY, history: 3 * DAY }).await {
        let ann = Person::ann(&test_db).await;
        let maintain = async || {
            let now = Time::now(&test_db.clock);
            crate::maintenance::run(&test_db.db, &ChangeFeed::default(), now).await.unwrap();
        };
        ann.add("milk").await;
        let deleted = ann.delete(&["1"]).await.unwrap().todos.remove(0);
        let [deleted, purge] = [deleted.delete_time, deleted.purge_time].map(|time| time.unwrap().seconds);
        assert_eq!(purge - deleted, 2 * 24 * 60 * 60);
        test_db.advance(2 * DAY);
        maintain().await;
        assert_eq!(ann.get("1").await.unwrap().purge_time.unwrap().seconds, purge);
        test_db.advance(DAY / 2);
        maintain().await;
        assert_eq!(code(ann.get("1").await), Code::NotFound);
        assert_eq!(ann.operations().await.len(), 2);
        test_db.advance(DAY);
        maintain().await;
        assert!(ann.operations().await.is_empty());
        assert_sound(&test_db).await;
    }
}
