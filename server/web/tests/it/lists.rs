//! Lists: their views, their pages, and the way back to them.

use std::time::Duration;

use hyper::StatusCode;
use todo_sdk::NewTodo;

use crate::{
    http::Answer,
    site::{Site, add},
};

/// Where "Back" leads on a todo's page.
fn back(page: &Answer) -> String {
    let crumbs = page.text.split_once("class=\"crumbs\"><a ").unwrap_or_else(|| panic!("{}", page.text)).1;
    let (_, rest) = crumbs.split_once("href=\"").unwrap();
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn the_back_link_leads_to_the_previous_list() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, "Milk").await;
    let host = format!("http://{}", site.server.address);
    for (referrer, list) in [
        (format!("{host}/?view=upcoming&tag=x"), "/?view=upcoming&tag=x"),
        (format!("{host}/?did=x&q=a%20b&flash=overtaken"), "/?q=a+b"),
        (format!("{host}/"), "/"),
        (format!("{host}/projects"), "/"),
        (format!("{host}/todos/2"), "/"),
        (format!("{host}//evil.example"), "/"),
        ("https://evil.example/?q=x".into(), "/"),
    ] {
        assert_eq!(back(&ann.with("referer", &referrer).get("/todos/1").await), list, "{referrer}");
    }
    for (query, list) in [
        ("%2F%3Fview%3Ddone", "/?view=done"),
        ("%2F%2Fevil.example", "/"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2Fsign-out", "/"),
    ] {
        assert_eq!(back(&ann.get(&format!("/todos/1?back={query}")).await), list, "{query}");
    }

    // It stays the same after every change on the page.
    let page = ann.with("referer", &format!("{host}/?view=today&q=m")).get("/todos/1").await;
    let here = page.form("/todos/1")["next"].clone();
    assert!(here.starts_with("/todos/1?back="), "{here}");
    let refused = ann.post("/todos/1", &[("title", ""), ("next", &here)]).await;
    assert_eq!(
        (refused.status, back(&refused)),
        (StatusCode::UNPROCESSABLE_ENTITY, "/?view=today&q=m".into())
    );
    let here = refused.form("/todos/1")["next"].clone();
    let saved = ann.submit("/todos/1", &[("title", "Oat milk"), ("next", &here)]).await;
    assert_eq!(back(&saved), "/?view=today&q=m");
    let done = ann.submit("/todos/1/complete", &[("next", &here)]).await;
    assert_eq!(back(&done), "/?view=today&q=m");
    let undone =
        ann.submit("/undo", &done.form("/undo").iter().map(|(a, b)| (&**a, &**b)).collect::<Vec<_>>()).await;
    assert_eq!(back(&undone), "/?view=today&q=m");
    // A refused edit in the list leads back to the list.
    let refused = ann.post("/todos/1", &[("title", ""), ("next", "/?view=today")]).await;
    assert_eq!(back(&refused), "/?view=today");
    site.server.stop().await;
}

#[tokio::test]
async fn long_searches_are_truncated() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    add(&mut ann, &"ü".repeat(500)).await;
    for (typed, found) in [("%C3%BC".repeat(501), 1), ("x".repeat(4_000), 0), ("%C3%BC%00".to_owned(), 1)] {
        let page = ann.get(&format!("/?q={typed}")).await;
        assert_eq!((page.status, page.titles().len()), (StatusCode::OK, found), "{typed}");
        assert!(page.field("q").chars().count() <= 500, "as it was searched for");
    }
    site.server.stop().await;
}

