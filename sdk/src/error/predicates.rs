//! What kind of error it is: a question for each.

use tonic::Code;

use super::Error;

impl Error {
    /// Whether what was asked for does not exist, or belongs to another account: the two look the same.
    ///
    /// Check the id. What was deleted may still be in the trash.
    ///
    /// ```
    /// # async fn example(client: &todo_sdk::Client, id: todo_sdk::TodoId) -> todo_sdk::Result<()> {
    /// let todo = match client.get_todo(id).await {
    ///     Ok(todo) => Some(todo),
    ///     Err(error) if error.is_not_found() => None,
    ///     Err(error) => return Err(error),
    /// };
    /// # drop(todo);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.code == Code::NotFound
    }

    /// Whether the token is missing, wrong, expired or revoked, or the name or password of a login is wrong.
    ///
    /// Log in again.
    ///
    /// ```
    /// fn exit_code(error: &todo_sdk::Error) -> u8 {
    ///     if error.is_unauthenticated() { 4 } else { 1 }
    /// }
    /// ```
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        self.0.code == Code::Unauthenticated
    }

    /// Whether the caller is known and may not do this.
    ///
    /// ```
    /// fn exit_code(error: &todo_sdk::Error) -> u8 {
    ///     if error.is_permission_denied() { 4 } else { 1 }
    /// }
    /// ```
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.0.code == Code::PermissionDenied
    }

    /// Whether the request itself is wrong: [`violations`](Self::violations) names the fields. Trying again without a
    /// change does not help.
    ///
    /// ```
    /// let error = "12".parse::<todo_sdk::TodoId>().unwrap_err();
    /// assert!(error.is_invalid_argument());
    /// ```
    #[must_use]
    pub fn is_invalid_argument(&self) -> bool {
        self.0.code == Code::InvalidArgument
    }

    /// Whether the name or id is in use already.
    ///
    /// ```
    /// fn explain(error: &todo_sdk::Error) -> &'static str {
    ///     if error.is_already_exists() { "choose another name" } else { "something else" }
    /// }
    /// ```
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.0.code == Code::AlreadyExists
    }

    /// Whether somebody else changed it first: the expected revision is out of date, or an undo was overtaken.
    ///
    /// Read it again and decide.
    ///
    /// ```
    /// fn should_reload(error: &todo_sdk::Error) -> bool {
    ///     error.is_aborted()
    /// }
    /// ```
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.0.code == Code::Aborted
    }

    /// Whether a limit was met: throttled, over quota, overloaded. [`retry_after`](Self::retry_after) says when waiting
    /// helps.
    ///
    /// ```
    /// fn pause(error: &todo_sdk::Error) -> Option<std::time::Duration> {
    ///     error.is_resource_exhausted().then(|| error.retry_after()).flatten()
    /// }
    /// ```
    #[must_use]
    pub fn is_resource_exhausted(&self) -> bool {
        self.0.code == Code::ResourceExhausted
    }

    /// Whether the server could not be reached, broke off, or is shutting down. The SDK has tried again already.
    ///
    /// ```
    /// fn exit_code(error: &todo_sdk::Error) -> u8 {
    ///     if error.is_unavailable() { 6 } else { 1 }
    /// }
    /// ```
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.0.code == Code::Unavailable
    }

    /// Whether no answer came in time. A change may have been applied or not: send it again with the same
    /// [request id](crate::Client::with_request_id) to be sure.
    ///
    /// ```
    /// fn may_have_happened(error: &todo_sdk::Error) -> bool {
    ///     error.is_deadline_exceeded() || error.is_unavailable()
    /// }
    /// ```
    #[must_use]
    pub fn is_deadline_exceeded(&self) -> bool {
        self.0.code == Code::DeadlineExceeded
    }

    /// Whether it is a bug, of the server or of the SDK. The message holds a correlation id to look for in the
    /// server's log, if the server sent one.
    ///
    /// ```
    /// fn should_report(error: &todo_sdk::Error) -> bool {
    ///     error.is_internal()
    /// }
    /// ```
    #[must_use]
    pub fn is_internal(&self) -> bool {
        matches!(self.0.code, Code::Internal | Code::Unknown | Code::DataLoss)
    }
}
