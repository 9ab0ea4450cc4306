//! What is kept of a login, each by itself.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Token,
    DeviceSecret,
}
