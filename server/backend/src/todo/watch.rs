//! The change feed behind WatchChanges.
//!
//! The rows are the feed: an account's `revision` counts its changes in commit order, and every row carries the revision
//! of its last one. A watcher remembers the revision up to which it has seen everything, reads what is newer, and then
//! waits until the [`ChangeFeed`] wakes it.

use std::{collections::HashMap, sync::Arc};

use prometheus_client::metrics::counter::Counter;
use prost::Message;
use todo_proto::todo::v1::{self, watch_changes_response::Event};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};
use tracing::Instrument as _;

use super::{change_feed::ChangeFeed, convert, convert_operation};
use crate::{
    error::{Error, Result},
    identity::{Authenticator, Identity},
    ids::AccountId,
    metrics::{InFlight, WatchMetrics},
    pagination, request_id,
    rpc::{Payer, Reservation},
    store::{
        changes::{self, Span},
        database_state,
        db::{Db, Reader},
        operations,
        todo_accounts::{self, TodoAccount},
        tombstones::{self, Tombstone},
    },
};

/// Rows read in one go.
const BATCH: i64 = 64;
/// Bytes reserved for the rows and events that are in memory at once. Most are far smaller than they may be.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Revisions whose operations are looked up in one go.
const MAX_ORIGINS: usize = 500;
/// Events that may wait for a slow client before reading stops.
const BUFFER: usize = 16;

/// What a resume token holds.
#[derive(Clone, PartialEq, Message)]
struct Position {
    /// Up to which revision everything was seen.
    #[prost(int64, tag = "1")]
    revision: i64,
    /// Of the database in which that was.
    #[prost(bytes = "vec", tag = "2")]
    incarnation: Vec<u8>,
}

/// One open watch.
pub(crate) struct Watcher {
    db: Db,
    identity: Identity,
    authenticator: Authenticator,
    wake: watch::Receiver<()>,
    cancel: CancellationToken,
    token: pagination::Query,
    /// The revision up to which everything was seen.
    seen: i64,
    incarnation: Vec<u8>,
    /// Without a resume token, what the trash has forgotten is no news.
    is_snapshot: bool,
    /// Who pays for the memory that events take until they are sent.
    payer: Option<Arc<Payer>>,
    metrics: WatchMetrics,
}

