//! Limits on logins: by source and by account.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use todo_proto::auth::v1::{
    ChangePasswordRequest, GetAccountRequest, LoginRequest, auth_service_client::AuthServiceClient,
};
use tonic::{Code, Request, transport::Channel};
use tonic_types::StatusExt as _;

use super::{get_account, new_registration};
use crate::process::ServerProcess;
use crate::support::{Engine, PASSWORD, Server, on_both_engines, with_token};

on_both_engines! {
    async fn logins_are_limited_per_source(engine: Engine) {
        let server = engine.start(&["--login-burst", "3", "--logins-per-minute", "6"]).await;
        let token = server.person("ann").await;
        for name in ["ann", "nobody"] {
            server.try_login(name, "wrong horse").await.unwrap_err();
        }
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

    async fn too_many_wrong_passwords_are_told_so_whether_there_is_such_a_name_or_not(engine: Engine) {
        let server = engine.start(&["--failed-login-burst", "2", "--failed-logins-per-minute", "1"]).await;
        let token = server.person("ann").await;
        server.register("bob").await;
        let mut answers = Vec::new();
        for name in ["ann", "nobody"] {
            server.try_login(name, "wrong horse").await.unwrap_err();
            server.try_login(&name.to_uppercase(), "wrong horse").await.unwrap_err();
            let status = server.try_login(name, PASSWORD).await.unwrap_err();
            let wait = status.get_details_retry_info().unwrap().retry_delay.unwrap();
            assert_eq!((status.code(), wait), (Code::ResourceExhausted, Duration::from_mins(1)));
            answers.push((status.message().to_owned(), status.details().to_vec()));
        }
        assert_eq!(answers[0], answers[1]);
        get_account(&server, &token).await.unwrap();
        server.login("bob").await;
        for _ in 0..3 {
            // Attempts meanwhile do not prolong it.
            server.try_login("ann", "wrong horse").await.unwrap_err();
        }
        server.clock.advance(Duration::from_mins(1));
        server.login("ann").await;
    }

    async fn a_session_may_guess_as_little_and_is_not_held_up_by_others(engine: Engine) {
        let server = engine.start(&["--failed-login-burst", "2", "--failed-logins-per-minute", "1"]).await;
        let token = server.person("ann").await;
        for _ in 0..5 {
            server.try_login("ann", "wrong horse").await.unwrap_err();
        }
        let change = |current: &str| {
            let (mut client, current_password) = (server.auth(), current.to_owned());
            let change = ChangePasswordRequest { current_password, new_password: "another horse".into() };
            let request = with_token(&token, change);
            async move { client.change_password(request).await.map(drop).map_err(|status| status.code()) }
        };
        assert_eq!(change("wrong horse").await, Err(Code::Unauthenticated));
        assert_eq!(change(PASSWORD).await, Ok(()));
        for code in [Code::Unauthenticated, Code::ResourceExhausted] {
            assert_eq!(change("wrong horse").await, Err(code), "a stolen token does not help to guess");
        }
    }

    async fn a_known_device_logs_in_while_others_guess(engine: Engine) {
        let server = engine.start(&["--failed-login-burst", "2", "--failed-logins-per-minute", "1"]).await;
        server.register("ann").await;
        server.register("bob").await;
        let device_secret = server.login("ann").await.device_secret;
        for _ in 0..5 {
            server.try_login("ann", "wrong horse").await.unwrap_err();
            server.try_login("bob", "wrong horse").await.unwrap_err();
        }
        let login = |username: &str, password: &str, device_secret: &str| {
            let request = LoginRequest {
                username: username.into(),
                password: password.into(),
                device_secret: device_secret.into(),
                ..LoginRequest::default()
            };
            let mut client = server.auth();
            async move { client.login(request).await.map(|login| login.into_inner().device_secret).map_err(|status| status.code()) }
        };
        assert_eq!(login("ann", PASSWORD, &device_secret).await, Ok(device_secret.clone()));
        for unknown in ["", "nonsense", &*device_secret.replace("tdod_", "tdos_")] {
            assert_eq!(login("ann", PASSWORD, unknown).await, Err(Code::ResourceExhausted), "{unknown}");
        }
        assert_eq!(login("bob", PASSWORD, &device_secret).await, Err(Code::ResourceExhausted), "known to ann alone");
        for code in [Code::Unauthenticated, Code::Unauthenticated, Code::ResourceExhausted] {
            assert_eq!(login("ann", "wrong horse", &device_secret).await, Err(code), "it may guess as little");
        }
    }

    async fn successful_logins_are_not_throttled(engine: Engine) {
        let server = engine.start(&["--failed-login-burst", "1", "--login-burst", "2"]).await;
        server.register("ann").await;
        for _ in 0..8 {
            server.login("ann").await;
        }
    }

    async fn forwarded_for_counts_from_trusted_proxies_only(engine: Engine) {
        let flags = ["--login-burst", "2", "--logins-per-minute", "1"];
        let login = |server: &Server, forwarded_for: &'static str| {
            let message = LoginRequest { username: "ann".into(), password: "wrong horse".into(), ..LoginRequest::default() };
            let mut request = Request::new(message);
            request.metadata_mut().insert("x-forwarded-for", forwarded_for.parse().unwrap());
            let mut client = server.auth();
            async move { client.login(request).await.map(drop).map_err(|status| status.code()) }
        };
        let server = engine.start(&flags).await;
        server.register("ann").await;
        assert_eq!(login(&server, "203.0.113.1").await, Err(Code::Unauthenticated));
        assert_eq!(login(&server, "203.0.113.2").await, Err(Code::ResourceExhausted), "anybody can write that");
        server.stop().await;

        let server = engine.start(&[&flags[..], &["--trusted-proxy", "127.0.0.0/8"]].concat()).await;
        for source in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
            assert_eq!(login(&server, source).await, Err(Code::Unauthenticated));
        }
        assert_eq!(login(&server, "203.0.113.1").await, Err(Code::Unauthenticated));
        assert_eq!(login(&server, "203.0.113.1").await, Err(Code::ResourceExhausted));
    }
}

