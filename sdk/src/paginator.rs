//! [`Pages`]: lists that are fetched page by page.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_util::future::BoxFuture;

use crate::Result;

/// A list that is fetched page by page, while it is read.
///
/// It is a `Stream` of items. Nothing is sent before it is first read, and no page before it is needed.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
/// # let client = todo_sdk::Client::from_service(backend.service());
/// let mut todos = client.list_todos(todo_sdk::TodoFilter::default());
/// while let Some(todo) = todos.next().await {
///     println!("{}", todo?.title);
/// }
/// # Ok(())
/// # }
/// ```
///
/// After an error the list is over.
#[must_use = "nothing is fetched before the list is read"]
pub struct Pages<T> {
    fetch: Box<dyn Fn(PageRequest) -> BoxFuture<'static, Result<Page<T>>> + Send + Sync>,
    page_size: i32,
    next: Next<T>,
    ready: VecDeque<T>,
}

/// Where the list goes on behind the items that are ready.
enum Next<T> {
    /// With the page of this token.
    Fetch(String),
    Fetching(BoxFuture<'static, Result<Page<T>>>),
    End,
}

/// What a list method of the contract is asked for.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest {
    pub(crate) page_size: i32,
    pub(crate) page_token: String,
}

/// What it answers.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_page_token: String,
}

impl<T> Pages<T> {
    pub(crate) fn new<F>(fetch: impl Fn(PageRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Page<T>>> + Send + 'static,
    {
        Self {
            fetch: Box::new(move |request| Box::pin(fetch(request))),
            page_size: 0,
            next: Next::Fetch(String::new()),
            ready: VecDeque::new(),
        }
    }

    /// Sets how many items one page holds at most: 100 unless set, and never more than 1,000.
    ///
    /// ```
    /// # fn example(client: &todo_sdk::Client) {
    /// let todos = client.list_todos(todo_sdk::TodoFilter::default()).page_size(20);
    /// # drop(todos);
    /// # }
    /// ```
    pub fn page_size(mut self, items: u32) -> Self {
        self.page_size = i32::try_from(items).unwrap_or(i32::MAX);
        self
    }

    /// Returns the next item; `None` at the end.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let newest = client.operations().next().await.transpose()?;
    /// # drop(newest);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|context| self.poll_item(context)).await
    }

    /// Returns what is left of the page that is being read, or else the next page; `None` at the end.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// let mut sessions = client.sessions().page_size(10);
    /// while let Some(page) = sessions.next_page().await? {
    ///     println!("{} sessions", page.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>> {
        std::future::poll_fn(|context| self.poll_page(context)).await?;
        Ok((!self.ready.is_empty()).then(|| self.ready.drain(..).collect()))
    }

