//! Between the contract's generated types and the model, in both directions. Only here.
//!
//! | file | what |
//! |---|---|
//! | `convert/to_proto.rs` | requests: functions named for what they send |
//! | `convert/from_proto.rs` | answers: `read_*` |

mod from_proto;
mod to_proto;

pub(crate) use from_proto::*;
pub(crate) use to_proto::*;

#[cfg(test)]
mod tests {
    use todo_proto::todo::v1 as proto;
    use uuid::Uuid;

    use super::*;
    use crate::{
        AnnotationId, BatchOptions, Due, ExternalReference, Extra, NewTodo, OperationKind, Priority,
        ProjectId, Status, TodoId, TodoImport, TodoUpdate, testing,
    };

    fn update_request(update: TodoUpdate) -> proto::UpdateTodosRequest {
        update_todos((vec!["x".into()], String::new()), update, BatchOptions::new(), ("r".into(), "g".into()))
    }

    #[test]
    fn the_update_mask_names_only_fields_that_are_set() {
        let paths = |update| update_request(update).update_mask.unwrap().paths;
        let update = TodoUpdate::new;
        assert!(paths(update()).is_empty());
        assert_eq!(paths(update().due(None).priority(None).parent(None)), ["priority", "due", "parent_id"]);
        let all = update()
            .project(ProjectId::generate())
            .title("t")
            .description("d")
            .priority(Priority::P1)
            .due(Due::Date(jiff::civil::date(2026, 7, 15)))
            .tags(["a"])
            .parent(TodoId::generate());
        assert_eq!(
            paths(all),
            ["project_id", "title", "description", "priority", "due", "tags", "parent_id"]
        );
    }

    #[test]
    fn cleared_fields_are_sent_empty() {
        let request = update_request(TodoUpdate::new().due(None).priority(None).expected_revision(7));
        let todo = request.todo.unwrap();
        assert_eq!((todo.due, todo.priority), (None, 0));
        assert_eq!((request.expected_revision, request.request_id.as_str()), (7, "r"));
        assert_eq!((request.ids, request.group_id.as_str()), (vec!["x".to_owned()], "g"));
    }

    #[test]
    fn single_tags_and_annotations_are_sent_beside_the_mask() {
        let gone = AnnotationId::from(Uuid::nil());
        let update = TodoUpdate::new()
            .add_tags(["a"])
            .remove_tags(["b"])
            .add_annotation("One.")
            .add_annotation("Two.")
            .remove_annotation(gone);
        assert!(!update.is_empty());
        let request = update_request(update);
        assert!(request.update_mask.unwrap().paths.is_empty());
        assert_eq!((request.add_tags, request.remove_tags), (vec!["a".to_owned()], vec!["b".to_owned()]));
        assert_eq!(request.add_annotations, ["One.", "Two."]);
        assert_eq!(request.remove_annotation_ids, [gone.to_string()]);
    }

    #[test]
    fn an_import_is_sent_with_its_times() {
        let before = TodoImport::new()
            .reference(ExternalReference::new("taskwarrior", "8f3a"))
            .status(Status::Completed)
            .create_time("1969-12-31T23:59:59.5Z".parse().unwrap())
            .number(12)
            .annotation("Then.", Some("1970-01-01T00:00:01Z".parse().unwrap()))
            .annotation("Now.", None)
            .extra(Extra::new("taskwarrior", "urgency", "8.2"));
        let sent = new_todo(NewTodo::new("Buy milk").parent(7).import(before));
        assert_eq!(sent.todo.unwrap().parent_id, "7");
        let import = sent.import.unwrap();
        let time = |seconds, nanos| Some(prost_types::Timestamp { seconds, nanos });
        assert_eq!(import.references[0].external_id, "8f3a");
        assert_eq!((import.status(), import.number), (proto::TodoStatus::Completed, 12));
        assert_eq!((import.create_time, import.update_time), (time(-1, 500_000_000), None));
        let times: Vec<_> = import.annotations.iter().map(|note| note.create_time).collect();
        assert_eq!(times, [time(1, 0), None]);
        assert_eq!(import.extras[0].key, "urgency");
    }

    #[test]
    fn options_that_a_change_has_no_use_for_are_refused() {
        let all = BatchOptions::new().with_parts().with_todos().validate_only().allow_missing();
        all.check(all).unwrap();
        let error = all.check(BatchOptions::new().with_parts().with_todos().validate_only()).unwrap_err();
        assert!(error.is_invalid_argument());
        assert_eq!(error.to_string(), "This change has no use for the option `allow_missing`.");
    }

    #[test]
    fn every_kind_of_due_round_trips() {
        let time = jiff::civil::date(2026, 7, 15).at(18, 0, 0, 0);
        for due in [
            Due::Date(time.date()),
            Due::Local(time),
            Due::Zoned { date_time: time, time_zone: "America/New_York".into() },
        ] {
            let sent = proto::Todo { due: Some(write_due(&due)), ..testing::todo(1) };
            assert_eq!(read_todo(Some(sent)).unwrap().due, Some(due));
        }
    }

    #[test]
    fn answers_that_break_the_contract_are_errors_naming_the_field() {
        let good = || testing::todo(1);
        let bad_time = Some(prost_types::Timestamp { seconds: 0, nanos: -1 });
        for (field, todo) in [
            ("todo.id", proto::Todo { id: "7".into(), ..good() }),
            ("todo.number", proto::Todo { number: -1, ..good() }),
            ("todo.project_id", proto::Todo { project_id: String::new(), ..good() }),
            ("todo.status", proto::Todo { status: 99, ..good() }),
            ("todo.due", proto::Todo { due: Some(proto::Due { kind: None }), ..good() }),
            ("todo.create_time", proto::Todo { create_time: None, ..good() }),
            ("todo.update_time", proto::Todo { update_time: bad_time, ..good() }),
        ] {
            let error = read_todo(Some(todo)).unwrap_err();
            assert!(error.is_internal());
            assert!(error.to_string().contains(field), "{error}");
        }
        assert!(read_todo(None).unwrap_err().is_internal());
    }

    #[test]
    fn unknown_priorities_and_operation_kinds_are_accepted() {
        let todo = proto::Todo { priority: 99, ..testing::todo(1) };
        assert_eq!(read_todo(Some(todo)).unwrap().priority, None);
        let operation = proto::Operation {
            id: Uuid::nil().to_string(),
            kind: 99,
            create_time: Some(prost_types::Timestamp::default()),
            ..Default::default()
        };
        assert_eq!(read_operation(Some(operation)).unwrap().kind, OperationKind::Other);
    }
}
