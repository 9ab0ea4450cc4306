use super::*;
use crate::{auth::accounts::SetTimeZone, testing::on_both_engines};

on_both_engines! {
    async fn pages_are_complete_and_in_order(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        for n in 1..=7 {
            let date = format!("2026-07-{:02}", 20 - n % 3);
            let priority = n % 4;
            let due = (n != 4).then(|| due(v1::due::Kind::Date(date)));
            ann.create(v1::Todo { due, priority, ..titled(&n.to_string()) }).await.unwrap();
        }
        for (order, expected) in [
            (v1::TodoOrder::Unspecified, ["1", "2", "3", "4", "5", "6", "7"]),
            (v1::TodoOrder::Newest, ["7", "6", "5", "4", "3", "2", "1"]),
            // The 18th: 5 and 2; the 19th: 1 (p1), 7 (p3); the 20th: 6 (p2), 3 (p3); never: 4.
            (v1::TodoOrder::Due, ["5", "2", "1", "7", "6", "3", "4"]),
        ] {
            for page_size in [1, 2, 3, 7, 100] {
                let mut request = v1::ListTodosRequest { page_size, order_by: order.into(), ..Default::default() };
                let mut titles = Vec::new();
                loop {
                    let page = ann.list(request.clone()).await.unwrap();
                    assert!(page.todos.len() <= usize::try_from(page_size).unwrap());
                    titles.extend(page.todos.into_iter().map(|todo| todo.title));
                    if page.next_page_token.is_empty() {
                        break;
                    }
                    request.page_token = page.next_page_token;
                }
                assert_eq!(titles, expected, "{order:?} in pages of {page_size}");
            }
        }
        let bad = v1::ListTodosRequest { page_size: -1, ..Default::default() };
        assert_eq!(code(ann.list(bad).await), Code::InvalidArgument);
    }

    async fn lists_by_change_begin_with_the_latest(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        bob.add("Bob's").await;
        let mut ids = Vec::new();
        for title in ["a", "b", "c", "d", "e", "f"] {
            ids.push(ann.add(title).await.id);
        }
        let changed = v1::ListTodosRequest { order_by: v1::TodoOrder::Changed.into(), ..filtered("is:any") };
        assert_eq!(ann.titles(changed.clone()).await, ["f", "e", "d", "c", "b", "a"], "one instant: by number");
        for (seconds, id) in (1..).zip([&*ids[2], &ids[0]]) {
            test_db.advance(std::time::Duration::from_secs(seconds));
            ann.complete(&[id]).await.unwrap();
        }
        // Two at once.
        test_db.advance(std::time::Duration::from_secs(1));
        ann.complete(&[&ids[4], &ids[1]]).await.unwrap();
        for page_size in [1, 2, 3, 6, 100] {
            let mut request = v1::ListTodosRequest { page_size, ..changed.clone() };
            let mut titles = Vec::new();
            loop {
                let page = ann.list(request.clone()).await.unwrap();
                titles.extend(page.todos.into_iter().map(|todo| todo.title));
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            assert_eq!(titles, ["e", "b", "a", "c", "f", "d"], "in pages of {page_size}");
        }
        let done = v1::ListTodosRequest { filter: "is:done".into(), ..changed };
        assert_eq!(ann.titles(done).await, ["e", "b", "a", "c"]);
    }

    async fn changing_the_time_zone_reorders_lists_by_due_time(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        let zoned = v1::ZonedDateTime { date_time: "2026-07-15T12:00:00".into(), time_zone: "UTC".into() };
        for person in [&ann, &bob] {
            for (title, kind) in [
                ("wall clock", v1::due::Kind::Local("2026-07-15T13:00:00".into())),
                ("instant", v1::due::Kind::Zoned(zoned.clone())),
                ("day", v1::due::Kind::Date("2026-07-14".into())),
            ] {
                person.create(v1::Todo { due: Some(due(kind)), ..titled(title) }).await.unwrap();
            }
        }
        let by_due = v1::ListTodosRequest { order_by: v1::TodoOrder::Due.into(), ..Default::default() };
        assert_eq!(ann.titles(by_due.clone()).await, ["day", "instant", "wall clock"]);
        let before = ann.list(by_due.clone()).await.unwrap().todos;

        // In Tokyo, one o'clock in the afternoon is before noon of UTC; on the other side of the date line even the day
        // ends later than that.
        for (time_zone, order) in [
            ("Asia/Tokyo", ["day", "wall clock", "instant"]),
            ("Etc/GMT+12", ["day", "instant", "wall clock"]),
            ("Pacific/Kiritimati", ["day", "wall clock", "instant"]),
        ] {
            let change = SetTimeZone { owner: ann.account, time_zone: time_zone.into() };
            assert_eq!(test_db.db.write(change).await.unwrap().time_zone, time_zone);
            assert_eq!(ann.titles(by_due.clone()).await, order, "{time_zone}");
        }
        let mut after = ann.list(by_due.clone()).await.unwrap().todos;
        after.sort_by_key(|todo| before.iter().position(|was| was.id == todo.id));
        assert_eq!(before, after, "nothing that anybody sees has changed");
        assert_eq!(bob.titles(by_due).await, ["day", "instant", "wall clock"], "somebody else's");
    }

    async fn pages_by_due_time_merge_wall_clocks_and_instants(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let by_due = v1::ListTodosRequest { order_by: v1::TodoOrder::Due.into(), ..Default::default() };
        let mut expected = Vec::new();
        // In New York, which is four hours behind.
        for hour in 0..24 {
            let title = format!("{hour:02}");
            let kind = if hour % 3 == 0 {
                let date_time = format!("2026-07-{:02}T{:02}:00:00", 15 + (hour + 4) / 24, (hour + 4) % 24);
                v1::due::Kind::Zoned(v1::ZonedDateTime { date_time, time_zone: "UTC".into() })
            } else {
                v1::due::Kind::Local(format!("2026-07-15T{hour:02}:00:00"))
            };
            expected.insert(0, (title, kind));
        }
        for (title, kind) in &expected {
            // Too long to be encoded: its pages are made from rows, those before and behind them are not.
            let description = if title == "07" { "x".repeat(3_000) } else { String::new() };
            ann.create(v1::Todo { due: Some(due(kind.clone())), description, ..titled(title) }).await.unwrap();
        }
        ann.add("never").await;
        let mut expected: Vec<_> = expected.into_iter().map(|(title, _)| title).rev().collect();
        expected.push("never".into());
        let any = v1::ListTodosRequest { filter: "is:any".into(), ..by_due.clone() };
        for request in [by_due, any] {
            for page_size in [1, 2, 3, 5, 24, 25, 100] {
                let mut request = v1::ListTodosRequest { page_size, ..request.clone() };
                let mut titles = Vec::new();
                loop {
                    let page = ann.list(request.clone()).await.unwrap();
                    titles.extend(page.todos.into_iter().map(|todo| todo.title));
                    request.page_token = page.next_page_token;
                    if request.page_token.is_empty() {
                        break;
                    }
                }
                assert_eq!(titles, expected, "in pages of {page_size}");
            }
        }
    }

    async fn a_page_token_is_bound_to_its_list(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        for title in ["a", "b", "c"] {
            ann.add(title).await;
            bob.add(title).await;
        }
        let request = v1::ListTodosRequest { page_size: 1, ..Default::default() };
        let page_token = ann.list(request.clone()).await.unwrap().next_page_token;
        let next = v1::ListTodosRequest { page_token, ..request };
        let wider = v1::ListTodosRequest { page_size: 2, ..next.clone() };
        assert_eq!(ann.titles(wider).await, ["b", "c"]);
        assert_eq!(code(bob.list(next.clone()).await), Code::InvalidArgument);
        let other = v1::ListTodosRequest { filter: "@x".into(), ..next.clone() };
        assert_eq!(code(ann.list(other).await), Code::InvalidArgument);
        let nonsense = v1::ListTodosRequest { page_token: "nonsense".into(), ..next };
        assert_eq!(code(ann.list(nonsense).await), Code::InvalidArgument);
    }

    async fn a_page_of_large_todos_ends_early(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        for n in 0..70 {
            let todo = v1::Todo { description: "x".repeat(64 * 1024), ..titled(&n.to_string()) };
            ann.create(todo).await.unwrap();
        }
        let mut request = v1::ListTodosRequest { page_size: 1_000, ..Default::default() };
        let (mut seen, mut pages) = (0, 0);
        loop {
            let page = ann.list(request.clone()).await.unwrap();
            assert!(prost::Message::encoded_len(&page) < 4 * 1024 * 1024, "what gRPC clients accept by default");
            (seen, pages) = (seen + page.todos.len(), pages + 1);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen, 70);
        assert!(pages > 1, "{pages}");
    }

    async fn projects_are_paginated(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        for name in ["b", "Ärger", "A"] {
            ann.add_project(name).await.unwrap();
        }
        let mut request = v1::ListProjectsRequest { page_size: 1, ..Default::default() };
        let mut names = Vec::new();
        loop {
            let page = ann.service.list_projects(ann.request(request.clone())).await.unwrap().into_inner();
            names.extend(page.projects.into_iter().map(|project| project.name));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(names, ["Inbox", "A", "b", "Ärger"]);
    }
}
