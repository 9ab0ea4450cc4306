//! Accounts, passwords and sessions.

use todo_sdk::{RequestId, Secret};

use crate::support::{Server, password};

#[tokio::test]
async fn a_person_registers_logs_in_and_logs_out() {
    let server = Server::start();
    let nobody = server.client().await;
    let account = nobody.register("Ada", &password(), Some("Europe/London")).await.unwrap();
    assert_eq!((account.username.as_str(), account.time_zone.as_str()), ("Ada", "Europe/London"));

    let login = nobody.login("ada", &password(), "a test").await.unwrap();
    assert_eq!(login.account, account);
    assert_eq!(login.session.client, "a test");
    let ada = nobody.with_token(login.token);
    assert_eq!(ada.account().await.unwrap(), account);
    let (validated, session) = ada.validate_token().await.unwrap();
    assert_eq!((validated, session.id), (account, login.session.id));
    assert!(session.current);
    assert!(session.expire_time > session.create_time);

    ada.logout().await.unwrap();
    let error = ada.account().await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(error.hint(), Some("Log in again."));
}

#[tokio::test]
async fn a_client_without_a_token_is_unauthenticated() {
    let server = Server::start();
    let error = server.client().await.create_todo("Buy milk").await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(error.reason(), Some("TOKEN_NOT_VALID"));
}

#[tokio::test]
async fn unknown_names_and_wrong_passwords_get_the_same_answer() {
    let server = Server::start();
    server.person("ada").await;
    let nobody = server.client().await;
    let wrong = Secret::from("another password altogether");
    let one = nobody.login("ada", &wrong, "a test").await.unwrap_err();
    let other = nobody.login("bob", &wrong, "a test").await.unwrap_err();
    assert!(one.is_unauthenticated());
    assert_eq!((one.to_string(), one.reason()), (other.to_string(), other.reason()));
    assert!(one.hint().unwrap().contains("password"));
}

#[tokio::test]
async fn a_refused_registration_names_every_bad_field() {
    let server = Server::start();
    let nobody = server.client().await;
    let error = nobody.register("not a name", &"short".into(), Some("Mars/Olympus")).await.unwrap_err();
    assert!(error.is_invalid_argument());
    let fields: Vec<_> = error.violations().iter().map(|bad| bad.field.as_str()).collect();
    assert_eq!(fields, ["username", "password", "time_zone"]);

    nobody.register("ada", &password(), None).await.unwrap();
    let error = nobody.register("ADA", &password(), None).await.unwrap_err();
    assert!(error.is_already_exists());
}

#[tokio::test]
async fn a_registration_can_be_repeated_under_its_request_id() {
    let server = Server::start();
    let client = server.client().await.with_request_id(RequestId::generate());
    let first = client.register("ada", &password(), None).await.unwrap();
    assert_eq!(client.register("ada", &password(), None).await.unwrap(), first);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let login = server.client().await.login("ada", &password(), "elsewhere").await.unwrap();
    let elsewhere = ada.with_token(login.token);
    let new = Secret::from("a longer and better one");

    let error = ada.change_password(&new, &new).await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(ada.change_password(&password(), &new).await.unwrap(), 1);
    assert!(elsewhere.account().await.unwrap_err().is_unauthenticated());
    ada.account().await.unwrap();
    assert!(ada.login("ada", &password(), "a test").await.unwrap_err().is_unauthenticated());
    ada.login("ada", &new, "a test").await.unwrap();
}

#[tokio::test]
async fn sessions_are_listed_and_revoked() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for number in 0..4 {
        ada.login("ada", &password(), &format!("device {number}")).await.unwrap();
    }
    let mut pages = ada.sessions().page_size(2);
    let mut sessions = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        assert!(page.len() <= 2);
        sessions.extend(page);
    }
    assert_eq!(sessions.len(), 5);
    assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);

    let other = sessions.iter().find(|session| session.client == "device 2").unwrap();
    ada.revoke_session(other.id).await.unwrap();
    assert!(ada.revoke_session(other.id).await.unwrap_err().is_not_found());
    assert_eq!(ada.sessions().try_collect().await.unwrap().len(), 4);
}

#[tokio::test]
async fn deleting_an_account_needs_its_password() {
    let server = Server::start();
    let ada = server.person("ada").await;
    assert!(ada.delete_account(&"not the password".into()).await.unwrap_err().is_unauthenticated());
    ada.delete_account(&password()).await.unwrap();
    assert!(ada.account().await.unwrap_err().is_unauthenticated());
    assert!(ada.login("ada", &password(), "a test").await.unwrap_err().is_unauthenticated());
}

#[tokio::test]
async fn a_throttled_login_says_how_long_to_wait() {
    let server = Server::start_with(["--login-burst=1", "--logins-per-minute=1"]);
    let nobody = server.client().await;
    nobody.register("ada", &password(), None).await.unwrap();
    let error = nobody.login("ada", &password(), "a test").await.unwrap_err();
    assert!(error.is_resource_exhausted(), "{error:?}");
    // Longer than the deadline allows to wait, so it is left to the caller.
    assert!(error.retry_after().unwrap().as_secs() > 10);
}

#[tokio::test]
async fn an_error_carries_the_request_id_of_the_servers_log() {
    let server = Server::start();
    let error = server.person("ada").await.login("ada", &"wrong".into(), "a test").await.unwrap_err();
    assert_eq!(error.correlation_id().map(str::len), Some(32), "{error:?}");
}
