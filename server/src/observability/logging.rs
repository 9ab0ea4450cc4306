//! The log: one line per event on standard error, text for people, JSON for machines. Never a secret: requests are not
//! logged, only their methods and how they ended.
//!
//! What strangers do can make any number of events. Of each kind, that is of each place in the code, so many lines are
//! written and no more; how many were left out is logged from time to time. Lines of `debug` and `trace` are not limited:
//! somebody has asked for them.

use std::{
    collections::HashMap,
    io::{self, IsTerminal as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use tracing::{
    Event, Level, Metadata, Subscriber, callsite,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

use super::traces::Traces;
use crate::{
    config::{LogFormat, LogSettings},
    error::Result,
};

/// Lines of a kind that may come at once.
const BURST: f64 = 200.0;
/// Lines of a kind per second in the long run.
const RATE: f64 = 10.0;
/// How often the number of lines left out is logged.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// What the log of this process leaves out.
static BOUND: Bound = Bound { kinds: Mutex::new(None) };

/// Sends the log of this process to standard error, the words of panics included, and its traces where the settings say,
/// for as long as the caller keeps what is returned. With traces it must be called inside a tokio runtime.
///
/// Does nothing if the process has a log already.
///
/// # Errors
/// [`Error::Startup`](crate::Error::Startup) if traces cannot be sent.
pub fn init(settings: &LogSettings) -> Result<Option<Traces>> {
    let is_json = match settings.format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = tracing_subscriber::fmt::layer::<Registry>().with_writer(io::stderr);
    let lines = if is_json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    } else {
        lines.with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()).boxed()
    };
    let lines = Bounded(lines).with_filter(settings.filter.clone());
    let traces = settings.otlp_endpoint.as_deref().map(Traces::send_to).transpose()?;
    let spans = traces.as_ref().map(|traces| {
        // The statements of the database are events of the spans.
        let targets = ["todo_server", "todo_backend", "todo_web", "sqlx::query"];
        let wanted = Targets::new().with_targets(targets.map(|target| (target, Level::DEBUG)));
        traces.layer().with_filter(wanted)
    });
    if tracing_subscriber::registry().with(lines).with(spans).try_init().is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let words = panic.payload_as_str().unwrap_or("without words");
            tracing::error!(place, words, "panic");
        }));
    }
    Ok(traces)
}

/// Tells now and then how many lines were left out, until it is cancelled.
pub(crate) async fn report_suppressed(cancel: CancellationToken) {
    let mut ticks = tokio::time::interval(REPORT_INTERVAL);
    while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
        for (place, left_out) in BOUND.take_left_out() {
            tracing::warn!(place, left_out, "lines were left out of the log");
        }
    }
}

/// Writes the lines that the bound allows.
struct Bounded<L>(L);

impl<S: Subscriber, L: Layer<S>> Layer<S> for Bounded<L> {
    // Not by a filter: what is enabled is found out from the place in the code alone.
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO || BOUND.admit(metadata, Instant::now()) {
            self.0.on_event(event, context);
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.0.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.0.on_record(id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.0.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.0.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.0.on_close(id, context);
    }
}

/// Counts the lines of each kind.
struct Bound {
    kinds: Mutex<Option<HashMap<callsite::Identifier, Kind>>>,
}

struct Kind {
    place: String,
    /// Lines that may be written now.
    credit: f64,
    since: Instant,
    left_out: u64,
}

impl Bound {
    fn admit(&self, metadata: &Metadata<'_>, now: Instant) -> bool {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.get_or_insert_default().entry(metadata.callsite()).or_insert_with(|| Kind {
            place: format!("{}:{}", metadata.target(), metadata.line().unwrap_or_default()),
            credit: BURST,
            since: now,
            left_out: 0,
        });
        let earned = now.saturating_duration_since(kind.since).as_secs_f64() * RATE;
        kind.credit = (kind.credit + earned).min(BURST);
        kind.since = now;
        if kind.credit < 1.0 {
            kind.left_out += 1;
            return false;
        }
        kind.credit -= 1.0;
        true
    }

    /// The places whose lines were left out since the last time, and how many.
    fn take_left_out(&self) -> Vec<(String, u64)> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kinds = kinds.iter_mut().flatten().map(|(_, kind)| kind).filter(|kind| kind.left_out > 0);
        kinds.map(|kind| (kind.place.clone(), std::mem::take(&mut kind.left_out))).collect()
    }
}
