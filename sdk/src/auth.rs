//! Accounts, passwords and sessions: `todo.auth.v1` on [`Client`].

use todo_proto::auth::v1 as proto;

use crate::{
    Account, AccountUpdate, Client, Login, Pages, Result, Secret, Session, SessionId,
    client::auth,
    convert::{account_update, read_account, read_login, read_number, read_session},
    paginator::Page,
    retry::Idempotency,
};

/// Accounts and sessions.
impl Client {
    /// Creates an account with its project `Inbox`. Opens no session: call [`login`](Self::login) next.
    ///
    /// The name has 1 to 64 of ASCII letters, digits, `.`, `_` and `-`; the password 8 to 1,024 bytes and is not a common
    /// one; the zone is an IANA name, UTC without one. Fails with [`is_already_exists`](crate::Error::is_already_exists)
    /// if the name is taken and with [`is_invalid_argument`](crate::Error::is_invalid_argument) for a bad value.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// let password = "correct horse battery staple".into();
    /// let account = client.register("ada", &password, Some("Europe/London")).await?;
    /// assert_eq!(account.username, "ada");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn register(
        &self,
        username: &str,
        password: &Secret,
        time_zone: Option<&str>,
    ) -> Result<Account> {
        let request = proto::RegisterRequest {
            username: username.to_owned(),
            password: password.expose().to_owned(),
            time_zone: time_zone.unwrap_or_default().to_owned(),
            request_id: self.request_id(),
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                auth(transport).register(request).await
            })
            .await?;
        read_account(response.account)
    }

    /// Opens a session. `client_name` is how it is listed among the sessions, up to 200 characters.
    ///
    /// This client stays as it was; go on with [`with_token`](Self::with_token). Fails with
    /// [`is_unauthenticated`](crate::Error::is_unauthenticated) for an unknown name and a wrong password alike. It is
    /// sent once: a repeat could open a second session.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// let login = client.login("ada", &"correct horse battery staple".into(), "my program").await?;
    /// let client = client.with_token(login.token);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login(&self, username: &str, password: &Secret, client_name: &str) -> Result<Login> {
        self.login_from_device(username, password, client_name, None).await
    }

    /// Like [`login`](Self::login), from a device that may have logged in to the account before: with the
    /// [`device_secret`](Login::device_secret) of then, it does not have to wait while others guess at the password.
    ///
    /// Fails with [`is_resource_exhausted`](crate::Error::is_resource_exhausted) for too many wrong passwords;
    /// [`retry_after`](crate::Error::retry_after) says how long to wait then.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client, kept: Option<todo_sdk::Secret>) -> todo_sdk::Result<()> {
    /// let password = "correct horse battery staple".into();
    /// let login = client.login_from_device("ada", &password, "my program", kept.as_ref()).await?;
    /// let keep = login.device_secret;
    /// # drop(keep);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login_from_device(
        &self,
        username: &str,
        password: &Secret,
        client_name: &str,
        device_secret: Option<&Secret>,
    ) -> Result<Login> {
        let request = proto::LoginRequest {
            username: username.to_owned(),
            password: password.expose().to_owned(),
            client: client_name.to_owned(),
            device_secret: device_secret.map(|secret| secret.expose().to_owned()).unwrap_or_default(),
        };
        let response = self
            .call(Idempotency::NonIdempotent, request, |transport, request| async move {
                auth(transport).login(request).await
            })
            .await?;
        read_login(response)
    }

    /// Returns whose the token is, and the session it stands for.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// let (account, session) = client.validate_token().await?;
    /// println!("{} until {}", account.username, session.expire_time);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn validate_token(&self) -> Result<(Account, Session)> {
        let response = self
            .call(Idempotency::Idempotent, proto::ValidateTokenRequest {}, |transport, request| async move {
                auth(transport).validate_token(request).await
            })
            .await?;
        Ok((read_account(response.account)?, read_session(response.session)?))
    }

    /// Ends the session of this client's token. It is refused from then on.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// client.logout().await?;
    /// assert!(client.account().await.is_err_and(|error| error.is_unauthenticated()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn logout(&self) -> Result<()> {
        self.call(Idempotency::NonIdempotent, proto::LogoutRequest {}, |transport, request| async move {
            auth(transport).logout(request).await
        })
        .await?;
        Ok(())
    }

    /// Returns the account of the caller.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// println!("Today is computed in {}.", client.account().await?.time_zone);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn account(&self) -> Result<Account> {
        let response = self
            .call(Idempotency::Idempotent, proto::GetAccountRequest {}, |transport, request| async move {
                auth(transport).get_account(request).await
            })
            .await?;
        read_account(response.account)
    }

    /// Changes the account: its time zone. Fails with [`is_invalid_argument`](crate::Error::is_invalid_argument) for a zone
    /// that does not exist, and for an update that changes nothing.
    ///
    /// ```
    /// # use todo_sdk::AccountUpdate;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let account = client.update_account(AccountUpdate::new().time_zone("europe/lisbon")).await?;
    /// assert_eq!(account.time_zone, "Europe/Lisbon");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_account(&self, update: AccountUpdate) -> Result<Account> {
        let response = self
            .call(Idempotency::Idempotent, account_update(update), |transport, request| async move {
                auth(transport).update_account(request).await
            })
            .await?;
        read_account(response.account)
    }

    /// Sets a new password, and ends every other session of the account. Returns how many those were.
    ///
    /// Fails with [`is_unauthenticated`](crate::Error::is_unauthenticated) if the current password is wrong, and with
    /// [`is_permission_denied`](crate::Error::is_permission_denied) for the account of the embedded mode, which has none.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// let (old, new) = ("correct horse battery staple".into(), "a longer and better one".into());
    /// let ended = client.change_password(&old, &new).await?;
    /// println!("{ended} other sessions were ended.");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn change_password(&self, current: &Secret, new: &Secret) -> Result<u64> {
        let request = proto::ChangePasswordRequest {
            current_password: current.expose().to_owned(),
            new_password: new.expose().to_owned(),
        };
        let response = self
            .call(Idempotency::NonIdempotent, request, |transport, request| async move {
                auth(transport).change_password(request).await
            })
            .await?;
        read_number(response.revoked_sessions, "revoked_sessions")
    }

    /// Deletes the account with all its todos, projects and sessions. It cannot be undone.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// client.delete_account(&"correct horse battery staple".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_account(&self, password: &Secret) -> Result<()> {
        let request = proto::DeleteAccountRequest { password: password.expose().to_owned() };
        self.call(Idempotency::NonIdempotent, request, |transport, request| async move {
            auth(transport).delete_account(request).await
        })
        .await?;
        Ok(())
    }

    /// Lists the live sessions of the account, the newest first.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client) -> todo_sdk::Result<()> {
    /// for session in client.sessions().try_collect().await? {
    ///     println!("{} {}", session.id, session.client);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sessions(&self) -> Pages<Session> {
        let client = self.clone();
        Pages::new(move |page| {
            let client = client.clone();
            async move {
                let request =
                    proto::ListSessionsRequest { page_size: page.page_size, page_token: page.page_token };
                let response = client
                    .call(Idempotency::Idempotent, request, |transport, request| async move {
                        auth(transport).list_sessions(request).await
                    })
                    .await?;
                Ok(Page {
                    items: response
                        .sessions
                        .into_iter()
                        .map(|session| read_session(Some(session)))
                        .collect::<Result<_>>()?,
                    next_page_token: response.next_page_token,
                })
            }
        })
    }

    /// Ends one session of the account. Its token is refused from then on.
    ///
    /// ```no_run
    /// # async fn example(client: todo_sdk::Client, id: todo_sdk::SessionId) -> todo_sdk::Result<()> {
    /// client.revoke_session(id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_session(&self, id: SessionId) -> Result<()> {
        let request = proto::RevokeSessionRequest { session_id: id.to_string() };
        self.call(Idempotency::NonIdempotent, request, |transport, request| async move {
            auth(transport).revoke_session(request).await
        })
        .await?;
        Ok(())
    }
}