/// Somebody with 200 addresses guesses at one name.
#[tokio::test]
async fn an_attack_on_one_name_holds_up_neither_its_sessions_nor_its_devices() {
    let server = ServerProcess::start(&["--trusted-proxy", "127.0.0.0/8"]);
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    let mut client = AuthServiceClient::new(channel.clone());
    client.register(new_registration("ann")).await.unwrap();
    let attempt = |password: &str, source: usize, device_secret: &str| {
        let mut request = Request::new(LoginRequest {
            username: "ann".into(),
            password: password.into(),
            device_secret: device_secret.into(),
            ..LoginRequest::default()
        });
        let source = format!("198.51.100.{source}").parse().unwrap();
        request.metadata_mut().insert("x-forwarded-for", source);
        let mut client = AuthServiceClient::new(channel.clone());
        async move { client.login(request).await.map(tonic::Response::into_inner) }
    };
    let known = attempt(PASSWORD, 1, "").await.unwrap();
    let guesses = (0..10_000).map(|guess| attempt("wrong horse", guess % 200, ""));
    let guesses = futures_util::stream::iter(guesses).buffer_unordered(64).collect::<Vec<_>>();
    let victim = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let started = Instant::now();
            attempt(PASSWORD, 1, &known.device_secret).await.unwrap();
            slowest = slowest.max(started.elapsed());
            let request = with_token(&known.token, GetAccountRequest {});
            AuthServiceClient::new(channel.clone()).get_account(request).await.unwrap();
        }
        slowest
    };
    let (answers, slowest) = futures_util::join!(guesses, victim);
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    let codes = answers.iter().map(|answer| answer.as_ref().unwrap_err().code()).collect::<Vec<_>>();
    let tried = codes.iter().filter(|code| **code == Code::Unauthenticated).count();
    assert!((1..=100).contains(&tried), "{tried}");
    assert!(codes.iter().all(|code| matches!(code, Code::Unauthenticated | Code::ResourceExhausted)));
}
