//! Who is looking at which page.

use axum::extract::{FromRequestParts, Path};
use http::{header::USER_AGENT, request::Parts};
use jiff::{ZonedDateTime, tz::TimeZone};
use serde::de::DeserializeOwned;
use todo_model::caller::Caller;
use todo_sdk::{Client, RequestId, Secret, Token};
use tokio_util::sync::CancellationToken;

use crate::{
    connection::Connection,
    device_cookie,
    error::{PageError, Problem},
    flash::{FLASH, Flash, OPERATION, without_flash},
    form_data::FormData,
    security::{FetchSite, fetch_site},
    session_cookie,
    state::AppState,
    urls::{list_path, local_path, query, referrer, with_query},
    view_models::{Frame, Notice},
};

/// The name of the query's pair that says which list one came from.
const BACK: &str = "back";

/// One request of a browser, signed in or not.
#[derive(Clone)]
pub(crate) struct RequestContext {
    state: AppState,
    caller: Caller,
    pub(crate) connection: Connection,
    token: Option<Token>,
    /// What the auth service knows the browser by.
    pub(crate) device: Option<Secret>,
    /// Path and query, without word of what has just been done.
    pub(crate) here: String,
    query: FormData,
    /// The page of this site that led here, if the browser tells: path and query, without such word either.
    referrer: Option<String>,
    flash: Option<Flash>,
    /// What the browser calls itself.
    pub(crate) user_agent: String,
}

impl FromRequestParts<AppState> for RequestContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let extensions = &parts.extensions;
        let caller = extensions.get::<Caller>().cloned().ok_or_else(Problem::bug)?;
        let connection = extensions.get::<Connection>().copied().ok_or_else(Problem::bug)?;
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let query = FormData::parse(parts.uri.query().unwrap_or_default().as_bytes());
        // A link of another site must not have a page say what never happened.
        let is_foreign = fetch_site(&parts.headers) == Some(FetchSite::Foreign);
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Self {
            state: state.clone(),
            caller,
            connection,
            token: session_cookie::token(&parts.headers, connection),
            device: device_cookie::secret(&parts.headers, connection),
            here: local_path(&without_flash(here)).to_owned(),
            referrer: referrer(&parts.headers, &parts.uri).map(|page| without_flash(&page)),
            flash: Flash::named(query.get(FLASH)).filter(|_| !is_foreign),
            query,
            user_agent: agent.unwrap_or_default().to_owned(),
        })
    }
}

/// What stands in the variable place of a route's path. A path that is not UTF-8 is no address of anything.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

impl RequestContext {
    /// Returns the same browser at another page: the one whose form a sign-in had interrupted.
    pub(crate) fn signed_in_at(&self, token: Token, here: &str) -> Self {
        Self {
            token: Some(token),
            here: here.to_owned(),
            query: FormData::default(),
            referrer: None,
            flash: None,
            ..self.clone()
        }
    }

    /// Returns the same browser at another page of lists: the one that a form was sent from.
    pub(crate) fn at_list(&self, here: &str) -> Self {
        let here = if here.split('?').next() == Some("/") { here } else { "/" };
        Self {
            here: here.to_owned(),
            query: FormData::parse(query(here).as_bytes()),
            referrer: None,
            flash: None,
            ..self.clone()
        }
    }

    /// Reads the fields that the struct of a page has from the query.
    pub(crate) fn query<T: DeserializeOwned + Default>(&self) -> T {
        self.query.read()
    }

    /// Returns the operation that has just been made, if the address names one.
    pub(crate) fn operation(&self) -> Option<&str> {
        Some(self.query.get(OPERATION)).filter(|id| !id.is_empty())
    }

    /// Returns the flash message that the address names.
    pub(crate) fn flash(&self) -> Option<Notice> {
        self.flash.map(Flash::notice)
    }

    /// Returns the list that one came from to this page: as its address has it, which is how forms carry it; else as the
    /// browser tells; else the list of all that is open.
    pub(crate) fn back(&self) -> String {
        let referrer = self.referrer.as_deref().unwrap_or_default();
        list_path(self.query.get(BACK)).or_else(|| list_path(referrer)).unwrap_or("/").to_owned()
    }

    /// Whether no session comes with the request. One that comes may have ended.
    pub(crate) fn is_visitor(&self) -> bool {
        self.token.is_none()
    }

    /// Returns the auth service without a token.
    pub(crate) fn auth_for_visitor(&self) -> Client {
        self.state.auth(&self.caller, None)
    }

    /// Returns the auth service with the browser's token, which the service validates.
    pub(crate) fn auth(&self) -> Result<Client, PageError> {
        let token = self.token.clone().ok_or(PageError::SignInRequired)?;
        Ok(self.state.auth(&self.caller, Some(token)))
    }

    /// Returns the todo service with the browser's token, which the service validates.
    pub(crate) fn todo(&self) -> Result<Client, PageError> {
        let token = self.token.clone().ok_or(PageError::SignInRequired)?;
        Ok(self.state.todo(&self.caller, Some(token)))
    }

    /// Returns the todo service for a change that is asked for by a form with this request id.
    pub(crate) fn todo_for_change(&self, request_id: &str) -> Result<Client, PageError> {
        Ok(self.todo()?.with_request_id(parse_request_id(request_id)))
    }

    /// Returns the time in this zone.
    pub(crate) fn now_in(&self, zone: TimeZone) -> ZonedDateTime {
        self.state.clock().now().to_zoned_datetime(zone)
    }

    /// Returns the frame of a page for somebody who is not signed in.
    pub(crate) fn visitor_frame(&self, title: &str) -> Frame {
        Frame::for_visitor(title, &*self.here, self.flash())
    }

    /// Returns what ends streams when the server stops.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.state.stop()
    }
}

/// Returns the id that makes two submits of one form one change. Every form has one when it comes to its page.
pub(crate) fn parse_request_id(text: &str) -> RequestId {
    text.parse().unwrap_or_else(|_| RequestId::generate())
}

/// Returns the path of a page that knows the list one came from.
pub(crate) fn with_back(path: &str, list: &str) -> String {
    with_query(path, BACK, if list == "/" { "" } else { list })
}

/// Returns the list that a form was sent from, or that the page knows which it was sent from.
pub(crate) fn list_behind(next: &str) -> String {
    let carried = FormData::parse(query(next).as_bytes());
    list_path(next).or_else(|| list_path(carried.get(BACK))).unwrap_or("/").to_owned()
}