type Sink = mpsc::Sender<Result<v1::WatchChangesResponse, Status>>;

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
        request: &Request<v1::WatchChangesRequest>,
    ) -> Result<Self> {
        let payer = request.extensions().get::<Arc<Payer>>().cloned();
        let request = request.get_ref();
        let account = identity.account_id;
        let token = pagination::Query::new(account, "WatchChanges", &());
        let position: Option<Position> = token.open(&request.resume_token).map_err(|()| {
            Error::invalid("resume_token", "Is not a resume token of this account. Start over without one.")
        })?;
        // Subscribed before the first look at the rows, so that no commit falls in between.
        let wake = feed.subscribe(&db, account, &cancel);
        let (head, incarnation) = {
            let mut reader = db.reader().await?;
            (head(&mut reader, account).await?, database_state::incarnation(&mut reader.conn()).await?)
        };
        let is_snapshot = position.is_none() && !request.skip_snapshot;
        let seen = match position {
            Some(Position { revision, incarnation: of }) => {
                if of != incarnation || !(head.horizon..=head.revision).contains(&revision) {
                    return Err(Error::OutOfRange(
                        "The resume token is too old. Start over with an empty one.".into(),
                    ));
                }
                revision
            }
            None if request.skip_snapshot => head.revision,
            None => 0,
        };
        Ok(Self {
            db,
            identity,
            authenticator,
            wake,
            cancel,
            token,
            seen,
            incarnation,
            is_snapshot,
            payer,
            metrics: feed.metrics(),
        })
    }

    /// Starts sending and returns the receiving end.
    pub(crate) fn start(self) -> mpsc::Receiver<Result<v1::WatchChangesResponse, Status>> {
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
            if self.wake.changed().await.is_err() {
                // Only when the server ends, which the caller is told.
                return std::future::pending().await;
            }
            // What comes after a revocation is not for this caller any more.
            if let Err(error) = session.check().await {
                return End::Told(error);
            }
        }
    }

    /// Sends what is newer than what was seen.
    async fn catch_up(&mut self, sink: &Sink, synced: bool) -> Result<(), End> {
        let upto = head(&mut self.db.reader().await?, self.identity.account_id).await?.revision;
        if upto == self.seen && synced {
            return Ok(());
        }
        let _reservation = self.reserve().await;
        let mut batch = Batch { sink, held: None, events: &self.metrics.events.clone() };
        if upto > self.seen {
            self.send_projects(&mut batch, upto).await?;
            self.send_todos(&mut batch, upto).await?;
            if !self.is_snapshot {
                self.send_purges(&mut batch, upto).await?;
            }
            self.seen = upto;
        }
        self.is_snapshot = false;
        if !synced {
            batch.push(Event::Synced(v1::Synced {}), None).await?;
        }
        batch.finish(|| self.resume_token()).await?;
        // Until the last one is on its way.
        sink.reserve_many(BUFFER).await.map_err(|_| End::Gone).map(drop)
    }

    /// Waits for memory: unlike a call, a watch has the time.
    async fn reserve(&self) -> Option<Reservation> {
        let payer = self.payer.as_ref()?;
        loop {
            if let Ok(reservation) = payer.reserve_answer(BATCH_BYTES).await {
                return Some(reservation);
            }
        }
    }

    async fn send_projects(&self, batch: &mut Batch<'_>, upto: i64) -> Result<(), End> {
        let account = self.identity.account_id;
        let mut reader = self.db.reader().await?;
        let projects = changes::projects(&mut reader.conn(), account, self.seen, upto).await?;
        drop(reader);
        let origins = self.origins(projects.iter().map(|project| project.revision)).await?;
        for project in projects {
            let origin = origins.get(&project.revision).cloned();
            batch.push(Event::Project(convert::project(project, self.db.retention())), origin).await?;
        }
        Ok(())
    }

    async fn send_todos(&self, batch: &mut Batch<'_>, upto: i64) -> Result<(), End> {
        let mut span = self.span(upto);
        loop {
            let mut reader = self.db.reader().await?;
            let rows = changes::todos(&mut reader.conn(), self.identity.account_id, span, BATCH).await?;
            drop(reader);
            let Some(last) = rows.last() else { return Ok(()) };
            span.after = (last.revision, last.number);
            let origins = self.origins(rows.iter().map(|row| row.revision)).await?;
            for row in rows {
                let origin = origins.get(&row.revision).cloned();
                batch.push(Event::Todo(convert::full(&row, self.db.retention())?), origin).await?;
            }
        }
    }

    async fn send_purges(&self, batch: &mut Batch<'_>, upto: i64) -> Result<(), End> {
        let mut after = (self.seen, None);
        loop {
            let mut reader = self.db.reader().await?;
            let buried =
                tombstones::list(&mut reader.conn(), self.identity.account_id, after, upto, BATCH).await?;
            drop(reader);
            let Some(last) = buried.last() else { return Ok(()) };
            after = (last.revision, Some(last.id));
            for Tombstone { id, number, project, .. } in buried {
                let event = if project {
                    Event::PurgedProject(v1::PurgedProject { id: id.to_string() })
                } else {
                    Event::PurgedTodo(v1::PurgedTodo { id: id.to_string(), number: convert::small(number) })
                };
                batch.push(event, None).await?;
            }
        }
    }

    /// The operations that brought about these revisions, as far as they are remembered.
    async fn origins(
        &self,
        revisions: impl Iterator<Item = i64>,
    ) -> Result<HashMap<i64, v1::OperationReference>, End> {
        let mut revisions: Vec<_> = revisions.collect();
        revisions.dedup();
        let mut found = HashMap::with_capacity(revisions.len());
        for revisions in revisions.chunks(MAX_ORIGINS) {
            let mut reader = self.db.reader().await?;
            let origins =
                operations::origins(&mut reader.conn(), self.identity.account_id, revisions).await?;
            found.extend(
                origins.into_iter().map(|origin| (origin.revision, convert_operation::reference(origin))),
            );
        }
        Ok(found)
    }

    /// All that was not seen yet, up to this revision.
    fn span(&self, upto: i64) -> Span {
        Span { after: (self.seen, i64::MAX), upto }
    }

    fn resume_token(&self) -> String {
        self.token.token(&Position { revision: self.seen, incarnation: self.incarnation.clone() })
    }
}

/// Where the account's feed stands.
async fn head(reader: &mut Reader<'_>, account: AccountId) -> Result<TodoAccount> {
    todo_accounts::find(&mut reader.conn(), account).await?.ok_or(Error::NotFound)
}

/// Sends events one behind, so that the last one can carry the resume token.
struct Batch<'s> {
    sink: &'s Sink,
    held: Option<v1::WatchChangesResponse>,
    events: &'s Counter,
}

impl Batch<'_> {
    async fn push(&mut self, event: Event, operation: Option<v1::OperationReference>) -> Result<(), End> {
        let response =
            v1::WatchChangesResponse { event: Some(event), operation, resume_token: String::new() };
        match self.held.replace(response) {
            Some(response) => self.send(response).await,
            None => Ok(()),
        }
    }

    async fn finish(&mut self, resume_token: impl FnOnce() -> String) -> Result<(), End> {
        match self.held.take() {
            Some(response) => {
                self.send(v1::WatchChangesResponse { resume_token: resume_token(), ..response }).await
            }
            None => Ok(()),
        }
    }

    async fn send(&self, response: v1::WatchChangesResponse) -> Result<(), End> {
        self.events.inc();
        self.sink.send(Ok(response)).await.map_err(|_| End::Gone)
    }
}
