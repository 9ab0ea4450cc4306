//! The log: one line per event on standard error, text for people, JSON for machines. Never a secret: requests are not
//! logged, only their methods and how they ended.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{Layer as _, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{LogFormat, LogSettings};

/// Sends the log of this process to standard error, the words of panics included.
///
/// Does nothing if the process has a log already.
pub fn init(settings: &LogSettings) {
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
    let lines = lines.with_filter(settings.filter.clone());
    if tracing_subscriber::registry().with(lines).try_init().is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let words = panic.payload_as_str().unwrap_or("without words");
            tracing::error!(place, words, "panic");
        }));
    }
}
