//! What every command works with.

use std::cell::OnceCell;

use jiff::ZonedDateTime;
use todo_model::date_settings::DateSettings;
use todo_sdk::Client;

use super::resolve;
use crate::args::GlobalArgs;
use crate::clock;
use crate::connect::{Server, Target};
use crate::error::{Error, Kind};
use crate::ui::Ui;
use crate::view::ProjectNames;

/// What commands work with.
pub(crate) struct Context<'a> {
    /// The printer: for what cannot wait until the end.
    pub(crate) ui: &'a Ui,
    /// The options of every command.
    pub(crate) global: &'a GlobalArgs,
    /// Makes the tree of commands and options, from which completions and manual pages are written.
    pub(crate) command_tree: fn() -> clap::Command,
    now: OnceCell<ZonedDateTime>,
    /// How to log in to the server that the command is about, once that is known.
    login_hint: OnceCell<String>,
}

impl<'a> Context<'a> {
    /// A context of which nothing is looked up yet.
    pub(crate) fn new(ui: &'a Ui, global: &'a GlobalArgs, command_tree: fn() -> clap::Command) -> Self {
        Self { ui, global, command_tree, now: OnceCell::new(), login_hint: OnceCell::new() }
    }

    /// The time of the command, in the user's zone: looked up once, so that one output is consistent.
    pub(crate) fn now(&self) -> &ZonedDateTime {
        self.now.get_or_init(clock::now)
    }

    /// Name of the user's zone, if it has one.
    pub(crate) fn time_zone(&self) -> Option<&str> {
        self.now().time_zone().iana_name()
    }

    /// The todos that the command is about: the server's or the embedded ones.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        self.target()?.connect(self.time_zone()).await
    }

    /// How the account counts weeks and reads dates.
    #[expect(clippy::unused_async, reason = "accounts say nothing about it yet")]
    pub(crate) async fn date_settings(&self, _: &Client) -> Result<DateSettings, Error> {
        Ok(DateSettings::default())
    }

    /// What the command is about.
    pub(crate) fn target(&self) -> Result<Target, Error> {
        let target = Target::choose(self.global)?;
        if let Target::Server(server) = &target {
            self.login_hint.get_or_init(|| server.login_hint());
        }
        Ok(target)
    }

    /// The server that the command is about; `what` belongs to accounts on servers only.
    pub(crate) fn server(&self, what: &str) -> Result<Server, Error> {
        match self.target()? {
            Target::Server(server) => Ok(*server),
            Target::Embedded(_) => Err(Error::new(
                Kind::Denied,
                format!("{what} belongs to an account on a server, and you are not logged in to one."),
            )
            .hint("`todo login --server URL` logs you in.")),
        }
    }

    /// Adds how to log in to an error about the token.
    pub(crate) fn add_login_hint(&self, error: Error) -> Error {
        match self.login_hint.get() {
            Some(hint) if error.kind() == Kind::Denied => error.hint(hint),
            _ => error,
        }
    }

    /// The projects, if the output names them: text of changes does not, JSON always does.
    pub(crate) async fn names_for_json(&self, client: &Client) -> Result<ProjectNames, Error> {
        if self.ui.is_json() { resolve::project_names(client).await } else { Ok(ProjectNames::default()) }
    }
}
