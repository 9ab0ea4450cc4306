//! Traces: what a request did where, over all servers that it passed, for OpenTelemetry.
//!
//! The `traceparent` of W3C Trace Context comes in with a call or a page and goes out with the calls that are made for it.
//! Spans are those of the `tracing` crate: one for each call and page, with the statements of the database as its events.
//! They are sent from a thread of their own, and dropped where the collector does not keep up.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use opentelemetry::{
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::TracerProvider as _,
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use todo_backend::rpc::CallObserver;
use todo_sdk::Client;
use tonic::Code;
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::error::{Error, Result};

/// Carries the trace and the span that a request comes from.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long the collector may take for what is left when the server stops.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends spans until it is dropped, and then what is left of them.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends spans to the collector at this address. Must be called inside a tokio runtime, and dropped before its end.
    pub(crate) fn send_to(endpoint: &str) -> Result<Self> {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build().map_err(|error| {
            Error::startup_because(
                "Traces cannot be sent to --otlp-endpoint.",
                error,
                "Give the address of an OpenTelemetry collector that speaks OTLP over gRPC: http://127.0.0.1:4317.",
            )
        })?;
        let resource = Resource::builder().with_service_name("todo-server").build();
        let provider =
            SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
        Ok(Self(provider))
    }

    /// What collects the spans.
    pub(crate) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("todo-server")).with_location(false)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH_TIMEOUT) {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// Makes the span a child of the one that the request says it comes from.
pub(crate) fn set_parent(span: &Span, headers: &HeaderMap) {
    if headers.contains_key(TRACEPARENT) {
        let parent = TraceContextPropagator::new().extract(&Headers(headers));
        // It fails if nobody collects spans.
        span.set_parent(parent).ok();
    }
}

/// Returns the `traceparent` of what the current span asks of others; `None` if nobody collects spans.
pub(crate) fn traceparent() -> Option<String> {
    let mut injected = TraceParent(None);
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut injected);
    injected.0
}

/// Returns the client with calls that are part of the current trace.
pub(crate) fn with_current_trace(client: &Client) -> Client {
    match traceparent() {
        Some(parent) => client.with_trace_parent(&parent),
        None => client.clone(),
    }
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct TraceParent(Option<String>);

impl Injector for TraceParent {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT.as_str() {
            self.0 = Some(value);
        }
    }
}

/// Describes calls in the words of OpenTelemetry.
pub(crate) struct RpcSpans;

impl CallObserver for RpcSpans {
    fn begin(&self, span: &Span, path: &'static str, headers: &HeaderMap) {
        set_parent(span, headers);
        if let Some((service, method)) = path.trim_start_matches('/').split_once('/') {
            span.set_attribute("rpc.system", "grpc");
            span.set_attribute("rpc.service", service);
            span.set_attribute("rpc.method", method);
        }
    }

    fn answered(&self, span: &Span, code: Code) {
        span.set_attribute("rpc.grpc.status_code", i64::from(code as i32));
    }
}
