//! A server for the unit tests: real generated services in this process, which answer by a script.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use http::{Request as HttpRequest, Response as HttpResponse};
use prost_types::Timestamp;
use todo_proto::{
    auth::v1::{
        self as auth,
        auth_service_server::{AuthService, AuthServiceServer},
    },
    todo::v1::{
        self as proto,
        todo_service_server::{TodoService, TodoServiceServer},
    },
};
use tokio::time::Instant;
use tonic::{Request, Response, Status, body::Body};
use tower::{BoxError, Service as _};
use uuid::Uuid;

use crate::Client;

/// Waits until the condition holds; a test that waits for longer than half a minute has failed.
pub(crate) async fn wait_until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the condition holds");
}

/// What the server does with a call.
pub(crate) enum Answer {
    /// Does what it should.
    Success,
    /// Answers with an error.
    Fail(Status),
    /// Never answers.
    Hang,
    /// Is not there: the connection fails.
    NotConnected,
    /// Is gone before it has answered.
    ConnectionReset,
    /// Takes no more calls on the connection.
    RefusedStream,
    /// Of a watch: sends these, and then nothing more without ending.
    Events(Vec<Result<proto::WatchChangesResponse, Status>>),
    /// Of a watch: sends these and ends.
    EventsThenEnd(Vec<Result<proto::WatchChangesResponse, Status>>),
}

/// A call that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) at: Instant,
    /// The request id of a change, the resume token of a watch, the page token of a list, or what is asked for.
    pub(crate) key: String,
    pub(crate) timeout: Option<String>,
    pub(crate) authorization: Option<String>,
}

/// Answers each call with the next answer of its script, and all that follow well.
#[derive(Clone, Default)]
pub(crate) struct ScriptedServer {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl ScriptedServer {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), calls: Arc::default() }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// A client of this server.
    pub(crate) fn client(&self) -> Client {
        let server = self.clone();
        Client::from_service(tower::service_fn(move |request| server.clone().serve(request)))
    }

    async fn serve(self, request: HttpRequest<Body>) -> Result<HttpResponse<Body>, BoxError> {
        let unreachable = |answer: &mut Answer| {
            matches!(answer, Answer::NotConnected | Answer::ConnectionReset | Answer::RefusedStream)
        };
        let failure = self.answers.lock().unwrap().pop_front_if(unreachable);
        if let Some(failure) = failure {
            self.record(&Request::new(()), String::new());
            return Err(match failure {
                Answer::NotConnected => tonic::ConnectError("nobody listens".into()).into(),
                Answer::RefusedStream => refused_stream().await.into(),
                _ => "connection reset by peer".into(),
            });
        }
        Ok(if request.uri().path().starts_with("/todo.auth.") {
            AuthServiceServer::new(self).call(request).await?
        } else {
            TodoServiceServer::new(self).call(request).await?
        })
    }

    fn next<T>(&self, request: &Request<T>, key: String) -> Option<Answer> {
        self.record(request, key);
        self.answers.lock().unwrap().pop_front()
    }

    fn record<T>(&self, request: &Request<T>, key: String) {
        let text = |name| request.metadata().get(name).map(|value| value.to_str().unwrap().to_owned());
        self.calls.lock().unwrap().push(Call {
            at: Instant::now(),
            key,
            timeout: text("grpc-timeout"),
            authorization: text("authorization"),
        });
    }

    async fn answer<T, R>(&self, request: Request<T>, key: String, good: R) -> Result<Response<R>, Status> {
        match self.next(&request, key) {
            None | Some(Answer::Success) => Ok(Response::new(good)),
            Some(Answer::Fail(status)) => Err(status),
            _ => std::future::pending().await,
        }
    }
}

/// The error of a client whose call is refused by the server before it has begun it.
pub(crate) async fn refused_stream() -> h2::Error {
    let (near, far) = tokio::io::duplex(1_024);
    tokio::spawn(async move {
        let mut server = h2::server::handshake(far).await.unwrap();
        while let Some(call) = server.accept().await {
            call.unwrap().1.send_reset(h2::Reason::REFUSED_STREAM);
        }
    });
    let (client, connection) = h2::client::handshake(near).await.unwrap();
    tokio::spawn(connection);
    let request = HttpRequest::post("http://localhost/").body(()).unwrap();
    let (answer, _) = client.ready().await.unwrap().send_request(request, true).unwrap();
    answer.await.unwrap_err()
}

/// A todo as a server would send it.
pub(crate) fn todo(number: i32) -> proto::Todo {
    let time = Some(Timestamp { seconds: 1_784_000_000, nanos: 0 });
    proto::Todo {
        id: Uuid::from_u128(number.unsigned_abs().into()).to_string(),
        number,
        project_id: Uuid::from_u128(1000).to_string(),
        title: format!("Todo {number}"),
        status: proto::TodoStatus::NeedsAction.into(),
        create_time: time,
        update_time: time,
        revision: number.into(),
        ..Default::default()
    }
}

/// An account as a server would send it.
pub(crate) fn account() -> auth::Account {
    auth::Account {
        id: Uuid::from_u128(1).to_string(),
        username: "ada".into(),
        time_zone: "UTC".into(),
        create_time: Some(Timestamp { seconds: 1_784_000_000, nanos: 0 }),
    }
}

pub(crate) fn throttled(wait: Duration) -> Status {
    use tonic_types::{ErrorDetails, StatusExt as _};
    let details = ErrorDetails::with_retry_info(Some(wait));
    Status::with_error_details(tonic::Code::ResourceExhausted, "Slow down.", details)
}

