//! Logging in, and the passwords that are stored.

use std::time::Duration;

use todo_proto::auth::v1::LoginRequest;
use tonic::Code;

use super::{fields, get_account, reason};
use crate::support::{Engine, PASSWORD, on_both_engines};

/// Runs a statement on the server's database without the server.
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

on_both_engines! {
    async fn failed_logins_all_get_the_same_response(engine: Engine) {
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

    async fn client_names_are_limited(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        for client in ["x".repeat(201), "bell\u{7}".into(), "nul\0".into()] {
            let request = LoginRequest { username: "ann".into(), password: PASSWORD.into(), client, ..LoginRequest::default() };
            let status = server.auth().login(request).await.unwrap_err();
            assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["client".into()]));
        }
        let request = LoginRequest { username: "ann".into(), password: PASSWORD.into(), client: "ü".repeat(200), ..LoginRequest::default() };
        assert!(server.auth().login(request).await.is_ok());
    }

    async fn a_disabled_account_is_treated_as_unknown(engine: Engine) {
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        get_account(&server, &token).await.unwrap();
        execute(&engine, "UPDATE accounts SET disable_time = 1 WHERE username_key = 'ann'").await;
        let disabled = server.try_login("ann", PASSWORD).await.unwrap_err();
        let unknown = server.try_login("bob", PASSWORD).await.unwrap_err();
        assert_eq!((disabled.code(), disabled.message(), disabled.details()), (unknown.code(), unknown.message(), unknown.details()));
        // Changed outside of the server: it takes effect when the cached answer has expired, after 5 s.
        server.clock.advance(Duration::from_secs(5));
        assert_eq!(get_account(&server, &token).await.unwrap_err().code(), Code::Unauthenticated);
    }

    async fn a_login_upgrades_an_old_hash(engine: Engine) {
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

    async fn a_stored_hash_that_cannot_be_used_is_a_wrong_password(engine: Engine) {
        let server = engine.start(&[]).await;
        server.register("ann").await;
        let wrong = server.try_login("ann", "wrong horse").await.unwrap_err();
        for sql in [
            "UPDATE accounts SET password_hash = replace(password_hash, 'm=19456', 'm=4194304')",
            "UPDATE accounts SET password_hash = replace(password_hash, 'm=4194304,t=2', 'm=19456,t=1000')",
            "UPDATE accounts SET password_hash = '$2b$12$abcdefghijklmnopqrstuuO8TPXbSbHNRKm3GxrJ8wlPlvYJHNVjS'",
            "UPDATE accounts SET password_hash = 'nonsense'",
        ] {
            execute(&engine, sql).await;
            let status = server.try_login("ann", PASSWORD).await.unwrap_err();
            assert_eq!(
                (status.code(), status.message(), status.details()),
                (wrong.code(), wrong.message(), wrong.details()),
                "{sql}"
            );
        }
    }

    async fn passwords_and_tokens_are_stored_as_hashes(engine: Engine) {
        let server = engine.start(&[]).await;
        let token = server.person("ann").await;
        let hash = query(&engine, "SELECT password_hash FROM accounts").await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !hash.contains(PASSWORD), "{hash}");
        let row = query(&engine, "SELECT CAST(length(token_hash) AS TEXT) FROM sessions").await;
        assert_eq!(row, "32");
        assert!(!token.is_empty());
    }
}
