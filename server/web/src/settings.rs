//! What the server hands to the pages.

use http::HeaderMap;
use todo_sdk::Client;
use tracing::Span;

/// The clients of the two backends. Each may be a connection to another server, or call the services of this process.
///
/// Every call carries the token of whoever looks at the page, and in its metadata the address of the browser
/// (`x-forwarded-for`), the id of the request (`x-request-id`) and the trace (`traceparent`).
#[derive(Clone, Debug)]
pub struct Backends {
    /// The auth service, without a token yet.
    pub auth: Client,
    /// The todo service, without a token yet.
    pub todo: Client,
}

/// What can be set about the pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Serve pages over plain HTTP to other machines too, passwords included.
    pub insecure_http: bool,
    /// How the pages take part in traces.
    pub tracing: TraceHooks,
}

/// How the pages take part in traces, so that they depend on nothing that collects them. By default they do not.
#[derive(Clone, Copy, Debug)]
pub struct TraceHooks {
    /// Makes the span of a page a child of the one that the headers of its request name.
    pub set_parent: fn(&Span, &HeaderMap),
    /// Returns the `traceparent` of the current span, for the calls that a page makes.
    pub traceparent: fn() -> Option<String>,
}

impl Default for TraceHooks {
    fn default() -> Self {
        Self { set_parent: |_, _| {}, traceparent: || None }
    }
}
