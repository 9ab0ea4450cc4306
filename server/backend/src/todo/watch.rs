//! The change feed behind WatchTodos.
//!
//! The rows are the feed: a project's `revision` counts its changes in commit order, and every row carries the revision
//! of its last one. A watcher remembers the revision up to which it has seen each project, reads what is newer, and
//! then waits to be woken. A wake-up carries nothing, so a lost one costs time and never a change.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;
use prost::Message;
use todo_proto::todo::v1::{self, watch_todos_response::Event};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::Instrument as _;
use uuid::Uuid;

use super::convert;
use crate::{
    cluster::{Notification, Notifier},
    error::{Error, Result},
    identity::{Authenticator, Identity},
    ids::{AccountId, ProjectId, TodoId},
    metrics::{InFlight, WatchMetrics},
    pagination, request_id,
    store::{
        changes::{self, Span, Tombstone},
        conn::Conn,
        db::Db,
        projects::{self, Head},
        todos::Todo,
    },
};

/// How long a watcher waits at most before it looks at the rows, and at its session, without being woken.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Rows read in one go.
const BATCH: i64 = 128;
/// Events that may wait for a slow client before reading stops.
const BUFFER: usize = 16;

/// Wakes the watchers of an account, here and on other servers. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangeFeed {
    watchers: Arc<Mutex<HashMap<AccountId, watch::Sender<()>>>>,
    notifier: Notifier,
    metrics: WatchMetrics,
}

impl ChangeFeed {
    /// A feed that notifies other servers by this notifier.
    pub(crate) fn new(notifier: Notifier, metrics: WatchMetrics) -> Self {
        Self { watchers: Arc::default(), notifier, metrics }
    }

    /// Tells the account's watchers that something has been committed.
    pub(crate) fn wake(&self, account: AccountId) {
        self.wake_locally(account);
        self.notifier.notify(Notification::Changed(account));
    }

    /// Tells the account's watchers on this server that something has been committed somewhere.
    pub(crate) fn wake_locally(&self, account: AccountId) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if watchers.get(&account).is_some_and(|sender| sender.send(()).is_err()) {
            // Nobody watches any more.
            watchers.remove(&account);
        }
    }

    /// Has every watcher on this server look at the rows.
    #[cfg(feature = "postgres")]
    pub(crate) fn wake_all_locally(&self) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|_, sender| sender.send(()).is_ok());
    }

    fn subscribe(&self, account: AccountId) -> watch::Receiver<()> {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.entry(account).or_insert_with(|| watch::Sender::new(())).subscribe()
    }
}

/// Up to where a watcher has seen each project. What a resume token holds.
#[derive(Clone, PartialEq, Message)]
struct Position {
    #[prost(message, repeated, tag = "1")]
    seen: Vec<Seen>,
}

#[derive(Clone, PartialEq, Message)]
struct Seen {
    #[prost(bytes = "vec", tag = "1")]
    project: Vec<u8>,
    #[prost(int64, tag = "2")]
    revision: i64,
}

/// One open watch.
pub(crate) struct Watcher {
    db: Db,
    identity: Identity,
    authenticator: Authenticator,
    wake: watch::Receiver<()>,
    cancel: CancellationToken,
    token: pagination::Query,
    seen: BTreeMap<ProjectId, i64>,
    /// Without a resume token, what the trash has forgotten is no news.
    is_snapshot: bool,
    metrics: WatchMetrics,
}

type Sink = mpsc::Sender<Result<v1::WatchTodosResponse, Status>>;

