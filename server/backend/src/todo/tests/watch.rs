use std::time::Duration;

use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use v1::watch_changes_response::Event;

use super::*;
use crate::{maintenance, testing::on_both_engines, time::Time};

type Stream = ReceiverStream<Result<v1::WatchChangesResponse, Status>>;

const DAY: Duration = Duration::from_hours(24);

impl Person {
    async fn watch(&self, resume_token: &str) -> Result<Stream, Status> {
        let message = v1::WatchChangesRequest { resume_token: resume_token.into(), skip_snapshot: false };
        self.service.watch_changes(self.request(message)).await.map(Response::into_inner)
    }
}

/// Reads until everything that was known is sent. Returns the events before that, and the resume token.
async fn catch_up(stream: &mut Stream) -> (Vec<Event>, String) {
    let mut events = Vec::new();
    loop {
        let response = stream.next().await.unwrap().unwrap();
        match response.event.unwrap() {
            Event::Synced(_) => return (events, response.resume_token),
            event => events.push(event),
        }
    }
}

fn shown(events: &[Event]) -> Vec<String> {
    let show = |event: &Event| match event {
        Event::Todo(todo) if todo.delete_time.is_some() => format!("trashed {}", todo.title),
        Event::Todo(todo) => format!("todo {}", todo.title),
        Event::Project(project) => format!("project {}", project.name),
        Event::PurgedTodo(todo) => format!("purged {}", todo.number),
        Event::PurgedProject(_) => "purged project".into(),
        Event::Synced(_) => "synced".into(),
    };
    events.iter().map(show).collect()
}

