//! The backends inside another program's own process: no port, no daemon, no registration.
//!
//! Everybody who can read the file is its one person, the account `local`. It has no password and no sessions; the
//! file's permissions are the login.

use std::{
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use todo_model::clock::Clock;
use todo_proto::auth::v1::auth_service_server::AuthServiceServer;
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, server::NamedService as _};
use tower::Service;
use uuid::Uuid;

use crate::{
    auth::LocalAuthService,
    error::{Error, Result},
    identity::Authenticator,
    ids::AccountId,
    maintenance,
    metrics::{CallMetrics, StoreMetrics},
    rpc::{Budget, RpcStack},
    store::{
        accounts::{self, Account},
        conn::{Conn, Write},
        db::Db,
        location::{Location, Sharing, StoreSettings},
        survive_file_size_limit,
    },
    time::Time,
    todo::{self, ChangeFeed, TodoServer, TodoService},
};

/// The name of the database file in the directory given to [`open`].
pub const FILE_NAME: &str = "todo.db";

/// The one account of an embedded database. It is always the same, so that nobody has to look it up.
const LOCAL: AccountId = AccountId::from_uuid(Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001));

/// How often a watch looks for what other processes have written to the file: nobody notifies it.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Backends that run in this process, on an SQLite file of their own. Cheap to clone.
#[derive(Clone)]
pub struct Embedded {
    db: Db,
    change_feed: ChangeFeed,
    clock: Clock,
    path: PathBuf,
    service: EmbeddedService,
}

/// Opens `todo.db` in this directory, creating the directory and the file if need be. `time_zone` is the IANA name of
/// the person's zone and is noted when the file is made.
///
/// Other processes may have the same file open in the same way; a `todo-server` may not.
///
/// # Errors
///
/// [`Error::Startup`], which says what to do: the directory cannot be written, the file is
/// damaged or comes from a newer version, or a server has it open.
///
/// # Examples
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// use todo_sdk::{Client, NewTodo};
///
/// let embedded = todo_backend::embedded::open(directory.path(), "Europe/Berlin").await?;
/// let client = Client::from_service(embedded.service());
/// let created = client.create_todo(NewTodo::new("Buy milk")).await?;
/// assert_eq!(created.value.number, 1);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub async fn open(directory: &Path, time_zone: &str) -> Result<Embedded> {
    open_with_clock(directory, time_zone, Clock::system()).await
}

/// Like [`open`], with the time from a clock of the caller's own.
pub async fn open_with_clock(directory: &Path, time_zone: &str, clock: Clock) -> Result<Embedded> {
    // Where that cannot be had, the limit is seldom there either.
    survive_file_size_limit().ok();
    let path = directory.join(FILE_NAME);
    let location = Location::Sqlite { path: path.clone(), sharing: Sharing::Shared };
    // One process, one person: a second reader would only cost its opening.
    let settings = StoreSettings { sqlite_readers: Some(1), ..StoreSettings::default() };
    let db = Db::open(&location, settings, &StoreMetrics::default()).await?;
    if !accounts::exists(&mut db.reader().await?.conn(), LOCAL).await? {
        db.write(CreateLocalAccount { time_zone: time_zone.into(), now: Time::now(&clock) }).await?;
    }
    let change_feed = ChangeFeed::default().with_poll_interval(POLL_INTERVAL);
    let authenticator = Authenticator::local(LOCAL);
    let stop = CancellationToken::new();
    let todo =
        TodoService::new(db.clone(), change_feed.clone(), clock.clone(), authenticator.clone(), stop.clone());
    let services = Services {
        auth: AuthServiceServer::new(LocalAuthService::new(db.clone())),
        todo: TodoServer::new(todo),
    };
    let (budget, metrics) = (Budget::default(), CallMetrics::default());
    let service = EmbeddedService(RpcStack::new(services, authenticator, budget, stop, metrics, None));
    Ok(Embedded { db, change_feed, clock, path, service })
}

impl Embedded {
    /// Returns the backends as a tower service, for `todo_sdk::Client::from_service`.
    #[must_use]
    pub fn service(&self) -> EmbeddedService {
        self.service.clone()
    }

    /// Returns the database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Purges the trash and forgets old history, which a server does every hour. Takes moments; once a day is plenty.
    pub async fn maintain(&self) -> Result<()> {
        maintenance::run(&self.db, &self.change_feed, Time::now(&self.clock)).await
    }

    /// Finishes what was begun and closes the file. What was acknowledged is on disk without it, too.
    pub async fn close(self) {
        self.db.close().await;
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The methods of all embedded backends, called in process. Cheap to clone.
#[derive(Clone)]
pub struct EmbeddedService(RpcStack<Services>);

impl Service<Request<Body>> for EmbeddedService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.0.call(request)
    }
}

impl fmt::Debug for EmbeddedService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmbeddedService")
    }
}

/// The two services, told apart by the path. A server uses tonic's router, which an embedded one can do without.
#[derive(Clone)]
struct Services {
    auth: AuthServiceServer<LocalAuthService>,
    todo: TodoServer,
}

impl Service<Request<Body>> for Services {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let service = request.uri().path().trim_start_matches('/').split('/').next();
        match service {
            Some(name) if name == TodoServer::NAME => self.todo.call(request),
            Some(name) if name == AuthServiceServer::<LocalAuthService>::NAME => self.auth.call(request),
            _ => Box::pin(async { Ok(Status::from(Error::Unimplemented).into_http()) }),
        }
    }
}

struct CreateLocalAccount {
    time_zone: String,
    now: Time,
}

impl Write for CreateLocalAccount {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        if accounts::exists(conn, LOCAL).await? {
            // Another process was first.
            return Ok(());
        }
        let account = Account {
            id: LOCAL,
            username: "local".into(),
            username_key: "local".into(),
            password_hash: None,
            register_request_id: None,
            disable_time: None,
            create_time: self.now,
        };
        accounts::insert(conn, &account).await?;
        todo::account::create(conn, LOCAL, &self.time_zone, self.now).await
    }
}
