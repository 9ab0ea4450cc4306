//! The commands, a file each: `run` asks the server and returns a [`Report`]; [`crate::ui`] prints it.
//!
//! To add a command: 1. its arguments in [`crate::args`]; 2. a file here with `run`; 3. its line in [`dispatch`];
//! 4. its snapshots in `tests/it`. A command that needs no server is answered in [`run`], before there is a runtime.

use std::cell::OnceCell;

use jiff::ZonedDateTime;
use todo_sdk::{Client, Project};

use crate::args::{Cli, Command, Global};
use crate::clock;
use crate::connect::{self, Server, Target};
use crate::embedded;
use crate::error::{Error, Kind};
use crate::ui::Ui;
use crate::view::{ProjectNames, Report};

mod add;
mod batch;
mod completions;
mod edit;
mod list;
mod login;
mod logout;
mod man;
mod password;
mod project;
mod register;
mod resolve;
mod sessions;
mod show;
mod status;
mod undo;
mod watch;

/// What commands work with.
pub(crate) struct Context<'a> {
    /// The printer: for what cannot wait until the end, and for questions.
    pub(crate) ui: &'a Ui,
    /// The options of every command.
    pub(crate) global: &'a Global,
    now: OnceCell<ZonedDateTime>,
    /// How to log in to the server that the command is about, once that is known.
    login_hint: OnceCell<String>,
}

impl Context<'_> {
    /// The time of the command, in the user's zone: looked up once, so that one output tells one story.
    pub(crate) fn now(&self) -> &ZonedDateTime {
        self.now.get_or_init(clock::now)
    }

    /// Name of the user's zone, if it has one.
    pub(crate) fn time_zone(&self) -> Option<&str> {
        self.now().time_zone().iana_name()
    }

    /// The user's zone as the contract's filters take it: its name, or else how far it is ahead of UTC now.
    pub(crate) fn zone_or_offset(&self) -> String {
        self.time_zone().map_or_else(|| self.now().strftime("%:z").to_string(), str::to_owned)
    }

    /// The todos that the command is about: the server's or the embedded ones.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        self.target()?.connect(self.time_zone()).await
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

    /// Says how to log in, where it was the token that was no good.
    fn explain(&self, error: Error, command: Option<&Command>) -> Error {
        // With these it may have been the password.
        let asks = matches!(command, Some(Command::Login(_) | Command::Register(_) | Command::Password(_)));
        match self.login_hint.get() {
            Some(hint) if error.kind() == Kind::Denied && !asks => error.hint(hint),
            _ => error,
        }
    }

    /// The projects, if the output names them: text of changes does not, JSON always does.
    pub(crate) async fn names_for_json(&self, client: &Client) -> Result<ProjectNames, Error> {
        if self.ui.is_json() { names(client).await } else { Ok(ProjectNames::default()) }
    }
}

/// All projects, the Inbox first.
pub(crate) async fn projects(client: &Client) -> Result<Vec<Project>, Error> {
    Ok(client.list_projects().page_size(connect::MAX_PAGE_SIZE).try_collect().await?)
}

/// What the projects are called.
pub(crate) async fn names(client: &Client) -> Result<ProjectNames, Error> {
    Ok(projects(client).await?.iter().collect())
}

/// Runs the command, prints what comes of it, and returns what to exit with. Ctrl-C ends it wherever it is: what the
/// server has acknowledged is done, the rest is not.
pub(crate) fn run(cli: &Cli, ui: &Ui) -> u8 {
    match &cli.command {
        Some(Command::Completions(args)) => return ui.finish(completions::run(args)),
        Some(Command::Man(args)) => return ui.finish(man::run(args)),
        _ => {}
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ui.finish(Err(Error::failure("Could not start.").caused_by(&error))),
    };
    let code = ui.finish(runtime.block_on(interruptible(cli, ui)));
    if code != Kind::Interrupted.exit_code() {
        runtime.block_on(embedded::shut_down());
    }
    // What still runs has nothing left to say, and the end of the process tidies up faster than we could.
    std::mem::forget(runtime);
    code
}

async fn interruptible(cli: &Cli, ui: &Ui) -> Result<Report, Error> {
    // Registered before anything can wait: Ctrl-C must not kill the process while the echo of the terminal is off.
    let interrupt = interrupt()?;
    let context = Context { ui, global: &cli.global, now: OnceCell::new(), login_hint: OnceCell::new() };
    tokio::select! {
        biased;
        result = dispatch(cli.command.as_ref(), &context) => {
            result.map_err(|error| context.explain(error, cli.command.as_ref()))
        }
        () = interrupt => Err(Error::interrupted()),
    }
}

#[cfg(unix)]
fn interrupt() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut signal = signal(SignalKind::interrupt())
        .map_err(|error| Error::failure("Could not listen for Ctrl-C.").caused_by(&error))?;
    Ok(async move {
        signal.recv().await;
    })
}

#[cfg(not(unix))]
fn interrupt() -> Result<impl Future<Output = ()>, Error> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

async fn dispatch(command: Option<&Command>, cx: &Context<'_>) -> Result<Report, Error> {
    match command {
        None => list::run_default(cx).await,
        Some(Command::Add(args)) => add::run(args, cx).await,
        Some(Command::List(args)) => list::run(args, cx).await,
        Some(Command::Show(args)) => show::run(args, cx).await,
        Some(Command::Done(args)) => batch::done(args, cx).await,
        Some(Command::Reopen(args)) => batch::reopen(args, cx).await,
        Some(Command::Edit(args)) => edit::run(args, cx).await,
        Some(Command::Rm(args)) => batch::rm(args, cx).await,
        Some(Command::Restore(args)) => batch::restore(args, cx).await,
        Some(Command::Undo(args)) => undo::run(args, cx).await,
        Some(Command::Watch) => watch::run(cx).await,
        Some(Command::Project(args)) => project::run(args, cx).await,
        Some(Command::Register(args)) => register::run(args, cx).await,
        Some(Command::Login(args)) => login::run(args, cx).await,
        Some(Command::Logout(args)) => logout::run(args, cx).await,
        Some(Command::Status) => status::run(cx).await,
        Some(Command::Password(args)) => password::run(args, cx).await,
        Some(Command::Sessions(args)) => sessions::run(args, cx).await,
        Some(Command::Completions(args)) => completions::run(args),
        Some(Command::Man(args)) => man::run(args),
    }
}
