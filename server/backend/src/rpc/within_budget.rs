//! Memory for a call: its request is read and its answer kept within the [budget](super::budget) of its caller and of all.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt as _, Full};
use todo_model::caller::Caller;
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use super::{
    answer_body::AnswerBody,
    budget::{Budget, CallPermit, Payer, PayerKey, Purpose},
    connection::Connection,
    method_policy::{Access, Method, ResponseKind},
    read_message,
};
use crate::{
    error::{Error, Result},
    identity::Identity,
};

/// How long reading the request of a stream may take. Other calls have a deadline for everything.
const READ: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct BudgetLayer(Budget);

impl BudgetLayer {
    pub(super) fn new(budget: Budget) -> Self {
        Self(budget)
    }
}

impl<S> Layer<S> for BudgetLayer {
    type Service = WithinBudget<S>;

    fn layer(&self, inner: S) -> WithinBudget<S> {
        WithinBudget { budget: self.0.clone(), inner }
    }
}

#[derive(Clone)]
pub(super) struct WithinBudget<S> {
    budget: Budget,
    inner: S,
}

impl<S, B> Service<Request<B>> for WithinBudget<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(&method) = request.extensions().get::<&Method>() else {
            // One that the outermost layer did not let through.
            return Box::pin(self.inner.call(request.map(Body::new)));
        };
        if method.takes_stream {
            return Box::pin(self.inner.call(request.map(Body::new)));
        }
        let Self { budget, inner } = self.clone();
        Box::pin(async move {
            Ok(call(&budget, inner, method, request)
                .await
                .unwrap_or_else(|error| Status::from(error).into_http()))
        })
    }
}

async fn call<S, B>(
    budget: &Budget,
    mut inner: S,
    method: &'static Method,
    request: Request<B>,
) -> Result<Response<Body>>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    B: HttpBody<Data = Bytes>,
{
    let (mut parts, body) = request.into_parts();
    let payer = payer(budget, &parts.extensions);
    let permit = match &payer {
        Some(payer) if method.access == Access::Authenticated => Some(payer.begin_call()?),
        _ => None,
    };
    let is_anonymous = method.access == Access::Public;
    let reading = read_message::read(body, budget, payer.as_ref(), is_anonymous);
    let (message, request_bytes) = match method.response {
        ResponseKind::Unary => reading.await?,
        ResponseKind::Stream => {
            tokio::time::timeout(READ, reading).await.unwrap_or(Err(Error::DeadlineExceeded))?
        }
    };
    let connection = parts.extensions.remove::<Arc<Connection>>();
    let body = Body::new(Full::new(message));
    if method.response == ResponseKind::Stream {
        // A stream reserves what it has read and cannot send.
        if let Some(payer) = payer {
            parts.extensions.insert(payer);
        }
        let Ok(response) = inner.call(Request::from_parts(parts, body)).await;
        drop(request_bytes);
        return Ok(response.map(|body| Body::new(StreamBody { body, _permit: permit })));
    }
    let mut reservation = budget.reserve(payer.as_ref(), Purpose::Answer, method.answer.bytes()).await?;
    let Ok(response) = inner.call(Request::from_parts(parts, body)).await;
    drop(request_bytes);
    if response.body().is_end_stream() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    // The message becomes bytes now: those can be counted, and are fewer than what they are made from.
    let (data, trailers) = match collect(body).await {
        Ok(collected) => collected,
        Err(status) => return Ok(status.into_http()),
    };
    reservation.resize(data.len());
    Ok(Response::from_parts(parts, Body::new(AnswerBody::new(data, trailers, reservation, connection))))
}

/// Who pays for the call: the account, or the source where nobody is logged in.
fn payer(budget: &Budget, extensions: &http::Extensions) -> Option<Arc<Payer>> {
    let key = match extensions.get::<Identity>() {
        Some(identity) => PayerKey::Account(identity.account_id),
        None => PayerKey::Source(extensions.get::<Caller>()?.source()?),
    };
    Some(budget.payer(key))
}

/// Returns the one message of an answer in bytes, with its trailers.
async fn collect(mut body: Body) -> Result<(Bytes, Option<HeaderMap>), Status> {
    let (mut data, mut trailers) = (Bytes::new(), None);
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(bytes) if data.is_empty() => data = bytes,
            Ok(bytes) => data = [data, bytes].concat().into(),
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Ok((data, trailers))
}

/// A stream's body, which counts as a call of its account for as long as it is open.
struct StreamBody {
    body: Body,
    _permit: Option<CallPermit>,
}

impl HttpBody for StreamBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}
