//! Somebody signed in, and what every page shows them.

use jiff::{ZonedDateTime, tz::TimeZone};
use todo_model::{limits, text::folded};
use todo_sdk::{Account, Client, Project};

use crate::{
    assets::Assets,
    error::PageError,
    flash::notice_of,
    request_context::RequestContext,
    view_models::{Frame, Notice},
};

/// How many of the newest operations the one that has just been made is looked for among.
const RECENT_OPERATIONS: u32 = 20;

/// Somebody signed in.
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) auth: Client,
    pub(crate) todo: Client,
    /// In the account's zone.
    pub(crate) now: ZonedDateTime,
}

impl SignedIn {
    /// Asks who holds the token, which is one call.
    pub(crate) async fn fetch(context: &RequestContext) -> Result<Self, PageError> {
        let (auth, todo) = (context.auth()?, context.todo()?);
        let (account, _) = auth.validate_token().await?;
        // A zone that this machine does not know must not keep anybody from their todos.
        let zone = TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC);
        let now = context.now_in(zone);
        Ok(Self { account, auth, todo, now })
    }

    /// Returns the frame of a page. If the address says which operation has just been made, that is looked up, which is
    /// one call.
    pub(crate) async fn frame(
        &self,
        context: &RequestContext,
        title: impl Into<String>,
    ) -> Result<Frame, PageError> {
        let notice = match context.operation() {
            Some(operation) => self.notice(operation).await?,
            None => context.flash(),
        };
        Ok(Frame {
            title: title.into(),
            assets: Assets::get(),
            username: Some(self.account.username.clone()),
            here: context.here.clone(),
            notice,
        })
    }

    /// Looked up, so that a link from elsewhere cannot make the page say what never happened.
    async fn notice(&self, id: &str) -> Result<Option<Notice>, PageError> {
        let mut newest = self.todo.operations().page_size(RECENT_OPERATIONS);
        let operations = newest.next_page().await?.unwrap_or_default();
        Ok(operations.into_iter().find(|operation| operation.id.to_string() == id).and_then(notice_of))
    }

    /// Returns every project, the Inbox first, which is one call: an account has no more projects than a page holds.
    pub(crate) async fn projects(&self) -> Result<Vec<Project>, PageError> {
        let mut list = self.todo.list_projects().page_size(limits::MAX_PAGE_SIZE);
        Ok(sorted(list.next_page().await?.unwrap_or_default()))
    }

    /// Returns every project as [`projects`](Self::projects) does, and those that are deleted.
    pub(crate) async fn all_projects(&self) -> Result<Vec<Project>, PageError> {
        let list = self.todo.list_all_projects().page_size(limits::MAX_PAGE_SIZE);
        Ok(sorted(list.try_collect().await?))
    }
}

fn sorted(mut projects: Vec<Project>) -> Vec<Project> {
    projects.sort_by_key(|project| (!project.inbox, folded(&project.name)));
    projects
}
