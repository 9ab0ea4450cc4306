//! Third-party clients call the real server: what they can do, any client of the contract can.
//!
//! Python's grpcio makes its stubs from the `.proto` files; `buf curl` learns the contract by reflection.
//! `TODO_TEST_PYTHON` and `TODO_TEST_BUF` say which programs to use, if not those in `PATH`.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    process::ServerProcess,
    programs::{BUF, GRPCIO},
};

/// gRPC's UNAUTHENTICATED as `buf curl` exits with it: eight times the code, in a byte.
const BUF_EXIT_UNAUTHENTICATED: i32 = 8 * 16;

#[test]
fn grpcio_can_call_every_method() {
    let Some(python) = GRPCIO.find() else { return };
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let server = ServerProcess::start(&[]);
    let output = Command::new(python)
        .arg(crate_directory.join("tests/it/third_party_client.py"))
        .arg(server.address().to_string())
        .arg(crate_directory.join("../proto"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), server.log());
}

#[test]
fn buf_curl_calls_methods_by_reflection() {
    let Some(buf) = BUF.find() else { return };
    let server = ServerProcess::start(&[]);
    let call = |method: &str, message: &Value, token: Option<&str>| -> Output {
        let mut curl = Command::new(&buf);
        curl.args(["curl", "--http2-prior-knowledge", "--protocol", "grpc", "--reflect"]);
        if let Some(token) = token {
            curl.args(["--header", &format!("authorization: Bearer {token}")]);
        }
        curl.arg("--data").arg(message.to_string()).arg(format!("{}/{method}", server.url()));
        curl.stdin(Stdio::null()).output().unwrap()
    };
    let answer = |output: &Output| -> Value {
        assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), server.log());
        serde_json::from_slice(&output.stdout).unwrap()
    };

    let login = json!({"username": "grace", "password": "nanosecond wire"});
    answer(&call("todo.auth.v1.AuthService/Register", &login, None));
    let session = answer(&call("todo.auth.v1.AuthService/Login", &login, None));
    let token = session["token"].as_str().unwrap();

    let new = json!({"todo": {"title": "Find the moth", "due": {"date": "1947-09-09"}}});
    let created = answer(&call("todo.v1.TodoService/CreateTodo", &new, Some(token)));
    let list = answer(&call("todo.v1.TodoService/ListTodos", &json!({}), Some(token)));
    assert_eq!(list["todos"][0]["id"], created["todo"]["id"]);
    let named = json!({"ids": ["1"], "addTags": ["relay"], "view": "TODO_VIEW_FULL"});
    let changed = answer(&call("todo.v1.TodoService/UpdateTodos", &named, Some(token)));
    assert_eq!(changed["results"][0]["todo"]["tags"], json!(["relay"]));
    let count = answer(&call("todo.v1.TodoService/CountTodos", &json!({"filter": "@relay"}), Some(token)));
    assert_eq!(count["count"], 1);

    let refused = call("todo.v1.TodoService/ListTodos", &json!({}), None);
    assert_eq!(refused.status.code(), Some(BUF_EXIT_UNAUTHENTICATED));
}
