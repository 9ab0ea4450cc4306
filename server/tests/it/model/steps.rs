//! One database from empty to its last comparison: step after step, each compared with the model.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use prost_types::Timestamp as ProtoTimestamp;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use todo_model::clock::Clock;
use todo_proto::todo::v1;
use tonic::{Code, Status};

use super::{
    History,
    client::{Caller, channel, login, register},
    compare::{Contents, assert_answer, assert_same, compare},
    draw::{Draw, Drawn},
    mirror::Mirror,
    request::{Answer, Request},
    state::{Account, By, Effect, Operation, Step},
    together,
};
use crate::{process::ServerProcess, support::with_token};

/// Steps from one comparison of everything to the next.
const BETWEEN: u64 = 10;

/// A server, those who use it, and what they must find there.
pub(super) struct Round {
    server: ServerProcess,
    /// The sessions of the account that changes.
    callers: Vec<Caller>,
    account: Account,
    draw: Draw,
    mirror: Mirror,
    /// Somebody else, who must never notice.
    stranger: Caller,
    contents: Contents,
    /// When the server is killed and the watcher cut off, and how large pages are: all that is not part of the sequence.
    chaos: StdRng,
    history: History,
    clock: Clock,
}

impl Round {
    pub(super) async fn start(server: ServerProcess, history: History) -> Self {
        let channel = channel(&server.url());
        register(&channel, "ann").await;
        register(&channel, "bob").await;
        let mut callers = Vec::new();
        for client in ["laptop", "phone"] {
            callers.push(login(&channel, "ann", client).await);
        }
        let stranger = login(&channel, "bob", "tablet").await;
        for title in ["One", "Two", "Three"] {
            let todo = Some(v1::Todo { title: title.into(), ..v1::Todo::default() });
            let request = v1::CreateTodoRequest { todo, ..v1::CreateTodoRequest::default() };
            stranger.client.clone().create_todo(with_token(&stranger.token, request)).await.unwrap();
        }
        let contents = Contents::of(&stranger).await;
        let inbox = callers[0].list_projects(true, 10).await.remove(0);
        let account = Account {
            inbox: inbox.id.clone(),
            revision: inbox.revision,
            next_number: 1,
            todos: BTreeMap::new(),
            projects: vec![inbox],
            purged: BTreeMap::new(),
            references: HashMap::new(),
            operations: Vec::new(),
            actors: callers.iter().map(|caller| caller.actor.clone()).collect(),
        };
        Self {
            mirror: Mirror::start(callers[0].clone()),
            draw: Draw::new(history.seed, contents.ids()),
            chaos: StdRng::seed_from_u64(history.seed.wrapping_add(1)),
            server,
            callers,
            account,
            stranger,
            contents,
            history,
            clock: Clock::system(),
        }
    }

    /// Makes changes for so long, and returns the server with what is left behind.
    pub(super) async fn run(mut self, length: Duration) -> ServerProcess {
        let end = Instant::now() + length;
        while Instant::now() < end {
            self.step().await;
            if self.history.step.is_multiple_of(BETWEEN) {
                self.compare(false).await;
            }
        }
        self.compare(true).await;
        // What is answered now comes from the disk.
        self.server.kill();
        self.server.launch();
        self.compare(true).await;
        let account = &self.account;
        let mut fresh = Mirror::start(self.callers[1].clone());
        fresh.wait_until_same(|seen| seen.difference(account, true)).await;

        let changes = self.account.operations.len();
        self.history.begin("several clients at once");
        together::run(&self.callers, &mut self.server, &mut self.mirror, &mut self.chaos).await;
        assert_eq!(Contents::of(&self.stranger).await, self.contents, "what somebody else has");
        self.history.say(&format!("{changes} changes in {} steps", self.history.step));
        self.server
    }

    async fn compare(&mut self, is_last: bool) {
        compare(&self.account, &self.callers[0], &mut self.chaos, is_last).await;
        if is_last || self.chaos.random_ratio(1, 4) {
            assert_eq!(Contents::of(&self.stranger).await, self.contents, "what somebody else has");
            let account = &self.account;
            self.mirror.wait_until_same(|seen| seen.difference(account, false)).await;
        }
    }

