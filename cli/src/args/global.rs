//! The options that every command takes.

use std::path::PathBuf;

use clap::ValueEnum;

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Use the server at this address, such as `https://todo.example.com`, or `embedded` for the todos on this machine
    #[arg(long, global = true, value_name = "URL", env = "TODO_SERVER", hide_env_values = true)]
    pub(crate) server: Option<String>,
    /// Use the login of this name instead of the default one
    #[arg(long, global = true, value_name = "NAME", env = "TODO_PROFILE", hide_env_values = true)]
    pub(crate) profile: Option<String>,
    /// Check the server's certificate against the authorities in this PEM file; `login` and `register` remember it
    #[arg(long, global = true, value_name = "FILE", env = "TODO_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Talk plain HTTP to another machine, where everybody on the way can read along; remembered likewise
    #[arg(long, global = true)]
    pub(crate) insecure_http: bool,
    /// Print one JSON document
    #[arg(long, global = true, conflicts_with = "quiet")]
    pub(crate) json: bool,
    /// Print ids only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Use colours: on terminals without NO_COLOR (auto), always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorArg,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    #[default]
    Auto,
    Always,
    Never,
}
