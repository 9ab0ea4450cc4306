//! What can be seen of a server from outside.
//!
//! | module | what |
//! |---|---|
//! | [`logging`] | the log |
//! | `metrics` | what is counted, for Prometheus |
//! | `traces` | traces, for OpenTelemetry |
//! | `admin` | `/livez`, `/readyz` and `/metrics`, on an address of their own |

pub(crate) mod admin;
pub mod logging;
pub(crate) mod metrics;
pub(crate) mod traces;

pub use self::traces::Traces;
