//! What events of WatchChanges carry beside the change.

use std::time::Duration;

use tokio_stream::StreamExt as _;
use v1::{OperationKind, move_todos_request::Place, watch_changes_response::Event};

use super::{calls::*, *};
use crate::{maintenance, testing::on_both_engines, time::Time};

impl Person {
    /// Everything that a watcher learns who has seen all up to this token, and the next token.
    async fn news(&self, resume_token: &str) -> (Vec<v1::WatchChangesResponse>, String) {
        let message = v1::WatchChangesRequest { resume_token: resume_token.into(), skip_snapshot: false };
        let mut stream = self.service.watch_changes(self.request(message)).await.unwrap().into_inner();
        let mut events = Vec::new();
        loop {
            let response = stream.next().await.unwrap().unwrap();
            if let Some(Event::Synced(_)) = response.event {
                return (events, response.resume_token);
            }
            events.push(response);
        }
    }
}

/// Title or name, kind and client of the operation.
fn shown(responses: &[v1::WatchChangesResponse]) -> Vec<String> {
    let show = |response: &v1::WatchChangesResponse| {
        let what = match response.event.as_ref().unwrap() {
            Event::Todo(todo) => format!("todo {}", todo.title),
            Event::Project(project) => format!("project {}", project.name),
            Event::PurgedTodo(todo) => format!("purged {}", todo.number),
            Event::PurgedProject(_) => "purged project".into(),
            Event::Synced(_) => "synced".into(),
        };
        let by = response.operation.as_ref().map_or_else(
            || "nobody".into(),
            |operation| format!("{:?} {}", operation.kind(), operation.actor.as_ref().unwrap().client),
        );
        format!("{what} by {by}")
    };
    responses.iter().map(show).collect()
}

async fn maintain(test_db: &TestDb, days: u32) {
    test_db.advance(days * Duration::from_hours(24));
    maintenance::run(&test_db.db, &ChangeFeed::default(), Time::now(&test_db.clock)).await.unwrap();
}

on_both_engines! {
    async fn events_say_which_operation_it_was_and_whose(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let phone = ann.with_session("phone");
        let (_, token) = ann.news("").await;
        let home = ann.project("Home").await;
        ann.add_titled(&["a", "b"]).await;
        phone.complete(&["1"]).await.unwrap();
        let moved = phone.move_to(&["2"], Place::LastIn(home.id.clone())).await.unwrap();
        let (events, token) = ann.news(&token).await;
        assert_eq!(
            shown(&events),
            ["project Home by CreateProject ", "todo a by CompleteTodos phone", "todo b by MoveTodos phone"]
        );
        let operation = events[2].operation.clone().unwrap();
        assert_eq!(operation.id, moved.operation_id);
        assert_eq!(operation.actor.unwrap().session_id, phone.identity.session_id.unwrap().to_string());
        let Some(Event::Todo(todo)) = &events[2].event else { panic!() };
        assert_eq!(todo, &moved.todos[0], "with its position");
        phone.undo("").await.unwrap();
        phone.redo().await.unwrap();
        let note = v1::UpdateTodosRequest { ids: strings(&["1"]), add_annotations: strings(&["n"]), ..Default::default() };
        ann.update_todos(note).await.unwrap();
        let (events, token) = ann.news(&token).await;
        assert_eq!(shown(&events), ["todo b by RedoOperation phone", "todo a by UpdateTodos "]);
        let Some(Event::Todo(todo)) = &events[1].event else { panic!() };
        assert_eq!((&*todo.annotations[0].text, todo), ("n", &ann.get("1").await.unwrap()));
        maintain(&test_db, 91).await;
        ann.rename_project(&home.id, "Casa").await.unwrap();
        assert_eq!(shown(&ann.news(&token).await.0), ["project Casa by UpdateProject "]);
        let all = ann.news("").await.0;
        let forgotten = ["project Inbox by nobody", "project Casa by UpdateProject ", "todo b by nobody", "todo a by nobody"];
        assert_eq!(shown(&all), forgotten);
    }

    async fn an_event_comes_with_the_change_itself(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let request = v1::WatchChangesRequest { skip_snapshot: true, ..Default::default() };
        let mut stream = ann.service.watch_changes(ann.request(request)).await.unwrap().into_inner();
        assert!(matches!(stream.next().await.unwrap().unwrap().event, Some(Event::Synced(_))));
        let trial = v1::BatchCreateTodosRequest {
            todos: vec![new_todo(titled("never"))],
            validate_only: true,
            ..Default::default()
        };
        ann.add_batch(trial).await.unwrap();
        let created = ann.create(titled("a")).await.unwrap();
        let event = stream.next().await.unwrap().unwrap();
        assert_eq!(event.event, Some(Event::Todo(created.todo.unwrap())), "the trial was no change");
        let operation = event.operation.unwrap();
        assert_eq!((operation.id.clone(), operation.kind()), (created.operation_id, OperationKind::CreateTodos));
    }

    async fn a_purge_is_an_event_and_so_is_what_it_did_to_parts(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let top = ann.add("top").await;
        ann.add_part("part", &top).await;
        let (_, token) = ann.news("").await;
        ann.delete(&[&top.id]).await.unwrap();
        ann.purge(&[&top.id]).await.unwrap();
        let (events, token) = ann.news(&token).await;
        assert_eq!(shown(&events), ["todo part by PurgeTodos ", "purged 1 by nobody"]);
        let Some(Event::Todo(part)) = &events[0].event else { panic!() };
        assert_eq!(part.parent_id, "");
        assert!(ann.news(&token).await.0.is_empty());
        assert_eq!(shown(&ann.news("").await.0), ["project Inbox by nobody", "todo part by PurgeTodos "]);
    }

    async fn every_purged_project_is_an_event(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let home = ann.project("Home").await;
        let names: Vec<_> = (0..200).map(|n| format!("Home/{n}")).collect();
        ann.add_projects(&names).await;
        let last = ann.projects().await.pop().unwrap();
        for n in 0..200 {
            ann.add_in(&last, &n.to_string()).await;
        }
        ann.delete_project(&home.id).await.unwrap();
        let (_, token) = ann.news("").await;
        maintain(&test_db, 31).await;
        let (events, _) = ann.news(&token).await;
        let count = |wanted: fn(&Event) -> bool| {
            events.iter().filter(|response| response.event.as_ref().is_some_and(wanted)).count()
        };
        assert_eq!(count(|event| matches!(event, Event::PurgedTodo(_))), 200);
        assert_eq!(count(|event| matches!(event, Event::PurgedProject(_))), 201, "more than are read in one go");
        assert!(events.iter().all(|response| response.operation.is_none()));
        assert_sound(&test_db).await;
    }

    async fn those_who_make_room_for_a_move_are_events(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_titled(&["1", "2", "3"]).await;
        for turn in 0.. {
            let token = ann.news("").await.1;
            let name = if turn % 2 == 0 { "3" } else { "2" };
            let changed = ann.move_to(&[name], Place::After("1".into())).await.unwrap();
            assert_eq!(changed.results.len(), 1, "what was asked about");
            let (events, _) = ann.news(&token).await;
            let operation = ann.operations().await.remove(0);
            assert_eq!(events.len(), usize::try_from(operation.todo_count).unwrap());
            if operation.todo_count > 1 {
                assert!(events.iter().all(|event| event.operation.as_ref().unwrap().id == operation.id));
                assert!(turn > 50, "there is room for a while");
                break;
            }
        }
        assert_sound(&test_db).await;
    }
}
