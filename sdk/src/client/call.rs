//! One call: its metadata, its deadline, its retries.

use std::time::Duration;

use todo_proto::{
    auth::v1::auth_service_client::AuthServiceClient, todo::v1::todo_service_client::TodoServiceClient,
};
use tonic::{Request, Response, Status};

use super::Client;
use crate::{
    Error, RequestId, Result, RetryPolicy,
    retry::{Idempotency, RetryLoop},
    transport::Transport,
};

/// A list of a thousand todos with long descriptions is 64 MiB, and more with everything around them.
const MAX_ANSWER: usize = 128 * 1024 * 1024;

/// The generated client of `todo.auth.v1` over a transport.
pub(crate) fn auth(transport: Transport) -> AuthServiceClient<Transport> {
    AuthServiceClient::new(transport).max_decoding_message_size(MAX_ANSWER)
}

/// The generated client of `todo.v1` over a transport.
pub(crate) fn todo(transport: Transport) -> TodoServiceClient<Transport> {
    TodoServiceClient::new(transport).max_decoding_message_size(MAX_ANSWER)
}

impl Client {
    /// Sends `request` with `method`, and retries where that is safe, until the deadline, which is sent to the server.
    pub(crate) async fn call<T, R, M, F>(&self, idempotency: Idempotency, request: T, method: M) -> Result<R>
    where
        T: Clone,
        M: Fn(Transport, Request<T>) -> F,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        self.retry_loop(idempotency, self.retry)
            .run(|left: Duration| {
                let mut request = self.request(request.clone());
                request.set_timeout(left);
                let answer = method(self.transport(), request);
                async { answer.await.map(Response::into_inner).map_err(|status| self.error(&status)) }
            })
            .await
    }

    pub(crate) fn retry_loop(&self, idempotency: Idempotency, policy: RetryPolicy) -> RetryLoop<'_> {
        RetryLoop { policy, idempotency, timeout: self.timeout, server: self.server_name() }
    }

    pub(crate) fn transport(&self) -> Transport {
        self.shared.transport.clone()
    }

    /// A request of this message as this client's caller.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        if let Some(address) = &self.forwarded_for {
            request.metadata_mut().insert("x-forwarded-for", address.clone());
        }
        if let Some(parent) = &self.trace_parent {
            request.metadata_mut().insert("traceparent", parent.clone());
        }
        if let Some(id) = &self.correlation_id {
            request.metadata_mut().insert("x-request-id", id.clone());
        }
        request
    }

    /// The id of the change about to be sent, the same over all its tries.
    pub(crate) fn request_id(&self) -> String {
        self.request_id.unwrap_or_else(RequestId::generate).to_string()
    }

    /// The ids of request and group of the change about to be sent.
    pub(crate) fn ids(&self) -> (String, String) {
        (self.request_id(), self.group_id())
    }

    /// The id of the group that the change about to be sent belongs to, or empty.
    pub(crate) fn group_id(&self) -> String {
        self.group.map(|group| group.to_string()).unwrap_or_default()
    }

    pub(crate) fn error(&self, status: &Status) -> Error {
        Error::from_status(status, self.server_name(), self.timeout)
    }

    pub(crate) fn server_name(&self) -> &str {
        &self.shared.name
    }
}