/// Writes out a service whose other methods no unit test calls.
macro_rules! service {
    ($service:ident { $($other:ident($request:ty) -> $response:ty,)* } $($written:tt)*) => {
        #[tonic::async_trait]
        impl $service for ScriptedServer {
            $(
                async fn $other(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                    Err(Status::unimplemented(stringify!($other)))
                }
            )*
            $($written)*
        }
    };
}

service! {
    AuthService {
        validate_token(auth::ValidateTokenRequest) -> auth::ValidateTokenResponse,
        update_account(auth::UpdateAccountRequest) -> auth::UpdateAccountResponse,
        get_account(auth::GetAccountRequest) -> auth::GetAccountResponse,
        change_password(auth::ChangePasswordRequest) -> auth::ChangePasswordResponse,
        delete_account(auth::DeleteAccountRequest) -> auth::DeleteAccountResponse,
        list_sessions(auth::ListSessionsRequest) -> auth::ListSessionsResponse,
        revoke_session(auth::RevokeSessionRequest) -> auth::RevokeSessionResponse,
        login(auth::LoginRequest) -> auth::LoginResponse,
    }

    async fn register(
        &self,
        request: Request<auth::RegisterRequest>,
    ) -> Result<Response<auth::RegisterResponse>, Status> {
        let key = request.get_ref().request_id.clone();
        self.answer(request, key, auth::RegisterResponse { account: Some(account()) }).await
    }

    async fn logout(&self, request: Request<auth::LogoutRequest>) -> Result<Response<auth::LogoutResponse>, Status> {
        self.answer(request, String::new(), auth::LogoutResponse {}).await
    }
}

service! {
    TodoService {
        get_todo(proto::GetTodoRequest) -> proto::GetTodoResponse,
        count_todos(proto::CountTodosRequest) -> proto::CountTodosResponse,
        complete_todos(proto::CompleteTodosRequest) -> proto::CompleteTodosResponse,
        reopen_todos(proto::ReopenTodosRequest) -> proto::ReopenTodosResponse,
        delete_todos(proto::DeleteTodosRequest) -> proto::DeleteTodosResponse,
        restore_todos(proto::RestoreTodosRequest) -> proto::RestoreTodosResponse,
        batch_create_todos(proto::BatchCreateTodosRequest) -> proto::BatchCreateTodosResponse,
        update_todos(proto::UpdateTodosRequest) -> proto::UpdateTodosResponse,
        purge_todos(proto::PurgeTodosRequest) -> proto::PurgeTodosResponse,
        move_todos(proto::MoveTodosRequest) -> proto::MoveTodosResponse,
        undo_operation(proto::UndoOperationRequest) -> proto::UndoOperationResponse,
        list_operations(proto::ListOperationsRequest) -> proto::ListOperationsResponse,
        get_operation(proto::GetOperationRequest) -> proto::GetOperationResponse,
        create_project(proto::CreateProjectRequest) -> proto::CreateProjectResponse,
        get_project(proto::GetProjectRequest) -> proto::GetProjectResponse,
        list_projects(proto::ListProjectsRequest) -> proto::ListProjectsResponse,
        update_project(proto::UpdateProjectRequest) -> proto::UpdateProjectResponse,
        delete_project(proto::DeleteProjectRequest) -> proto::DeleteProjectResponse,
        undelete_project(proto::UndeleteProjectRequest) -> proto::UndeleteProjectResponse,
    }

    type WatchChangesStream = BoxStream<'static, Result<proto::WatchChangesResponse, Status>>;

    async fn create_todo(
        &self,
        request: Request<proto::CreateTodoRequest>,
    ) -> Result<Response<proto::CreateTodoResponse>, Status> {
        let key = request.get_ref().request_id.clone();
        let response = proto::CreateTodoResponse { todo: Some(todo(1)), operation_id: key.clone() };
        self.answer(request, key, response).await
    }

    /// The todos of these numbers, two of them whole.
    async fn batch_get_todos(
        &self,
        request: Request<proto::BatchGetTodosRequest>,
    ) -> Result<Response<proto::BatchGetTodosResponse>, Status> {
        let ids = request.get_ref().ids.clone();
        let result = |(at, id): (usize, &String)| {
            let number = id.parse().unwrap_or_else(|_| i32::try_from(id.parse::<Uuid>().unwrap().as_u128()).unwrap());
            let whole = todo(number);
            proto::TodoResult {
                id: whole.id.clone(),
                number,
                title: whole.title.clone(),
                todo: (at < 2).then_some(whole),
                ..Default::default()
            }
        };
        let response = proto::BatchGetTodosResponse { results: ids.iter().enumerate().map(result).collect() };
        self.answer(request, ids.join(" "), response).await
    }

    /// Five todos, two on a page, whatever size was asked for.
    async fn list_todos(
        &self,
        request: Request<proto::ListTodosRequest>,
    ) -> Result<Response<proto::ListTodosResponse>, Status> {
        let key = request.get_ref().page_token.clone();
        let from: i32 = key.parse().unwrap_or(1);
        let response = proto::ListTodosResponse {
            todos: (from..=5).take(2).map(todo).collect(),
            next_page_token: if from + 2 <= 5 { (from + 2).to_string() } else { String::new() },
        };
        self.answer(request, key, response).await
    }

    async fn watch_changes(
        &self,
        request: Request<proto::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        match self.next(&request, request.get_ref().resume_token.clone()) {
            Some(Answer::Fail(status)) => Err(status),
            Some(Answer::Events(events)) => Ok(Response::new(stream::iter(events).chain(stream::pending()).boxed())),
            Some(Answer::EventsThenEnd(events)) => Ok(Response::new(stream::iter(events).boxed())),
            _ => std::future::pending().await,
        }
    }
}
