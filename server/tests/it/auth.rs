//! `auth.v1` from outside: registering, logging in, what a token opens, and how it stops doing so.

use std::{collections::BTreeSet, time::Duration};

use prost::Message as _;
use prost_types::FileDescriptorSet;
use todo_proto::{
    auth::v1::{
        ChangePasswordRequest, DeleteAccountRequest, GetAccountRequest, ListSessionsRequest, LoginRequest,
        LogoutRequest, RegisterRequest, RevokeSessionRequest, Session, ValidateTokenRequest,
    },
    todo::v1::{ListProjectsRequest, WatchTodosRequest, watch_todos_response::Event},
};
use tonic::{Code, Request, Response, Status, Streaming, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::{
    support::{Engine, PASSWORD, Server, on_both_engines, with_token},
    wait::{PATIENCE, until},
};

/// Whether a token is good, asked in the cheapest way.
async fn ask(server: &Server, token: &str) -> Result<(), Status> {
    server.auth().get_account(with_token(token, GetAccountRequest {})).await.map(drop)
}

fn fields(status: &Status) -> Vec<String> {
    let violations =
        status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn registration(username: &str) -> RegisterRequest {
    RegisterRequest {
        username: username.into(),
        password: PASSWORD.into(),
        time_zone: String::new(),
        request_id: Uuid::new_v4().to_string(),
    }
}

/// Opens a watch and reads it until it is in step.
async fn watch(server: &Server, token: &str) -> Streaming<todo_proto::todo::v1::WatchTodosResponse> {
    let request = with_token(token, WatchTodosRequest::default());
    let mut events = server.todos().watch_todos(request).await.unwrap().into_inner();
    while !matches!(events.message().await.unwrap().unwrap().event, Some(Event::Synced(_))) {}
    events
}

/// Reads a watch until it ends, and returns why.
async fn end_of(mut events: Streaming<todo_proto::todo::v1::WatchTodosResponse>) -> Status {
    let end = async {
        loop {
            if let Err(status) = events.message().await {
                return status;
            }
        }
    };
    tokio::time::timeout(PATIENCE, end).await.expect("the watch ends")
}

async fn sessions(server: &Server, token: &str) -> Vec<Session> {
    let request = with_token(token, ListSessionsRequest::default());
    server.auth().list_sessions(request).await.unwrap().into_inner().sessions
}

on_both_engines! {
    async fn a_person_registers_logs_in_and_is_known(engine: Engine) {
        let server = engine.start(&[]).await;
        let account = server.register("Ann.O-Nym_1").await;
        assert_eq!((&*account.username, &*account.time_zone), ("Ann.O-Nym_1", "Europe/Berlin"));

        let login = server.login("ann.o-nym_1").await;
        assert_eq!(login.account.as_ref(), Some(&account), "the name counts in any case");
        let session = login.session.unwrap();
        assert_eq!((&*session.client, session.current), ("tests 1.0 on laptop", true));

        let valid = server.auth().validate_token(with_token(&login.token, ValidateTokenRequest {})).await;
        let valid = valid.unwrap().into_inner();
        assert_eq!((valid.account, valid.session), (Some(account), Some(session)));

        let projects = server.todos().list_projects(with_token(&login.token, ListProjectsRequest::default())).await;
        let projects = projects.unwrap().into_inner().projects;
        assert_eq!(projects.iter().map(|project| &*project.name).collect::<Vec<_>>(), ["Inbox"]);
    }

    async fn a_bad_registration_names_every_bad_field(engine: Engine) {
        let server = engine.start(&[]).await;
        let bad = RegisterRequest {
            username: "ann o'nym".into(),
            password: "short".into(),
            time_zone: "Mars/Olympus".into(),
            request_id: "12".into(),
        };
        let status = server.auth().register(bad).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(fields(&status), ["username", "password", "time_zone", "request_id"]);
        for password in ["Password1", &"x".repeat(1_025)] {
            let request = RegisterRequest { password: password.into(), ..registration("ann") };
            let status = server.auth().register(request).await.unwrap_err();
            assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["password".into()]));
        }
    }

    async fn a_name_belongs_to_one_account(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        let status = server.auth().register(registration("ANN")).await.unwrap_err();
        assert_eq!(status.code(), Code::AlreadyExists);
    }

    async fn a_registration_sent_twice_makes_one_account(engine: Engine) {
        let server = engine.start(&[]).await;
        let request = registration("ann");
        let first = server.auth().register(request.clone()).await.unwrap().into_inner();
        let again = server.auth().register(request.clone()).await.unwrap().into_inner();
        assert_eq!(first, again);
        for other in [
            RegisterRequest { password: "another horse".into(), ..request.clone() },
            RegisterRequest { request_id: Uuid::new_v4().to_string(), ..request.clone() },
            RegisterRequest { request_id: String::new(), ..request.clone() },
        ] {
            assert_eq!(server.auth().register(other).await.unwrap_err().code(), Code::AlreadyExists);
        }
    }

    async fn of_many_registrations_at_once_one_wins_and_its_repeats_with_it(engine: Engine) {
        let server = engine.start(&[]).await;
        let (ours, theirs) = (registration("ann"), registration("ann"));
        let calls = (0..12).map(|number| {
            let (mut client, request) = (server.auth(), if number % 2 == 0 { &ours } else { &theirs });
            async move { client.register(request.clone()).await }
        });
        let answers = futures_util::future::join_all(calls).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        let ids = won.into_iter().map(|answer| answer.unwrap().into_inner().account.unwrap().id);
        let ids = ids.collect::<Vec<_>>();
        assert_eq!(ids.len(), 6, "all of one registration, none of the other");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1);
        assert!(lost.iter().all(|answer| answer.as_ref().unwrap_err().code() == Code::AlreadyExists));
    }

    async fn wrong_logins_are_told_nothing(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        let wrong = server.try_login("ann", "wrong horse").await.unwrap_err();
        assert_eq!((wrong.code(), &*reason(&wrong)), (Code::Unauthenticated, "LOGIN_NOT_VALID"));
        for (name, password) in [("bob", PASSWORD), ("", PASSWORD), ("ann", ""), ("a\0b", PASSWORD), ("änn", "x")] {
            let status = server.try_login(name, password).await.unwrap_err();
            assert_eq!(
                (status.code(), status.message(), status.details()),
                (wrong.code(), wrong.message(), wrong.details()),
                "{name:?}: the same in every byte"
            );
        }
    }

    async fn what_a_client_calls_itself_is_limited(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        for client in ["x".repeat(201), "bell\u{7}".into(), "nul\0".into()] {
            let request = LoginRequest { username: "ann".into(), password: PASSWORD.into(), client };
            let status = server.auth().login(request).await.unwrap_err();
            assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["client".into()]));
        }
        let request = LoginRequest { username: "ann".into(), password: PASSWORD.into(), client: "ü".repeat(200) };
        assert!(server.auth().login(request).await.is_ok());
    }

    async fn no_method_but_two_lets_anybody_in(engine: Engine) {
        let server = engine.start(&[]).await;
        let files = FileDescriptorSet::decode(todo_proto::FILE_DESCRIPTOR_SET).unwrap().file;
        let mut refused = 0;
        for file in &files {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    if ["/auth.v1.AuthService/Register", "/auth.v1.AuthService/Login"].contains(&&*path) {
                        continue;
                    }
                    let mut client = Grpc::new(server.channel.clone());
                    client.ready().await.unwrap();
                    let path = path.parse::<PathAndQuery>().unwrap();
                    let codec = ProstCodec::<(), ()>::default();
                    let answer = client.server_streaming(Request::new(()), path.clone(), codec).await;
                    let status = answer.map(drop).unwrap_err();
                    assert_eq!((status.code(), &*reason(&status)), (Code::Unauthenticated, "TOKEN_NOT_VALID"), "{path}");
                    refused += 1;
                }
            }
        }
        assert!(refused >= 20, "{refused}");
    }

    async fn a_token_that_is_none_opens_nothing(engine: Engine) {
        let server = engine.start(&[]).await;
        let good = server.person("ann").await;
        // Well formed, of nobody.
        let strange = "tdos_0000000000000000000000000000000000000000000" .to_owned() + "1T59tC";
        for token in ["", "x", &good[..53], &good.to_lowercase(), &strange] {
            assert_eq!(ask(&server, token).await.unwrap_err().code(), Code::Unauthenticated, "{token}");
        }
        ask(&server, &good).await.unwrap();
    }

    async fn logging_out_acts_at_once(engine: Engine) {
        let server = engine.start(&[]).await;
        let (phone, laptop) = (server.person("ann").await, server.login("ann").await.token);
        let (phones, laptops) = (watch(&server, &phone).await, watch(&server, &laptop).await);
        ask(&server, &phone).await.unwrap();
        server.auth().logout(with_token(&phone, LogoutRequest {})).await.unwrap();
        assert_eq!(ask(&server, &phone).await.unwrap_err().code(), Code::Unauthenticated);
        assert_eq!(end_of(phones).await.code(), Code::Unauthenticated);
        ask(&server, &laptop).await.unwrap();
        drop(laptops);
    }

    async fn a_revoked_session_is_over_everywhere(engine: Engine) {
        let server = engine.start(&[]).await;
        let ours = server.person("ann").await;
        let theirs = server.login("ann").await;
        ask(&server, &theirs.token).await.unwrap();
        let events = watch(&server, &theirs.token).await;
        let session_id = theirs.session.unwrap().id;
        let revoke = |token: &str, session_id: &str| {
            let mut client = server.auth();
            let request = with_token(token, RevokeSessionRequest { session_id: session_id.into() });
            async move { client.revoke_session(request).await.map(drop) }
        };

        let bob = server.person("bob").await;
        let foreign = revoke(&bob, &session_id).await.unwrap_err();
        let missing = revoke(&bob, &Uuid::new_v4().to_string()).await.unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound);
        assert_eq!((foreign.message(), foreign.details()), (missing.message(), missing.details()));
        let malformed = revoke(&ours, "12").await.unwrap_err();
        assert_eq!((malformed.code(), fields(&malformed)), (Code::InvalidArgument, vec!["session_id".into()]));

        revoke(&ours, &session_id).await.unwrap();
        assert_eq!(ask(&server, &theirs.token).await.unwrap_err().code(), Code::Unauthenticated);
        assert_eq!(end_of(events).await.code(), Code::Unauthenticated);
        assert_eq!(revoke(&ours, &session_id).await.unwrap_err().code(), Code::NotFound);
        ask(&server, &ours).await.unwrap();
    }

    async fn a_new_password_ends_the_other_sessions(engine: Engine) {
        let server = engine.start(&[]).await;
        let ours = server.person("ann").await;
        let others = [server.login("ann").await.token, server.login("ann").await.token];
        let events = watch(&server, &others[0]).await;
        let change = |current: &str, new: &str| {
            let message = ChangePasswordRequest { current_password: current.into(), new_password: new.into() };
            let (mut client, request) = (server.auth(), with_token(&ours, message));
            async move { client.change_password(request).await.map(Response::into_inner) }
        };
        let wrong = change("wrong horse", "another horse").await.unwrap_err();
        assert_eq!((wrong.code(), &*reason(&wrong)), (Code::Unauthenticated, "PASSWORD_NOT_VALID"));
        let weak = change(PASSWORD, "password").await.unwrap_err();
        assert_eq!((weak.code(), fields(&weak)), (Code::InvalidArgument, vec!["new_password".into()]));
        for token in &others {
            ask(&server, token).await.unwrap();
        }

        assert_eq!(change(PASSWORD, "another horse").await.unwrap().revoked_sessions, 2);
        ask(&server, &ours).await.unwrap();
        for token in &others {
            assert_eq!(ask(&server, token).await.unwrap_err().code(), Code::Unauthenticated);
        }
        assert_eq!(end_of(events).await.code(), Code::Unauthenticated);
        assert_eq!(server.try_login("ann", PASSWORD).await.unwrap_err().code(), Code::Unauthenticated);
        server.try_login("ann", "another horse").await.unwrap();
    }

    async fn a_deleted_account_leaves_nothing(engine: Engine) {
        let server = engine.start(&[]).await;
        let (ann, bob) = (server.person("ann").await, server.person("bob").await);
        let events = watch(&server, &ann).await;
        let delete = |password: &str| {
            let request = with_token(&ann, DeleteAccountRequest { password: password.into() });
            let mut client = server.auth();
            async move { client.delete_account(request).await.map(drop) }
        };
        assert_eq!(delete("wrong horse").await.unwrap_err().code(), Code::Unauthenticated);
        ask(&server, &ann).await.unwrap();

        delete(PASSWORD).await.unwrap();
        let list = with_token(&ann, ListProjectsRequest::default());
        let status = server.todos().list_projects(list).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert_eq!(end_of(events).await.code(), Code::Unauthenticated);
        assert_eq!(server.try_login("ann", PASSWORD).await.unwrap_err().code(), Code::Unauthenticated);
        ask(&server, &bob).await.unwrap();
        server.register("ann").await;
        let sessions = sessions(&server, &server.login("ann").await.token).await;
        assert_eq!(sessions.len(), 1, "the new account has nothing of the old one");
    }

    async fn sessions_are_listed_in_pages_the_newest_first(engine: Engine) {
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
            // A token is the caller's own.
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

    async fn a_session_ends_when_it_is_old_or_unused(engine: Engine) {
        let server = engine.start(&["--session-seconds", "1000", "--session-idle-seconds", "100"]).await;
        let used = server.person("ann").await;
        let unused = server.login("ann").await.token;
        for _ in 0..12 {
            server.clock.advance(Duration::from_secs(80));
            ask(&server, &used).await.unwrap();
            noted(&server, &used).await;
        }
        assert_eq!(ask(&server, &unused).await.unwrap_err().code(), Code::Unauthenticated);
        assert_eq!(sessions(&server, &used).await.len(), 1, "only live sessions are listed");
        server.clock.advance(Duration::from_mins(1));
        assert_eq!(ask(&server, &used).await.unwrap_err().code(), Code::Unauthenticated, "used, but old");
    }

    async fn a_use_is_noted_about_once_a_minute(engine: Engine) {
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        let last_use = async || sessions(&server, &token).await[0].last_use_time.unwrap().seconds;
        let login = last_use().await;
        server.clock.advance(Duration::from_secs(30));
        ask(&server, &token).await.unwrap();
        assert_eq!(last_use().await, login);
        server.clock.advance(Duration::from_secs(31));
        ask(&server, &token).await.unwrap();
        noted(&server, &token).await;
        assert!(last_use().await >= login + 61);
    }

    async fn a_disabled_account_is_like_none(engine: Engine) {
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        ask(&server, &token).await.unwrap();
        execute(&engine, "UPDATE accounts SET disable_time = 1 WHERE username_key = 'ann'").await;
        let disabled = server.try_login("ann", PASSWORD).await.unwrap_err();
        let unknown = server.try_login("bob", PASSWORD).await.unwrap_err();
        assert_eq!((disabled.code(), disabled.message(), disabled.details()), (unknown.code(), unknown.message(), unknown.details()));
        // Somebody else did it: noticed when what is known is 5 s old.
        server.clock.advance(Duration::from_secs(5));
        assert_eq!(ask(&server, &token).await.unwrap_err().code(), Code::Unauthenticated);
    }

    async fn a_source_that_tries_too_often_has_to_wait(engine: Engine) {
        let server = engine.start(&["--login-burst", "3", "--logins-per-minute", "6"]).await;
        let token = server.person("ann").await;
        server.try_login("ann", "wrong horse").await.unwrap_err();
        let status = server.try_login("ann", PASSWORD).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        let wait = status.get_details_retry_info().unwrap().retry_delay.unwrap();
        assert!((1..=10).contains(&wait.as_secs()), "{wait:?}");
        let status = server.auth().register(registration("bob")).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "registering costs as much");
        ask(&server, &token).await.unwrap();
        server.clock.advance(wait);
        server.try_login("ann", PASSWORD).await.unwrap();
    }

    async fn whoever_guesses_is_not_told_when_they_are_right(engine: Engine) {
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
        ask(&server, &token).await.unwrap();
        server.login("bob").await;
        for _ in 0..3 {
            // Nothing is learnt from these, and nothing is prolonged by them.
            server.try_login("ann", "wrong horse").await.unwrap_err();
        }
        server.clock.advance(Duration::from_mins(1));
        server.login("ann").await;
    }

    async fn the_right_password_costs_nothing_of_the_allowance(engine: Engine) {
        let server = engine.start(&["--failed-login-burst", "1"]).await;
        server.register("ann").await;
        futures_util::future::join_all((0..8).map(|_| server.login("ann"))).await;
    }

    async fn only_a_trusted_proxy_speaks_for_others(engine: Engine) {
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

    async fn a_login_strengthens_an_old_hash(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        server.stop().await;
        let server = engine.start(&["--hash-iterations", "3"]).await;
        let hash = "SELECT password_hash FROM accounts";
        assert!(query(&engine, hash).await.contains("t=2"));
        server.try_login("ann", "wrong horse").await.unwrap_err();
        assert!(query(&engine, hash).await.contains("t=2"));
        server.login("ann").await;
        assert!(query(&engine, hash).await.contains("t=3"));
        server.login("ann").await;
    }

    async fn neither_password_nor_token_is_in_the_database(engine: Engine) {
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        let hash = query(&engine, "SELECT password_hash FROM accounts").await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !hash.contains(PASSWORD), "{hash}");
        let row = query(&engine, "SELECT CAST(length(token_hash) AS TEXT) FROM sessions").await;
        assert_eq!(row, "32");
        assert!(!token.is_empty());
    }
}

/// Waits until the use that the caller has just made of a session is noted.
async fn noted(server: &Server, token: &str) {
    let is_noted = async || {
        let sessions = sessions(server, token).await;
        let current = sessions.iter().find(|session| session.current).unwrap();
        current.last_use_time.unwrap().seconds >= server.clock.now_seconds() - 5
    };
    until("the use is noted", is_noted).await;
}

/// Runs a statement on the server's database, behind its back.
async fn execute(engine: &Engine, sql: &'static str) {
    if engine.database.starts_with("postgres") {
        let mut connection =
            <sqlx::PgConnection as sqlx::Connection>::connect(&engine.database).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    } else {
        let url = format!("sqlite:{}", engine.database);
        let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
}

/// Returns the one text that a statement selects.
async fn query(engine: &Engine, sql: &'static str) -> String {
    if engine.database.starts_with("postgres") {
        let mut connection =
            <sqlx::PgConnection as sqlx::Connection>::connect(&engine.database).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    } else {
        let url = format!("sqlite:{}", engine.database);
        let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }
}
