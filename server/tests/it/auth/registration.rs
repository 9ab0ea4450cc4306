//! Registering: what is refused, and what happens when it is repeated.

use std::collections::BTreeSet;

use todo_proto::{
    auth::v1::{RegisterRequest, ValidateTokenRequest},
    todo::v1::ListProjectsRequest,
};
use tonic::Code;
use uuid::Uuid;

use super::{fields, new_registration};
use crate::support::{Engine, on_both_engines, with_token};

on_both_engines! {
    async fn a_registered_account_logs_in(engine: Engine) {
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
        for password in ["Password1", "Ann.O-Nym", "        ", "abcabcabc", &"x".repeat(1_025)] {
            let request = RegisterRequest { password: password.into(), ..new_registration("ann.o-nym") };
            let status = server.auth().register(request).await.unwrap_err();
            assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["password".into()]));
        }
    }

    async fn usernames_are_unique_without_regard_to_case(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        let status = server.auth().register(new_registration("ANN")).await.unwrap_err();
        assert_eq!(status.code(), Code::AlreadyExists);
    }

    async fn a_repeated_registration_creates_one_account(engine: Engine) {
        let server = engine.start(&[]).await;
        let request = new_registration("ann");
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

    async fn concurrent_registrations_create_one_account(engine: Engine) {
        let server = engine.start(&[]).await;
        let (ours, theirs) = (new_registration("ann"), new_registration("ann"));
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
}
