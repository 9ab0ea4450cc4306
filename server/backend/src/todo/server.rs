//! The todo service as it is served. Its most frequent reads answer in the bytes that the store has; the framework's own server
//! knows messages only.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use prost::Message;
use todo_proto::todo::v1::todo_service_server::TodoServiceServer;
use tonic::{
    Status,
    body::Body,
    server::{Grpc, NamedService},
};
use tower::{Service, service_fn};

use super::service::TodoService;
use crate::{
    error::Result,
    rpc::{Encoded, EncodedCodec, MAX_REQUEST},
};

/// Serves the todo service. Cheap to clone.
#[derive(Clone)]
pub struct TodoServer {
    service: TodoService,
    methods: TodoServiceServer<TodoService>,
}

impl TodoServer {
    pub(crate) fn new(service: TodoService) -> Self {
        let methods = TodoServiceServer::new(service.clone()).max_decoding_message_size(MAX_REQUEST);
        Self { service, methods }
    }
}

impl NamedService for TodoServer {
    const NAME: &'static str = <TodoServiceServer<TodoService> as NamedService>::NAME;
}

impl Service<Request<Body>> for TodoServer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let service = self.service.clone();
        match request.uri().path() {
            "/todo.v1.TodoService/ListTodos" => {
                Box::pin(async move { unary(request, |request| service.list(request)).await })
            }
            "/todo.v1.TodoService/GetTodo" => {
                Box::pin(async move { unary(request, |request| service.get(request)).await })
            }
            _ => self.methods.call(request),
        }
    }
}

/// Has a method read its request and answer in bytes.
async fn unary<R, M, F>(
    request: Request<Body>,
    method: impl Fn(tonic::Request<R>) -> F + Send,
) -> Result<Response<Body>, Infallible>
where
    R: Message + Default + 'static,
    M: Message + Default + 'static,
    F: Future<Output = Result<Encoded<M>>> + Send,
{
    let method = service_fn(|request| {
        let answer = method(request);
        async { Ok::<_, Status>(tonic::Response::new(answer.await?)) }
    });
    let grpc =
        Grpc::new(EncodedCodec::<M, R>::default()).apply_max_message_size_config(Some(MAX_REQUEST), None);
    Ok({ grpc }.unary(method, request).await)
}
