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
    use crate::{Due, OperationKind, Priority, ProjectId, TodoId, TodoUpdate, testing};

    #[test]
    fn the_update_mask_names_only_fields_that_are_set() {
        let paths =
            |update| todo_update(String::new(), update, Default::default()).update_mask.unwrap().paths;
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
        let request = todo_update(
            "x".into(),
            TodoUpdate::new().due(None).priority(None).expected_revision(7),
            ("r".into(), String::new()),
        );
        let todo = request.todo.unwrap();
        assert_eq!((todo.due, todo.priority), (None, 0));
        assert_eq!((request.expected_revision, request.request_id.as_str()), (7, "r"));
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
