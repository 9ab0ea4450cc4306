//! What a token gives access to, and how it stops doing so.

use prost::Message as _;
use prost_types::FileDescriptorSet;
use todo_proto::{
    auth::v1::{ChangePasswordRequest, DeleteAccountRequest, LogoutRequest, RevokeSessionRequest},
    todo::v1::{ListProjectsRequest, WatchChangesRequest, watch_changes_response::Event},
};
use tonic::{Code, Request, Response, Status, Streaming, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;
use uuid::Uuid;

use super::{fields, get_account, list_sessions, reason};
use crate::{
    support::{Engine, PASSWORD, Server, on_both_engines, with_token},
    wait::PATIENCE,
};

/// Opens a watch and reads its snapshot.
async fn watch(server: &Server, token: &str) -> Streaming<todo_proto::todo::v1::WatchChangesResponse> {
    let request = with_token(token, WatchChangesRequest::default());
    let mut events = server.todos().watch_changes(request).await.unwrap().into_inner();
    while !matches!(events.message().await.unwrap().unwrap().event, Some(Event::Synced(_))) {}
    events
}

/// Reads a watch until it ends, and returns why.
async fn end_of(mut events: Streaming<todo_proto::todo::v1::WatchChangesResponse>) -> Status {
    let end = async {
        loop {
            if let Err(status) = events.message().await {
                return status;
            }
        }
    };
    tokio::time::timeout(PATIENCE, end).await.expect("the watch ends")
}

on_both_engines! {
    async fn every_method_but_register_and_login_needs_a_token(engine: Engine) {
        let server = engine.start(&[]).await;
        let files = FileDescriptorSet::decode(todo_proto::FILE_DESCRIPTOR_SET).unwrap().file;
        let mut refused = 0;
        for file in &files {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    if ["/todo.auth.v1.AuthService/Register", "/todo.auth.v1.AuthService/Login"].contains(&&*path) {
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

    async fn malformed_and_unknown_tokens_are_refused(engine: Engine) {
        let server = engine.start(&[]).await;
        let good = server.person("ann").await;
        // Well formed, and never issued.
        let strange = "tdos_0000000000000000000000000000000000000000000" .to_owned() + "1T59tC";
        for token in ["", "x", &good[..53], &good.to_lowercase(), &strange] {
            assert_eq!(get_account(&server, token).await.unwrap_err().code(), Code::Unauthenticated, "{token}");
        }
        get_account(&server, &good).await.unwrap();
    }

    async fn a_token_is_refused_after_logout(engine: Engine) {
        let server = engine.start(&[]).await;
        let (phone, laptop) = (server.person("ann").await, server.login("ann").await.token);
        let (phones, laptops) = (watch(&server, &phone).await, watch(&server, &laptop).await);
        get_account(&server, &phone).await.unwrap();
        server.auth().logout(with_token(&phone, LogoutRequest {})).await.unwrap();
        assert_eq!(get_account(&server, &phone).await.unwrap_err().code(), Code::Unauthenticated);
        assert_eq!(end_of(phones).await.code(), Code::Unauthenticated);
        get_account(&server, &laptop).await.unwrap();
        drop(laptops);
    }

    async fn a_revoked_session_is_refused_and_its_watches_end(engine: Engine) {
        let server = engine.start(&[]).await;
        let ours = server.person("ann").await;
        let theirs = server.login("ann").await;
        get_account(&server, &theirs.token).await.unwrap();
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
        assert_eq!(get_account(&server, &theirs.token).await.unwrap_err().code(), Code::Unauthenticated);
        assert_eq!(end_of(events).await.code(), Code::Unauthenticated);
        assert_eq!(revoke(&ours, &session_id).await.unwrap_err().code(), Code::NotFound);
        get_account(&server, &ours).await.unwrap();
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
            get_account(&server, token).await.unwrap();
        }

        assert_eq!(change(PASSWORD, "another horse").await.unwrap().revoked_sessions, 2);
        get_account(&server, &ours).await.unwrap();
        for token in &others {
            assert_eq!(get_account(&server, token).await.unwrap_err().code(), Code::Unauthenticated);
        }
        assert_eq!(end_of(events).await.code(), Code::Unauthenticated);
        assert_eq!(server.try_login("ann", PASSWORD).await.unwrap_err().code(), Code::Unauthenticated);
        server.try_login("ann", "another horse").await.unwrap();
    }

    async fn a_deleted_account_is_refused_and_its_name_is_free(engine: Engine) {
        let server = engine.start(&[]).await;
        let (ann, bob) = (server.person("ann").await, server.person("bob").await);
        let events = watch(&server, &ann).await;
        let delete = |password: &str| {
            let request = with_token(&ann, DeleteAccountRequest { password: password.into() });
            let mut client = server.auth();
            async move { client.delete_account(request).await.map(drop) }
        };
        assert_eq!(delete("wrong horse").await.unwrap_err().code(), Code::Unauthenticated);
        get_account(&server, &ann).await.unwrap();

        delete(PASSWORD).await.unwrap();
        let list = with_token(&ann, ListProjectsRequest::default());
        let status = server.todos().list_projects(list).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert_eq!(end_of(events).await.code(), Code::Unauthenticated);
        assert_eq!(server.try_login("ann", PASSWORD).await.unwrap_err().code(), Code::Unauthenticated);
        get_account(&server, &bob).await.unwrap();
        server.register("ann").await;
        let sessions = list_sessions(&server, &server.login("ann").await.token).await;
        assert_eq!(sessions.len(), 1, "the new account has nothing of the old one");
    }
}
