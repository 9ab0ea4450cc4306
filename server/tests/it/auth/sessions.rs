//! Sessions: listed, expired, and when they were last used.

use std::time::Duration;

use todo_proto::auth::v1::ListSessionsRequest;
use tonic::{Code, Response};

use super::{fields, get_account, list_sessions};
use crate::{
    support::{Engine, Server, on_both_engines, with_token},
    wait::until,
};

/// Waits until the use that the caller has just made of a session is recorded.
async fn until_use_is_recorded(server: &Server, token: &str) {
    let is_recorded = async || {
        let sessions = list_sessions(server, token).await;
        let current = sessions.iter().find(|session| session.current).unwrap();
        current.last_use_time.unwrap().seconds >= server.clock.now_seconds() - 5
    };
    until("the use is recorded", is_recorded).await;
}

on_both_engines! {
    async fn sessions_are_listed_in_pages_newest_first(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        let mut newest_first = Vec::new();
        let mut token = String::new();
        for _ in 0..5 {
            server.clock.advance(Duration::from_millis(1));
            let login = server.login("ann").await;
            newest_first.insert(0, login.session.unwrap().id);
            token = login.token;
        }
        let list = |token: &str, page_size: i32, page_token: &str| {
            let message = ListSessionsRequest { page_size, page_token: page_token.into() };
            let (mut client, request) = (server.auth(), with_token(token, message));
            async move { client.list_sessions(request).await.map(Response::into_inner) }
        };
        let mut found = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = list(&token, 2, &page_token).await.unwrap();
            assert!(page.sessions.len() <= 2);
            found.extend(page.sessions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
            // A page token is bound to its caller.
            let bob = if found.len() == 2 { server.person("bob").await } else { continue };
            let status = list(&bob, 2, &page_token).await.unwrap_err();
            assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["page_token".into()]));
        }
        assert_eq!(found.iter().map(|session| &session.id).collect::<Vec<_>>(), newest_first.iter().collect::<Vec<_>>());
        let current = found.iter().filter(|session| session.current).map(|session| &session.id);
        assert_eq!(current.collect::<Vec<_>>(), [&newest_first[0]]);
        assert_eq!(list(&token, -1, "").await.unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(list(&token, 0, "nonsense").await.unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(list(&token, 5_000, "").await.unwrap().sessions.len(), 5);
    }

    async fn sessions_expire_by_age_and_by_disuse(engine: Engine) {
        let server = engine.start(&["--session-seconds", "1000", "--session-idle-seconds", "100"]).await;
        let used = server.person("ann").await;
        let unused = server.login("ann").await.token;
        for _ in 0..12 {
            server.clock.advance(Duration::from_secs(80));
            get_account(&server, &used).await.unwrap();
            until_use_is_recorded(&server, &used).await;
        }
        assert_eq!(get_account(&server, &unused).await.unwrap_err().code(), Code::Unauthenticated);
        assert_eq!(list_sessions(&server, &used).await.len(), 1, "only live sessions are listed");
        server.clock.advance(Duration::from_mins(1));
        assert_eq!(get_account(&server, &used).await.unwrap_err().code(), Code::Unauthenticated, "used, but old");
    }

    async fn the_last_use_is_updated_once_a_minute(engine: Engine) {
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        let last_use = async || list_sessions(&server, &token).await[0].last_use_time.unwrap().seconds;
        let login = last_use().await;
        server.clock.advance(Duration::from_secs(30));
        get_account(&server, &token).await.unwrap();
        assert_eq!(last_use().await, login);
        server.clock.advance(Duration::from_secs(31));
        get_account(&server, &token).await.unwrap();
        until_use_is_recorded(&server, &token).await;
        assert!(last_use().await >= login + 61);
    }
}
