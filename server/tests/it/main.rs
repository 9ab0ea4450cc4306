//! The real server on port 0, driven by the real SDK and by clients that nobody here wrote.
#![cfg(test)]

mod auth;
mod lifecycle;
mod postgres;
mod support;
