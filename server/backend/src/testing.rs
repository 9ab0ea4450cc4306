//! What the crate's own tests share: a database on either engine, and a clock that stands still.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use todo_model::clock::Clock;

use crate::{
    error::Result,
    ids::AccountId,
    metrics::StoreMetrics,
    store::{
        accounts::{self, Account},
        conn::{Conn, Write},
        db::Db,
        invariants,
        location::{Location, Retention, Sharing, StoreSettings},
    },
    time::Time,
    todo,
};

#[path = "../../tests/it/postgres.rs"]
pub(crate) mod postgres;
#[path = "../../tests/it/programs.rs"]
mod programs;
#[path = "../../tests/it/wait.rs"]
mod wait;

/// Turns `async fn case(test_db: TestDb)` into one test on SQLite and one on PostgreSQL.
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($test_db:ident: TestDb) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$attribute])*
            async fn case($test_db: $crate::testing::TestDb) $body

            #[tokio::test]
            async fn on_sqlite() {
                $crate::testing::run(case, $crate::testing::TestDb::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(test_db) = $crate::testing::TestDb::on_postgres().await {
                    $crate::testing::run(case, test_db).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both_engines;

/// Runs a test, and looks for what it left behind that must never be.
pub(crate) async fn run<F: Future<Output = ()>>(case: impl FnOnce(TestDb) -> F, test_db: TestDb) {
    case(test_db.clone()).await;
    // Those that lost their database have nothing to look at.
    if let Ok(mut reader) = test_db.db.reader().await {
        assert_eq!(invariants::violated(&mut reader.conn()).await.unwrap(), []);
    }
}

/// Wednesday, 2026-07-15 17:00 in New York.
const START: i64 = 1_784_149_200_000_000;

/// A new, empty database and a clock that moves when it is told to.
#[derive(Clone)]
pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    now: Arc<AtomicI64>,
    /// Deleted with the test_db.
    _directory: Option<Arc<tempfile::TempDir>>,
}

impl TestDb {
    /// One on each engine that there is, which keep what was deleted and changed for other times than usual.
    pub(crate) async fn keeping(retention: Retention) -> Vec<Self> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("todo.db");
        let sqlite = Location::Sqlite { path, sharing: Sharing::Exclusive };
        let mut all = vec![Self::at(sqlite, Some(directory), retention).await];
        if let Some(url) = postgres::database() {
            all.push(Self::at(Location::Postgres(url), None, retention).await);
        }
        all
    }

    pub(crate) async fn on_sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("todo.db");
        let location = Location::Sqlite { path, sharing: Sharing::Exclusive };
        Self::at(location, Some(directory), Retention::default()).await
    }

    /// `None` where there is no PostgreSQL.
    pub(crate) async fn on_postgres() -> Option<Self> {
        let url = postgres::database()?;
        Some(Self::at(Location::Postgres(url), None, Retention::default()).await)
    }

    async fn at(location: Location, directory: Option<tempfile::TempDir>, retention: Retention) -> Self {
        let settings = StoreSettings { retention, postgres_connections: 4, ..StoreSettings::default() };
        let db = Db::open(&location, settings, &StoreMetrics::default()).await.unwrap();
        let now = Arc::new(AtomicI64::new(START));
        let reading = Arc::clone(&now);
        let clock = Clock::from_fn(move || Time::from_micros(reading.load(Ordering::SeqCst)).to_jiff());
        Self { db, clock, now, _directory: directory.map(Arc::new) }
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: std::time::Duration) {
        self.now.store(Time::now(&self.clock).after(by).as_micros(), Ordering::SeqCst);
    }

    /// Sets the clock back.
    pub(crate) fn set_back(&self, by: std::time::Duration) {
        self.now.store(Time::now(&self.clock).before(by).as_micros(), Ordering::SeqCst);
    }

    /// An account in New York, with its Inbox.
    pub(crate) async fn account(&self, name: &'static str) -> AccountId {
        let id = AccountId::generate(Time::now(&self.clock));
        self.db.write(NewAccount { id, name, now: Time::now(&self.clock) }).await.unwrap();
        id
    }
}

struct NewAccount {
    id: AccountId,
    name: &'static str,
    now: Time,
}

impl Write for NewAccount {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        let account = Account {
            id: self.id,
            username: self.name.into(),
            username_key: self.name.into(),
            password_hash: None,
            register_request_id: None,
            disable_time: None,
            create_time: self.now,
        };
        assert!(accounts::insert(conn, &account).await?);
        todo::account::create(conn, self.id, "America/New_York", self.now).await
    }
}
