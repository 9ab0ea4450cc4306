//! Memory for a page. Pages are no calls, and whose they are is known only to them; so each takes the share of the source that
//! asks for it.

use std::sync::Arc;

use bytes::Bytes;
use http_body::Body;
use todo_model::caller::ClientIp;
use tonic::Status;

use super::{
    answer_body::AnswerBody,
    budget::{Budget, PayerKey, Purpose, Reservation},
    connection::Connection,
};
use crate::error::Result;

/// Bytes reserved for a page before it is made.
const PAGE: usize = 512 * 1024;

/// Bytes that are reserved for a page and the form that was sent to it.
pub struct PageBudget {
    form: Option<Reservation>,
    page: Reservation,
}

impl PageBudget {
    /// Reserves the bytes of a form, if one is sent, and those of a page. Waits for them.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED, if that takes too long.
    pub async fn reserve(budget: &Budget, source: Option<ClientIp>, form: Option<usize>) -> Result<Self> {
        let payer = source.map(|source| budget.payer(PayerKey::Source(source)));
        let form = match form {
            Some(bytes) => Some(budget.reserve(payer.as_ref(), Purpose::Request, bytes).await?),
            None => None,
        };
        let page = budget.reserve(payer.as_ref(), Purpose::Answer, PAGE).await?;
        Ok(Self { form, page })
    }

    /// Returns the body of a page that is there as a whole. Its bytes stay reserved until the connection has sent them.
    pub fn body(
        self,
        data: Bytes,
        connection: Option<Arc<Connection>>,
    ) -> impl Body<Data = Bytes, Error = Status> + Send + use<> {
        let Self { form, mut page } = self;
        drop(form);
        page.resize(data.len());
        AnswerBody::new(data, None, page, connection)
    }
}