on_both_engines! {
    async fn a_new_watch_sends_everything_and_then_each_change(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("a").await;
        let mut stream = ann.watch("").await.unwrap();
        let (events, token) = catch_up(&mut stream).await;
        assert_eq!(shown(&events), ["project Inbox", "todo a"]);
        assert!(!token.is_empty());
        let b = ann.add("b").await;
        let news = stream.next().await.unwrap().unwrap();
        assert_eq!(news.event, Some(Event::Todo(b)));
        assert!(!news.resume_token.is_empty());
    }

    async fn a_watch_without_a_snapshot_sends_later_changes_only(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        ann.add("old").await;
        let request = v1::WatchChangesRequest { skip_snapshot: true, ..Default::default() };
        let mut stream =
            ann.service.watch_changes(ann.request(request)).await.map(Response::into_inner).unwrap();
        let (events, token) = catch_up(&mut stream).await;
        assert_eq!(events, []);
        let new = ann.add("new").await;
        assert_eq!(stream.next().await.unwrap().unwrap().event, Some(Event::Todo(new.clone())));
        let (events, _) = catch_up(&mut ann.watch(&token).await.unwrap()).await;
        assert_eq!(events, [Event::Todo(new)], "its place is one to go on from");
    }

    async fn what_other_processes_commit_is_found_by_polling(test_db: TestDb) {
        let feed = ChangeFeed::default().with_poll_interval(Duration::from_millis(10));
        let here = Person::new(&test_db, &feed, "ann").await;
        // Nobody tells the one feed what goes through the other.
        let elsewhere = here.with_feed(&test_db, &ChangeFeed::default());
        let mut stream = here.watch("").await.unwrap();
        catch_up(&mut stream).await;
        for title in ["a", "b"] {
            let added = elsewhere.add(title).await;
            let news = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.expect("news in time");
            assert_eq!(news.unwrap().unwrap().event, Some(Event::Todo(added)));
        }
        drop(stream);
        let unpolled = async {
            while feed.is_polled() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), unpolled).await.expect("nothing is watched");
        let mut stream = here.watch("").await.unwrap();
        catch_up(&mut stream).await;
        assert!(feed.is_polled(), "again, for the next watch");
    }

    async fn a_resumed_watch_sends_every_change_once(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (a, b) = (ann.add("a").await, ann.add("b").await);
        let (_, token) = catch_up(&mut ann.watch("").await.unwrap()).await;
        ann.complete(&[&a.id]).await.unwrap();
        ann.delete(&[&b.id]).await.unwrap();
        ann.add_project("Work").await.unwrap();
        let (events, token) = catch_up(&mut ann.watch(&token).await.unwrap()).await;
        let mut events = shown(&events);
        events.sort_unstable();
        assert_eq!(events, ["project Work", "todo a", "trashed b"]);
        let (events, _) = catch_up(&mut ann.watch(&token).await.unwrap()).await;
        assert_eq!(events, [], "nothing new");
    }

    async fn a_watch_sends_concurrent_changes_in_commit_order(test_db: TestDb) {
        let feed = ChangeFeed::default();
        let ann = Person::new(&test_db, &feed, "ann").await;
        let mut stream = ann.watch("").await.unwrap();
        catch_up(&mut stream).await;
        let writers: Vec<_> = (0..4).map(|writer| {
            let ann = ann.clone();
            tokio::spawn(async move {
                for n in 0..25 {
                    ann.add(&format!("{writer}/{n}")).await;
                }
            })
        }).collect();
        let (mut seen, mut last) = (std::collections::BTreeSet::new(), 0);
        while seen.len() < 100 {
            if let Some(Event::Todo(todo)) = stream.next().await.unwrap().unwrap().event {
                assert!(todo.revision > last, "in commit order, and none twice");
                last = todo.revision;
                seen.insert(todo.title);
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
    }

    async fn a_watch_sends_purged_todos(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (gone, kept) = (ann.add("Gone").await, ann.add("Kept").await);
        ann.delete(&[&gone.id]).await.unwrap();
        let (_, token) = catch_up(&mut ann.watch("").await.unwrap()).await;
        test_db.advance(29 * DAY);
        maintenance::run(&test_db.db, &ChangeFeed::default(), Time::now(&test_db.clock)).await.unwrap();
        assert!(ann.get(&gone.id).await.is_ok(), "30 days are not over");
        test_db.advance(2 * DAY);
        ann.delete(&[&kept.id]).await.unwrap();
        maintenance::run(&test_db.db, &ChangeFeed::default(), Time::now(&test_db.clock)).await.unwrap();
        assert_eq!(code(ann.get(&gone.id).await), Code::NotFound);
        assert!(ann.get(&kept.id).await.is_ok());

        let (events, newer) = catch_up(&mut ann.watch(&token).await.unwrap()).await;
        assert_eq!(shown(&events), ["trashed Kept", "purged 1"]);
        let (events, _) = catch_up(&mut ann.watch("").await.unwrap()).await;
        assert_eq!(shown(&events), ["project Inbox", "trashed Kept"], "to a new watcher that is no news");
        assert_eq!(ann.add("Next").await.number, 3, "numbers are never used again");

        test_db.advance(181 * DAY);
        maintenance::run(&test_db.db, &ChangeFeed::default(), Time::now(&test_db.clock)).await.unwrap();
        assert_eq!(code(ann.watch(&token).await), Code::OutOfRange, "that purge is forgotten by now");
        assert!(ann.watch(&newer).await.is_ok());
        assert!(ann.operations().await.is_empty(), "the history is 90 days long");
    }

    async fn a_resume_token_is_bound_to_its_account(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        let (_, token) = catch_up(&mut ann.watch("").await.unwrap()).await;
        assert_eq!(code(bob.watch(&token).await), Code::InvalidArgument);
        assert_eq!(code(bob.watch("nonsense").await), Code::InvalidArgument);
    }

    async fn a_shutdown_ends_a_watch(test_db: TestDb) {
        let account = test_db.account("ann").await;
        let shutdown = CancellationToken::new();
        let service = TodoService::new(
            test_db.db.clone(),
            ChangeFeed::default(),
            test_db.clock.clone(),
            Authenticator::local(account),
            shutdown.clone(),
        );
        let mut stream = Person { service, account, identity: Identity::local(account) }.watch("").await.unwrap();
        catch_up(&mut stream).await;
        shutdown.cancel();
        assert_eq!(stream.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
        assert!(stream.next().await.is_none());
    }
}