/// Why a watch ends.
enum End {
    /// The client went away.
    Gone,
    /// The client is told why.
    Told(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

impl Watcher {
    /// Opens a watch. OUT_OF_RANGE if the token is of no use any more.
    pub(crate) async fn open(
        db: Db,
        feed: &ChangeFeed,
        identity: Identity,
        authenticator: Authenticator,
        cancel: CancellationToken,
        request: &v1::WatchTodosRequest,
    ) -> Result<Self> {
        let account = identity.account_id;
        let token = pagination::Query::new(account, "WatchTodos", &());
        let position: Option<Position> = token.open(&request.resume_token).map_err(|()| {
            Error::invalid(
                "resume_token",
                "Is not a resume_token of this account. Start over with an empty one.",
            )
        })?;
        let is_fresh = position.is_none();
        let mut seen = position
            .unwrap_or_default()
            .seen
            .into_iter()
            .filter_map(|seen| {
                Some((ProjectId::from_uuid(Uuid::from_slice(&seen.project).ok()?), seen.revision))
            })
            .collect::<BTreeMap<_, _>>();
        // Subscribed before the first look at the rows, so that no commit falls in between.
        let wake = feed.subscribe(account);
        let heads = projects::heads(&mut db.reader().await?.conn(), account).await?;
        if !is_fresh && heads.iter().any(|head| !is_resumable(head, &seen)) {
            return Err(Error::OutOfRange(
                "The resume token is too old. Start over with an empty one.".into(),
            ));
        }
        if is_fresh && request.skip_snapshot {
            seen = heads.iter().map(|head| (head.id, head.revision)).collect();
        }
        let is_snapshot = is_fresh && !request.skip_snapshot;
        Ok(Self {
            db,
            identity,
            authenticator,
            wake,
            cancel,
            token,
            seen,
            is_snapshot,
            metrics: feed.metrics.clone(),
        })
    }

    /// Starts sending and returns the receiving end.
    pub(crate) fn start(self) -> mpsc::Receiver<Result<v1::WatchTodosResponse, Status>> {
        let (sink, events) = mpsc::channel(BUFFER);
        let watching = async move {
            let cancel = self.cancel.clone();
            let _open = InFlight::begin(&self.metrics.open);
            let mut session = self.authenticator.watch(&self.identity);
            let end = tokio::select! {
                error = session.ended() => End::Told(error),
                end = self.run(&sink) => end,
                () = sink.closed() => End::Gone,
                () = cancel.cancelled() => End::Told(Error::unavailable("The server is shutting down.")),
            };
            if let End::Told(error) = end {
                // The client may have gone away meanwhile.
                drop(sink.send(Err(error.into())).await);
            }
        };
        // Whatever the log says of it is about the call.
        tokio::spawn(request_id::scope(request_id::current(), watching).in_current_span());
        events
    }

    async fn run(mut self, sink: &Sink) -> End {
        let mut synced = false;
        let mut session = self.authenticator.watch(&self.identity);
        loop {
            // Marked before the rows are read: what commits during the reading wakes the next round.
            self.wake.borrow_and_update();
            match self.catch_up(sink, synced).await {
                Ok(()) => synced = true,
                Err(end) => return end,
            }
            // An error means that the feed is gone; then the time-out keeps the watch going.
            drop(tokio::time::timeout(POLL_INTERVAL, self.wake.changed()).await);
            // What comes after a revocation is not for this caller any more.
            if let Err(error) = session.check().await {
                return End::Told(error);
            }
        }
    }

    /// Sends what is newer than what was seen.
    async fn catch_up(&mut self, sink: &Sink, synced: bool) -> Result<(), End> {
        let account = self.identity.account_id;
        let heads = projects::heads(&mut self.db.reader().await?.conn(), account).await?;
        let mut batch = Batch { sink, held: None, events: &self.metrics.events.clone() };
        for head in heads {
            let seen = self.seen.get(&head.id).copied().unwrap_or(0);
            if head.revision > seen {
                self.send_project(&mut batch, head, seen).await?;
                self.seen.insert(head.id, head.revision);
            }
        }
        self.is_snapshot = false;
        if !synced {
            batch.push(Event::Synced(v1::Synced {})).await?;
        }
        batch.finish(|| self.resume_token()).await
    }

    async fn send_project(&self, batch: &mut Batch<'_>, head: Head, seen: i64) -> Result<(), End> {
        let account = self.identity.account_id;
        if head.own_revision > seen {
            let project = projects::find(&mut self.db.reader().await?.conn(), account, head.id).await?;
            if let Some(project) = project {
                batch.push(Event::Project(convert::project(project))).await?;
            }
        }
        // Nothing comes before this id, so the span begins with the first revision that was not seen.
        let start = (seen + 1, TodoId::from_uuid(Uuid::nil()));
        let mut span = Span { project: head.id, after: start, upto: head.revision };
        loop {
            let rows = self.read_todos(&mut self.db.reader().await?.conn(), span).await?;
            let Some(last) = rows.last() else { break };
            span.after = (last.revision, last.id);
            for row in rows {
                batch.push(Event::Todo(convert::todo(row))).await?;
            }
        }
        if self.is_snapshot {
            return Ok(());
        }
        span.after = start;
        loop {
            let buried = self.read_tombstones(&mut self.db.reader().await?.conn(), span).await?;
            let Some(last) = buried.last() else { return Ok(()) };
            span.after = (last.revision, last.id);
            for Tombstone { id, number, .. } in buried {
                batch.push(Event::PurgedTodo(v1::PurgedTodo { id: id.to_string(), number })).await?;
            }
        }
    }

    async fn read_todos(&self, conn: &mut Conn<'_>, span: Span) -> Result<Vec<Todo>> {
        changes::todos(conn, self.identity.account_id, span, BATCH).await
    }

    async fn read_tombstones(&self, conn: &mut Conn<'_>, span: Span) -> Result<Vec<Tombstone>> {
        changes::tombstones(conn, self.identity.account_id, span, BATCH).await
    }

    fn resume_token(&self) -> String {
        let seen = |(project, revision): (&ProjectId, &i64)| Seen {
            project: project.as_uuid().into_bytes().to_vec(),
            revision: *revision,
        };
        self.token.token(&Position { seen: self.seen.iter().map(seen).collect() })
    }
}

/// Whether all changes since can still be sent.
fn is_resumable(head: &Head, seen: &BTreeMap<ProjectId, i64>) -> bool {
    match seen.get(&head.id) {
        // A revision from the future was seen before a backup was restored.
        Some(seen) => (head.horizon..=head.revision).contains(seen),
        // New to the watcher. Todos that it knew may have moved there, so no purge may be forgotten.
        None => head.horizon == 0,
    }
}

/// Sends events one behind, so that the last one can carry the resume token.
struct Batch<'s> {
    sink: &'s Sink,
    held: Option<Event>,
    events: &'s Counter,
}

impl Batch<'_> {
    async fn push(&mut self, event: Event) -> Result<(), End> {
        match self.held.replace(event) {
            Some(event) => self.send(event, String::new()).await,
            None => Ok(()),
        }
    }

    async fn finish(&mut self, resume_token: impl FnOnce() -> String) -> Result<(), End> {
        match self.held.take() {
            Some(event) => self.send(event, resume_token()).await,
            None => Ok(()),
        }
    }

    async fn send(&self, event: Event, resume_token: String) -> Result<(), End> {
        self.events.inc();
        let response = v1::WatchTodosResponse { event: Some(event), resume_token };
        self.sink.send(Ok(response)).await.map_err(|_| End::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn head(revision: i64, horizon: i64) -> Head {
        let id = ProjectId::generate(Time::from_micros(0));
        Head { id, revision, own_revision: 1, horizon }
    }

    #[test]
    fn a_resume_token_is_valid_between_horizon_and_head() {
        let head = head(10, 4);
        let seen = |revision| BTreeMap::from([(head.id, revision)]);
        assert!(!is_resumable(&head, &seen(3)));
        assert!(is_resumable(&head, &seen(4)));
        assert!(is_resumable(&head, &seen(10)));
        assert!(!is_resumable(&head, &seen(11)));
        assert!(!is_resumable(&head, &BTreeMap::new()), "a todo may have moved there and been forgotten");
    }
}