    async fn step(&mut self) {
        let Drawn { request, actor, is_bad } = self.draw.next(&self.account);
        self.history.begin(&format!("session {actor}: {request:?}"));
        let sent = self.clock.now();
        let answer = self.send(&request, actor).await;
        match answer {
            Ok(answer) => {
                self.history.end(&format!("{answer:?}"));
                assert!(!is_bad, "what no request may say is accepted: {request:?}");
                self.expect_answer(&request, actor, sent, answer).await;
            }
            Err(status) => {
                self.history.end(&format!("{:?}: {}", status.code(), status.message()));
                let by = By { actor, now: proto(sent) };
                let expected = if is_bad { Code::InvalidArgument } else { self.refusal(&request, by) };
                assert_eq!(status.code(), expected, "found, expected: {status:?}\n{request:?}");
            }
        }
    }

    /// Sends a request until there is an answer. Now and then the server is killed meanwhile.
    async fn send(&mut self, request: &Request, actor: usize) -> Result<Answer, Status> {
        let call = self.callers[actor].send(request);
        if self.chaos.random_ratio(1, 20) {
            self.mirror.cut();
        }
        if !self.chaos.random_ratio(1, 40) {
            return call.await;
        }
        let delay = Duration::from_micros(self.chaos.random_range(0..6_000));
        let server = &mut self.server;
        let kill = async {
            // Not waiting for anything: the moment is to be a random one.
            tokio::time::sleep(delay).await;
            server.kill();
            server.launch();
        };
        tokio::join!(call, kill).0
    }

    fn known(&self, request: &Request) -> Option<&Operation> {
        self.account.operation(request.id()).filter(|_| !request.validate_only())
    }

    /// Why the model refuses a request.
    fn refusal(&self, request: &Request, by: By) -> Code {
        let refused = match self.known(request) {
            Some(known) if known.request == *request => self.account.answer(known).map(drop),
            Some(_) => Err(Code::InvalidArgument),
            None => self.account.decide(request, by, &Answer::default()).map(drop),
        };
        refused.err().unwrap_or(Code::Ok)
    }

    async fn expect_answer(&mut self, request: &Request, actor: usize, sent: Timestamp, answer: Answer) {
        if let Some(known) = self.known(request) {
            assert_answer("a repeat", &answer, &self.account.answer(known).unwrap());
            return;
        }
        let by = By { actor, now: proto(sent) };
        if request.validate_only() {
            let effect = self.decide(request, by, &answer);
            assert_answer("a question", &answer, &self.account.validation(request, by, effect));
            return;
        }
        let operation = self.callers[actor].get_operation(request.id(), 100).await;
        let by = match &operation {
            Some(operation) => By { actor, now: self.time(operation, sent) },
            None => by,
        };
        let mut effect = self.decide(request, by, &answer);
        if let Some(operation) = &operation {
            self.account.make_room(request, &mut effect, operation);
        }
        let steps = effect.todos.iter().chain(&effect.others);
        let ids: Vec<_> = steps.map(|step| step.after.id.clone()).collect();
        let stored = self.callers[actor].get_todos(ids.clone()).await;
        self.account.learn(request, &mut effect, &stored);
        let is_change = effect.todos.iter().any(Step::is_change)
            || effect.projects.iter().any(Step::is_change)
            || !effect.purged.is_empty();
        self.account.commit(request, by, effect);
        self.account.check();

        let known = self.account.operations.last().unwrap();
        assert_answer("an answer", &answer, &self.account.answer(known).unwrap());
        assert_eq!(operation.is_some(), is_change, "whether there is an operation");
        if operation.is_some() {
            let expected = Some(self.account.in_full(known, usize::MAX));
            assert_eq!(operation, expected, "GetOperation: found, expected");
        }
        let expected: Vec<_> =
            ids.iter().map(|id| self.account.shown(self.account.todo(id).unwrap())).collect();
        assert_same("what is stored", &stored, &expected);
    }

    fn decide(&self, request: &Request, by: By, answer: &Answer) -> Effect {
        let decided = self.account.decide(request, by, answer);
        decided.unwrap_or_else(|code| panic!("accepted, but {code:?} is expected: {request:?}"))
    }

    /// When an operation was applied: between the moments when it was asked for and answered.
    fn time(&self, operation: &v1::Operation, sent: Timestamp) -> ProtoTimestamp {
        let time = operation.create_time.unwrap();
        let instant = Timestamp::new(time.seconds, time.nanos).unwrap();
        // The server's time has microseconds.
        let sent = Timestamp::from_microsecond(sent.as_microsecond()).unwrap();
        assert!(sent <= instant && instant <= self.clock.now(), "applied at {instant}, asked for at {sent}");
        time
    }
}

fn proto(time: Timestamp) -> ProtoTimestamp {
    ProtoTimestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() }
}
