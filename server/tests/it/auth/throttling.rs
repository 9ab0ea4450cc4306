//! Limits on logins: by source and by account.

use std::time::Duration;

use todo_proto::auth::v1::{ChangePasswordRequest, LoginRequest};
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use super::{get_account, new_registration};
use crate::support::{Engine, PASSWORD, Server, on_both_engines, with_token};

on_both_engines! {
    async fn logins_are_limited_per_source(engine: Engine) {
        let server = engine.start(&["--login-burst", "3", "--logins-per-minute", "6"]).await;
        let token = server.person("ann").await;
        server.try_login("ann", "wrong horse").await.unwrap_err();
        let status = server.try_login("ann", PASSWORD).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        let wait = status.get_details_retry_info().unwrap().retry_delay.unwrap();
        assert!((1..=10).contains(&wait.as_secs()), "{wait:?}");
        let status = server.auth().register(new_registration("bob")).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "registering costs as much");
        get_account(&server, &token).await.unwrap();
        server.clock.advance(wait);
        server.try_login("ann", PASSWORD).await.unwrap();
    }

    async fn a_throttled_account_refuses_the_right_password_like_a_wrong_one(engine: Engine) {
        let server = engine.start(&["--failed-login-burst", "2", "--failed-logins-per-minute", "1"]).await;
        let token = server.person("ann").await;
        server.register("bob").await;
        let wrong = server.try_login("ann", "wrong horse").await.unwrap_err();
        server.try_login("ANN", "wrong horse").await.unwrap_err();
        let right = server.try_login("ann", PASSWORD).await.unwrap_err();
        assert_eq!((right.code(), right.message(), right.details()), (wrong.code(), wrong.message(), wrong.details()));
        let change = ChangePasswordRequest { current_password: PASSWORD.into(), new_password: "another horse".into() };
        let status = server.auth().change_password(with_token(&token, change)).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "a stolen token does not help to guess either");
        get_account(&server, &token).await.unwrap();
        server.login("bob").await;
        for _ in 0..3 {
            // Attempts during the lock get the same response and do not prolong it.
            server.try_login("ann", "wrong horse").await.unwrap_err();
        }
        server.clock.advance(Duration::from_mins(1));
        server.login("ann").await;
    }

    async fn successful_logins_are_not_throttled(engine: Engine) {
        let server = engine.start(&["--failed-login-burst", "1"]).await;
        server.register("ann").await;
        futures_util::future::join_all((0..8).map(|_| server.login("ann"))).await;
    }

    async fn forwarded_for_counts_from_trusted_proxies_only(engine: Engine) {
        let flags = ["--login-burst", "2", "--logins-per-minute", "1"];
        let login = |server: &Server, forwarded_for: &'static str| {
            let message = LoginRequest { username: "ann".into(), password: PASSWORD.into(), client: String::new() };
            let mut request = Request::new(message);
            request.metadata_mut().insert("x-forwarded-for", forwarded_for.parse().unwrap());
            let mut client = server.auth();
            async move { client.login(request).await.map(drop).map_err(|status| status.code()) }
        };
        let server = engine.start(&flags).await;
        server.register("ann").await;
        login(&server, "203.0.113.1").await.unwrap();
        assert_eq!(login(&server, "203.0.113.2").await, Err(Code::ResourceExhausted), "anybody can write that");
        server.stop().await;

        let server = engine.start(&[&flags[..], &["--trusted-proxy", "127.0.0.0/8"]].concat()).await;
        for source in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
            login(&server, source).await.unwrap();
        }
        login(&server, "203.0.113.1").await.unwrap();
        assert_eq!(login(&server, "203.0.113.1").await, Err(Code::ResourceExhausted));
    }
}