    /// Returns everything that is left. Think of memory: an account may hold very many todos.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let projects = client.list_projects().try_collect().await?;
    /// println!("{} projects", projects.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_collect(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(page) = self.next_page().await? {
            all.extend(page);
        }
        Ok(all)
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        match ready!(self.poll_page(context)) {
            Ok(()) => Poll::Ready(self.ready.pop_front().map(Ok)),
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }

    /// Begins with the page of this token, which [`next_page_token`](Self::next_page_token) of the same list returned.
    ///
    /// The server refuses a token of another list or another account; an empty one is the first page.
    ///
    /// ```
    /// # use todo_sdk::{Client, Todo, TodoFilter};
    /// /// One page for each request: the token travels in the link to the next page.
    /// async fn page(client: &Client, token: &str) -> todo_sdk::Result<(Vec<Todo>, Option<String>)> {
    ///     let mut pages = client.list_todos(TodoFilter::default()).page_size(100).page_token(token);
    ///     let todos = pages.next_page().await?.unwrap_or_default();
    ///     Ok((todos, pages.next_page_token().map(str::to_owned)))
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # assert_eq!(page(&client, "").await?, (Vec::new(), None));
    /// # Ok(())
    /// # }
    /// ```
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.next = Next::Fetch(token.into());
        self
    }

    /// Returns the token of the page behind those fetched so far; `None` before the first one and behind the last one.
    ///
    /// See [`page_token`](Self::page_token) for an example.
    #[must_use]
    pub fn next_page_token(&self) -> Option<&str> {
        match &self.next {
            Next::Fetch(token) => Some(token.as_str()).filter(|token| !token.is_empty()),
            Next::Fetching(_) | Next::End => None,
        }
    }

    /// Makes sure that an item is there, if there is one left.
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        while self.ready.is_empty() {
            match &mut self.next {
                Next::End => break,
                Next::Fetch(token) => {
                    let page_token = std::mem::take(token);
                    let request = PageRequest { page_size: self.page_size, page_token };
                    self.next = Next::Fetching((self.fetch)(request));
                }
                Next::Fetching(page) => {
                    let page = ready!(page.as_mut().poll(context));
                    // Also the state that an error leaves behind.
                    self.next = Next::End;
                    let page = page?;
                    if !page.next_page_token.is_empty() {
                        self.next = Next::Fetch(page.next_page_token);
                    }
                    self.ready = page.items.into();
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T> Unpin for Pages<T> {}

impl<T> Stream for Pages<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.get_mut().poll_item(context)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("page_size", &self.page_size)
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;
    use tonic::Status;

    use crate::{
        Pages, Todo, TodoFilter,
        testing::{Answer, ScriptedServer},
    };

    /// Five todos, two on a page.
    fn list(server: &ScriptedServer) -> Pages<Todo> {
        server.client().list_todos(TodoFilter::default())
    }

    fn requested_tokens(server: &ScriptedServer) -> Vec<String> {
        server.calls().into_iter().map(|call| call.key).collect()
    }

    #[tokio::test]
    async fn a_page_token_continues_the_list() {
        let server = ScriptedServer::new([]);
        let mut first = list(&server);
        assert_eq!(first.next_page_token(), None);
        assert_eq!(first.next_page().await.unwrap().unwrap().len(), 2);
        assert_eq!(first.next_page_token(), Some("3"));
        let mut rest = list(&server).page_token("3");
        let numbers: Vec<_> =
            rest.next_page().await.unwrap().unwrap().iter().map(|todo| todo.number).collect();
        assert_eq!(numbers, [3, 4]);
        assert_eq!(rest.next_page_token(), Some("5"));
        rest.next_page().await.unwrap();
        assert_eq!(rest.next_page_token(), None);
    }

    #[tokio::test]
    async fn all_pages_are_fetched_in_order() {
        let server = ScriptedServer::new([]);
        let numbers: Vec<_> =
            list(&server).try_collect().await.unwrap().iter().map(|todo| todo.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert_eq!(requested_tokens(&server), ["", "3", "5"]);
    }

    #[tokio::test]
    async fn a_page_is_fetched_only_when_needed() {
        let server = ScriptedServer::new([]);
        let mut todos = list(&server);
        assert!(requested_tokens(&server).is_empty());
        assert_eq!(todos.next().await.unwrap().unwrap().number, 1);
        assert_eq!(todos.next().await.unwrap().unwrap().number, 2);
        assert_eq!(requested_tokens(&server), [""]);
    }

    #[tokio::test]
    async fn next_page_returns_the_rest_of_a_started_page_first() {
        let server = ScriptedServer::new([]);
        let mut todos = list(&server);
        todos.next().await.unwrap().unwrap();
        let mut sizes = Vec::new();
        while let Some(page) = todos.next_page().await.unwrap() {
            sizes.push(page.len());
        }
        assert_eq!(sizes, [1, 2, 1]);
        assert!(todos.next_page().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn pages_implement_stream() {
        let titles: Vec<_> =
            TryStreamExt::try_collect::<Vec<_>>(list(&ScriptedServer::new([])).map_ok(|todo| todo.title))
                .await
                .unwrap();
        assert_eq!(titles[4], "Todo 5");
    }

    #[tokio::test]
    async fn an_error_ends_the_list() {
        let server = ScriptedServer::new([Answer::Success, Answer::Fail(Status::unauthenticated("Gone."))]);
        let mut todos = list(&server);
        todos.next_page().await.unwrap();
        assert!(todos.next().await.unwrap().unwrap_err().is_unauthenticated());
        assert!(todos.next().await.is_none());
        assert!(todos.next_page().await.unwrap().is_none());
        assert_eq!(requested_tokens(&server).len(), 2);
    }
}
