//! The events that open pages follow.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::{Method, StatusCode};

use crate::site::Site;

/// How long a test waits for an event before it fails.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Reads events until one of this name has come, and returns its id.
async fn event(body: &mut hyper::body::Incoming, name: &str) -> String {
    let mut text = String::new();
    let read = async {
        loop {
            let frame = body.frame().await.expect("the stream goes on").unwrap();
            text.push_str(str::from_utf8(&frame.into_data().unwrap()).unwrap());
            let found = text
                .split("\n\n")
                .find(|event| event.contains(&format!("event: {name}")) && event.contains("id: "));
            if let Some(event) = found {
                return event.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
            }
        }
    };
    tokio::time::timeout(TIMEOUT, read).await.expect("an event")
}

#[tokio::test]
async fn events_resume_after_the_last_event_id() {
    let site = Site::start(&[]).await;
    let mut ann = site.person("ann").await;
    let client = site.client(&ann);
    client.create_todo("Old").await.unwrap();
    let mut events = ann.open(Method::GET, "/events", String::new()).await.into_body();
    let place = event(&mut events, "synced").await;
    client.create_todo("New").await.unwrap();
    let newer = event(&mut events, "changed").await;
    assert_ne!(place, newer);

    let mut bob = site.person("bob").await;
    site.client(&bob).create_todo("Bob's").await.unwrap();
    drop(events);
    client.create_todo("Meanwhile").await.unwrap();
    let mut resumed =
        ann.with("last-event-id", &newer).open(Method::GET, "/events", String::new()).await.into_body();
    event(&mut resumed, "changed").await;
    let path =
        format!("/events?after={}", form_urlencoded::byte_serialize(newer.as_bytes()).collect::<String>());
    let mut resumed_by_script = ann.open(Method::GET, &path, String::new()).await.into_body();
    event(&mut resumed_by_script, "changed").await;

    // With the event id of another account, the stream starts with new events only.
    let mut foreign =
        bob.with("last-event-id", &newer).open(Method::GET, "/events", String::new()).await.into_body();
    event(&mut foreign, "synced").await;

    // The stream ends with the session, and with the server.
    client.logout().await.unwrap();
    let end = async { while resumed.frame().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::time::timeout(TIMEOUT, end).await.expect("it ends with the session");
    assert_eq!(ann.get("/events").await.status, StatusCode::UNAUTHORIZED);
    let mut events = bob.open(Method::GET, "/events", String::new()).await.into_body();
    event(&mut events, "synced").await;
    site.server.stop().await;
    let end = async { while events.frame().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::time::timeout(TIMEOUT, end).await.expect("it ends with the server");
}
