//! Changes of all the todos that match a filter.

use tonic_types::StatusExt as _;
use v1::move_todos_request::Place;

use super::{calls::*, *};
use crate::testing::on_both_engines;

impl Person {
    async fn complete_matching(&self, filter: &str) -> Result<Vec<v1::TodoResult>, Status> {
        let message = v1::CompleteTodosRequest { filter: filter.into(), ..Default::default() };
        Ok(self.service.complete_todos(self.request(message)).await?.into_inner().results)
    }

    async fn delete_matching(&self, filter: &str) -> Result<Vec<v1::TodoResult>, Status> {
        let message =
            v1::DeleteTodosRequest { filter: filter.into(), with_parts: true, ..Default::default() };
        Ok(self.service.delete_todos(self.request(message)).await?.into_inner().results)
    }

    async fn update_matching(&self, message: v1::UpdateTodosRequest) -> Result<Vec<v1::TodoResult>, Status> {
        Ok(self.service.update_todos(self.request(message)).await?.into_inner().results)
    }
}

fn numbers_of(results: &[v1::TodoResult]) -> Vec<i32> {
    results.iter().map(|result| result.number).collect()
}

fn add_tag(filter: &str) -> v1::UpdateTodosRequest {
    v1::UpdateTodosRequest { filter: filter.into(), add_tags: vec!["new".into()], ..Default::default() }
}

/// The one field that is wrong, and what is said about it.
fn violation(status: &Status) -> (String, String) {
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    let violation = status.get_details_bad_request().unwrap().field_violations.remove(0);
    (violation.field, violation.description)
}

on_both_engines! {
    async fn every_change_takes_a_filter(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        bob.add_titled(&["milk", "bread", "milk"]).await;
        ann.add_titled(&["milk", "bread", "oat milk", "rent"]).await;
        assert_eq!(numbers_of(&ann.update_matching(add_tag("milk")).await.unwrap()), [1, 3]);
        assert_eq!(numbers_of(&ann.complete_matching("@new").await.unwrap()), [1, 3]);
        assert_eq!(numbers_of(&ann.complete_matching("@new").await.unwrap()), [0; 0], "open todos are meant");
        let again = ann.complete_matching("is:any @new").await.unwrap();
        assert!(again.len() == 2 && again.iter().all(|result| result.unchanged));
        let reopen = v1::ReopenTodosRequest { filter: "is:done not \"oat\"".into(), ..Default::default() };
        let reopened = ann.service.reopen_todos(ann.request(reopen)).await.unwrap().into_inner();
        assert_eq!(numbers_of(&reopened.results), [1]);
        let place = Some(Place::FirstIn(ann.projects().await[0].id.clone()));
        let last = v1::MoveTodosRequest { filter: "rent | bread".into(), place, ..Default::default() };
        let moved = ann.service.move_todos(ann.request(last.clone())).await.unwrap().into_inner();
        assert_eq!(numbers_of(&moved.results), [2, 4], "by number");
        let nothing = v1::MoveTodosRequest { filter: "nothing".into(), ..last };
        let moved = ann.service.move_todos(ann.request(nothing)).await.unwrap().into_inner();
        assert_eq!(moved, v1::MoveTodosResponse::default());
        assert_eq!(numbers_of(&ann.delete_matching("bread | is:done").await.unwrap()), [2, 3]);
        let restore = v1::RestoreTodosRequest { filter: "is:trash milk".into(), ..Default::default() };
        let restored = ann.service.restore_todos(ann.request(restore)).await.unwrap().into_inner();
        assert_eq!(numbers_of(&restored.results), [3]);
        let purge = v1::PurgeTodosRequest { filter: "is:trash".into(), ..Default::default() };
        let purged = ann.service.purge_todos(ann.request(purge)).await.unwrap().into_inner();
        assert_eq!(purged.todos.iter().map(|todo| todo.number).collect::<Vec<_>>(), [2]);
        assert_eq!(bob.list(v1::ListTodosRequest::default()).await.unwrap().todos.len(), 3);
        assert_sound(&test_db).await;
    }

    async fn a_filter_is_refused_where_it_says_nothing_or_too_much(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_all((0..1_000).map(|_| new_todo(titled("a"))).collect()).await.unwrap();
        let one_more = ann.add("a").await;
        let before = ann.state(&test_db).await;
        let (field, text) = violation(&ann.complete_matching("a").await.unwrap_err());
        assert!(field == "filter" && text.contains("1001"), "{text}");
        assert_eq!(violation(&ann.complete_matching(" ").await.unwrap_err()).0, "filter");
        assert_eq!(violation(&ann.complete_matching("is:opne").await.unwrap_err()).0, "filter");
        assert_eq!(violation(&ann.complete_matching("").await.unwrap_err()).0, "ids");
        let both = v1::UpdateTodosRequest { ids: strings(&["1"]), ..add_tag("a") };
        assert_eq!(violation(&ann.update_matching(both).await.unwrap_err()).0, "filter");
        let expecting = v1::UpdateTodosRequest { expected_revision: 1, ..add_tag("#1") };
        assert_eq!(violation(&ann.update_matching(expecting).await.unwrap_err()).0, "expected_revision");
        let purge = v1::PurgeTodosRequest { filter: "#1".into(), ..Default::default() };
        let refused = ann.service.purge_todos(ann.request(purge)).await.unwrap_err();
        assert_eq!(violation(&refused).0, "filter", "not in the trash");
        assert_eq!(ann.state(&test_db).await, before);
        // With parts they may be too many, too.
        ann.set_parent(&one_more.id, "1").await.unwrap();
        let (field, text) = violation(&ann.delete_matching("#1-1000").await.unwrap_err());
        assert!(field == "filter" && text.contains("1,000"), "{text}");
        assert_sound(&test_db).await;
    }

    async fn a_question_about_a_filter_changes_nothing_and_a_repeat_is_told_the_same(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add_titled(&["a", "b"]).await;
        let before = ann.state(&test_db).await;
        let asked = v1::UpdateTodosRequest { validate_only: true, ..add_tag("a") };
        assert_eq!(numbers_of(&ann.update_matching(asked).await.unwrap()), [1]);
        assert_eq!(ann.state(&test_db).await, before);
        let message = v1::UpdateTodosRequest { request_id: new_id(), ..add_tag("not @new") };
        let first = ann.update_matching(message.clone()).await.unwrap();
        assert_eq!(numbers_of(&first), [1, 2]);
        assert_eq!(ann.update_matching(message.clone()).await.unwrap(), first, "though nothing matches any more");
        let other = v1::UpdateTodosRequest { filter: "@new".into(), ..message };
        assert_eq!(code(ann.update_matching(other).await), Code::InvalidArgument);
        assert_sound(&test_db).await;
    }
}