#[tokio::test]
async fn lists_are_paginated() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    // Long realistic todos: a line of text, a project, tags, a priority and a time.
    let garden = client.create_project("Home renovation").await.unwrap().value.id;
    let about = "Call somebody about the thing that was agreed on, and write down what they say, no.";
    let titles: Vec<String> = (1..=205).map(|n| format!("{about} {n:06}")).collect();
    assert_eq!(titles[0].len(), 90);
    for (index, title) in titles.iter().enumerate() {
        let day = jiff::civil::date(2030, 1, 1)
            .saturating_add(jiff::Span::new().days(i64::try_from(index).unwrap()));
        let due = (index < 150).then_some(todo_sdk::Due::Local(day.at(9, 30, 0, 0)));
        let new = NewTodo::new(title.as_str()).project(garden).tags(["errand", "family", "waiting"]).due(due);
        client.create_todo(new.priority(todo_sdk::Priority::P2)).await.unwrap();
    }
    let (mut path, mut seen) = ("/".to_owned(), Vec::new());
    for page in 0..3 {
        let answer = ann.get(&path).await;
        assert_eq!(answer.text.contains(">First page</a>"), page > 0);
        seen.extend(answer.titles());
        let Some((_, next)) = answer.text.split_once("rel=\"next\" href=\"") else { break };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!(seen, titles);
    assert_eq!(ann.get("/").await.titles().len(), 100);
    site.server.stop().await;
}

#[tokio::test]
async fn done_and_trash_are_sorted_by_change() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    for title in ["One", "Two", "Three", "Four"] {
        add(&mut ann, title).await;
    }
    for number in [3, 1] {
        ann.submit(&format!("/todos/{number}/complete"), &[("next", "/")]).await;
    }
    for number in [4, 2] {
        ann.submit(&format!("/todos/{number}/delete"), &[("next", "/")]).await;
    }
    assert_eq!(ann.get("/?view=done").await.titles(), ["One", "Three"]);
    assert_eq!(ann.get("/?view=trash").await.titles(), ["Two", "Four"]);
    site.server.stop().await;
}

#[tokio::test]
async fn pagination_survives_midnight() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    // Around noon, so that no day ends during the test, and with fractions of a second as real clocks have.
    let now = site.server.clock.now_seconds();
    site.server
        .clock
        .advance(Duration::from_secs(u64::try_from((36 * 3_600 - now % 86_400) % 86_400).unwrap()));
    let today = jiff::Timestamp::from_second(site.server.clock.now_seconds()).unwrap();
    let today = today.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let day = |days: i64| today.saturating_add(jiff::Span::new().days(days));
    for number in 0..110 {
        let late = todo_sdk::Due::Local(day(-1 - number).at(9, 0, 0, 0));
        client.create_todo(NewTodo::new(format!("Late {number}")).due(late)).await.unwrap();
        let soon = todo_sdk::Due::Date(day(2 + number));
        client.create_todo(NewTodo::new(format!("Soon {number}")).due(soon)).await.unwrap();
    }
    client.create_todo(NewTodo::new("Now").due(todo_sdk::Due::Date(today))).await.unwrap();
    for (path, count) in [
        ("/", 221),
        ("/?view=today", 1),
        ("/?view=overdue", 110),
        ("/?view=done", 0),
        ("/?view=trash", 0),
        ("/?view=overdue&q=late", 110),
        ("/?view=upcoming", 110),
    ] {
        let (mut next, mut titles) = (Some(path.to_owned()), Vec::new());
        while let Some(path) = next {
            let page = ann.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            titles.extend(page.titles());
            next = page
                .text
                .split_once("rel=\"next\" href=\"")
                .map(|(_, rest)| rest.split('"').next().unwrap().replace("&#38;", "&"));
            // Read on after a while, over midnight at last, the next page still goes on where the first one ended.
            if next.is_some() {
                site.server.clock.advance(Duration::from_hours(if path.contains("upcoming") {
                    24
                } else {
                    1
                }));
            }
        }
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), count, "{path}");
    }
    for before in ["nonsense", "2026-13-01T00:00:00", "99999-01-01T00:00:00"] {
        let page = ann.get(&format!("/?view=overdue&page=x&before={before}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{before}");
    }
    site.server.stop().await;
}
