//! The real server on port 0, driven by the real SDK and by third-party clients.
#![cfg(test)]

mod admin;
mod apart;
mod auth;
mod certificates;
mod checks;
mod chromium;
mod collector;
mod commands;
mod disk;
mod files;
mod grpc_web;
mod hostile_clients;
mod http;
mod kill;
mod lifecycle;
mod model;
mod modules;
mod other_origin;
mod packaging;
mod postgres;
mod process;
mod programs;
mod replicas;
mod startup;
mod structure;
mod support;
mod third_party;
mod tls;
mod traces;
mod wait;
mod webdriver;
