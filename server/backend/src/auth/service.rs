//! The methods of `todo.auth.v1.AuthService`.

use std::sync::Arc;

use prost::Message;
use todo_model::{
    TokenKind,
    caller::{Caller, ClientIp},
    clock::Clock,
    text,
};
use todo_proto::auth::v1::{self, auth_service_server::AuthService as Methods};
use tonic::{Request, Response, Status};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    accounts::{self as domain, CreateAccount, DeleteAccount, ReplacePassword, SetTimeZone, Username},
    convert,
    login::{LoginGuard, OpenSession},
    login_throttle::Guess,
    password_rules,
    settings::AuthSettings,
};
use crate::{
    error::{Error, Refusal, Result},
    identity::{Identity, Sessions, Token, TokenHash},
    ids::{AccountId, SessionId},
    metrics::AuthMetrics,
    pagination,
    store::{
        accounts::{self, Account},
        conn::{Conn, Write},
        db::Db,
        devices,
        sessions::{self, Session},
    },
    time::Time,
    validation::{Violations, in_field, optional_uuid, uuid},
};

/// The auth service. Cheap to clone.
#[derive(Clone)]
pub struct AuthService(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    sessions: Arc<Sessions>,
    login_guard: LoginGuard,
    session_lifetime: std::time::Duration,
}

impl AuthService {
    pub(crate) fn new(
        db: Db,
        clock: Clock,
        sessions: Arc<Sessions>,
        settings: &AuthSettings,
        metrics: &AuthMetrics,
    ) -> Self {
        Self(Arc::new(Inner {
            db,
            sessions,
            login_guard: LoginGuard::new(clock.clone(), settings, metrics),
            clock,
            session_lifetime: settings.session_lifetime,
        }))
    }
}

impl Inner {
    async fn register(&self, request: Request<v1::RegisterRequest>) -> Result<v1::RegisterResponse> {
        let source = client_ip(&request);
        let v1::RegisterRequest { username: typed, password, time_zone, request_id } = request.into_inner();
        let mut violations = Violations::default();
        let (Some(username), Some(()), Some(time_zone), Some(request_id)) = (
            violations.keep(Username::check(&typed)),
            violations.keep(password_rules::check_new("password", &typed, &password)),
            violations.keep(domain::check_time_zone(&time_zone)),
            violations.keep(optional_uuid("request_id", &request_id)),
        ) else {
            return Err(violations.into_error());
        };
        self.login_guard.admit(source)?;
        let existing = accounts::find_by_name(&mut self.db.reader().await?.conn(), &username.key).await?;
        if let Some(existing) = existing {
            return self.repeat_registration(existing, request_id, source, password).await;
        }
        let now = Time::now(&self.clock);
        let account = Account {
            id: AccountId::generate(now),
            username: username.typed,
            username_key: username.key,
            password_hash: Some(self.login_guard.passwords.hash(password.clone()).await?),
            register_request_id: request_id,
            disable_time: None,
            create_time: now,
        };
        let create = CreateAccount { account: account.clone(), time_zone: time_zone.clone() };
        if self.db.write(create).await? {
            tracing::info!(account = %account.id, "registered");
            return Ok(v1::RegisterResponse { account: Some(convert::account(account, time_zone)) });
        }
        // Somebody was faster, perhaps the same call sent twice.
        let existing =
            accounts::find_by_name(&mut self.db.reader().await?.conn(), &account.username_key).await?;
        self.repeat_registration(existing.ok_or_else(taken)?, request_id, source, password).await
    }

    /// Answers as the first time if this is the registration that made the account, sent once more.
    async fn repeat_registration(
        &self,
        existing: Account,
        request_id: Option<Uuid>,
        source: Option<ClientIp>,
        password: String,
    ) -> Result<v1::RegisterResponse> {
        if request_id.is_none() || existing.register_request_id != request_id {
            return Err(taken());
        }
        let stored = existing.password_hash.clone();
        let guess = source.map(|source| Guess::Unknown { name: existing.username_key.clone(), source });
        let verdict = self.login_guard.check(&existing.username_key, guess, password, stored).await?;
        if !verdict.right {
            return Err(taken());
        }
        let account = domain::to_proto(&mut self.db.reader().await?.conn(), existing).await?;
        Ok(v1::RegisterResponse { account: Some(account) })
    }

    async fn login(&self, request: Request<v1::LoginRequest>) -> Result<v1::LoginResponse> {
        let source = client_ip(&request);
        let v1::LoginRequest { username, password, client, device_secret } = request.into_inner();
        in_field("client", text::client_name(&client))?;
        let account = match Username::parse(&username) {
            Some(username) => {
                accounts::find_by_name(&mut self.db.reader().await?.conn(), &username.key).await?
            }
            None => None,
        };
        let account = account.filter(|account| account.disable_time.is_none());
        let stored = account.as_ref().and_then(|account| account.password_hash.clone());
        let device = TokenHash::of_device(&device_secret);
        let guess = self.guess(&username, source, account.as_ref(), device).await?;
        let verdict = self.login_guard.check(&username, guess, password, stored.clone()).await?;
        let (Some(account), Some(password_hash), true) = (account, stored, verdict.right) else {
            return Err(Error::Unauthenticated(Refusal::Login));
        };
        let now = Time::now(&self.clock);
        let token = Token::generate(&mut rand::rng());
        let session = Session {
            id: SessionId::generate(now),
            account_id: account.id,
            client,
            create_time: now,
            last_use_time: now,
            expire_time: now.after(self.session_lifetime),
        };
        // The one it has will do: several accounts may be used on one device.
        let (device, device_secret) = if let Some(device) = device {
            (device, device_secret)
        } else {
            let new = Token::of_kind(TokenKind::Device, &mut rand::rng());
            (new.hash(), new.into_exposed())
        };
        let open = OpenSession {
            session: session.clone(),
            token: token.hash(),
            device,
            password_hash,
            upgrade: verdict.upgrade,
            live_at: self.sessions.live_at(now),
        };
        if !self.db.write(open).await? {
            return Err(Error::Unauthenticated(Refusal::Login));
        }
        tracing::info!(account = %account.id, session = %session.id, "logged in");
        let account = domain::to_proto(&mut self.db.reader().await?.conn(), account).await?;
        Ok(v1::LoginResponse {
            token: token.into_exposed(),
            account: Some(account),
            session: Some(convert::session(&session, Some(session.id))),
            device_secret,
        })
    }

    /// Whose guess a login is.
    async fn guess(
        &self,
        username: &str,
        source: Option<ClientIp>,
        account: Option<&Account>,
        device: Option<TokenHash>,
    ) -> Result<Option<Guess>> {
        let Some(source) = source else { return Ok(None) };
        if let (Some(account), Some(device)) = (account, device) {
            let mut reader = self.db.reader().await?;
            if devices::is_known(&mut reader.conn(), account.id, device.as_bytes()).await? {
                return Ok(Some(Guess::Device(account.id, device)));
            }
        }
        Ok(Some(Guess::Unknown { name: username.to_ascii_lowercase(), source }))
    }

    async fn validate_token(&self, caller: &Identity) -> Result<v1::ValidateTokenResponse> {
        let session = caller.session_id.ok_or(Error::Unauthenticated(Refusal::Token))?;
        let mut reader = self.db.reader().await?;
        let account = domain::of_caller(&mut reader.conn(), caller.account_id).await?;
        let session = sessions::find(&mut reader.conn(), caller.account_id, session).await?;
        // Ended since its token was found good.
        let session = session.ok_or(Error::Unauthenticated(Refusal::Token))?;
        Ok(v1::ValidateTokenResponse {
            account: Some(domain::to_proto(&mut reader.conn(), account).await?),
            session: Some(convert::session(&session, caller.session_id)),
        })
    }

    async fn update_account(
        &self,
        owner: AccountId,
        request: v1::UpdateAccountRequest,
    ) -> Result<v1::UpdateAccountResponse> {
        let account = self.db.write(SetTimeZone::read(owner, request)?).await?;
        Ok(v1::UpdateAccountResponse { account: Some(account) })
    }

    async fn change_password(
        &self,
        caller: Identity,
        request: v1::ChangePasswordRequest,
    ) -> Result<v1::ChangePasswordResponse> {
        let account = domain::of_caller(&mut self.db.reader().await?.conn(), caller.account_id).await?;
        password_rules::check_new("new_password", &account.username, &request.new_password)?;
        let keep = caller.session_id.ok_or(Error::Unauthenticated(Refusal::Token))?;
        let current_hash = self.confirm(account, &caller, request.current_password).await?;
        let new_hash = self.login_guard.passwords.hash(request.new_password).await?;
        let change = ReplacePassword { owner: caller.account_id, current_hash, new_hash, keep };
        // `None`: changed by another call meanwhile.
        let ended = self.db.write(change).await?.ok_or(Error::Unauthenticated(Refusal::Password))?;
        self.sessions.revocations().revoke(caller.account_id);
        tracing::info!(account = %caller.account_id, ended_sessions = ended, "password changed");
        Ok(v1::ChangePasswordResponse { revoked_sessions: i64::try_from(ended).unwrap_or(i64::MAX) })
    }

    async fn delete_account(
        &self,
        caller: Identity,
        request: v1::DeleteAccountRequest,
    ) -> Result<v1::DeleteAccountResponse> {
        let owner = caller.account_id;
        let account = domain::of_caller(&mut self.db.reader().await?.conn(), owner).await?;
        let current_hash = self.confirm(account, &caller, request.password).await?;
        let now = Time::now(&self.clock);
        if !self.db.write(DeleteAccount { owner, current_hash, now }).await? {
            return Err(Error::Unauthenticated(Refusal::Password));
        }
        self.sessions.revocations().revoke(owner);
        tokio::spawn(domain::erase(self.db.clone(), owner).in_current_span());
        tracing::info!(account = %owner, "account deleted");
        Ok(v1::DeleteAccountResponse {})
    }

    /// Asks a caller for the password again, as a stolen token is not enough for this. Returns its hash.
    async fn confirm(&self, account: Account, caller: &Identity, password: String) -> Result<String> {
        let Some(stored) = account.password_hash else {
            return Err(Error::PermissionDenied("This account has no password.".into()));
        };
        // Guesses at the name by others do not hold up who is logged in.
        let guess = caller.session_id.map(Guess::Session);
        let verdict =
            self.login_guard.check(&account.username_key, guess, password, Some(stored.clone())).await?;
        if verdict.right { Ok(stored) } else { Err(Error::Unauthenticated(Refusal::Password)) }
    }

    async fn list_sessions(
        &self,
        caller: &Identity,
        request: v1::ListSessionsRequest,
    ) -> Result<v1::ListSessionsResponse> {
        let size = pagination::size(request.page_size)?;
        let query = pagination::Query::new(caller.account_id, "ListSessions", &());
        let after = query.key::<Cursor>(&request.page_token)?.map(Cursor::decode).transpose()?;
        let at = self.sessions.live_at(Time::now(&self.clock));
        let mut reader = self.db.reader().await?;
        let limit = pagination::limit(size);
        let mut found = sessions::list(&mut reader.conn(), caller.account_id, at, after, limit).await?;
        let last = pagination::cut(&mut found, size);
        Ok(v1::ListSessionsResponse {
            next_page_token: last.map(|last| query.token(&Cursor::of(last))).unwrap_or_default(),
            sessions: found.iter().map(|session| convert::session(session, caller.session_id)).collect(),
        })
    }

    async fn end_session(&self, owner: AccountId, id: SessionId) -> Result<()> {
        if !self.db.write(EndSession { owner, id }).await? {
            return Err(Error::NotFound);
        }
        self.sessions.revocations().revoke(owner);
        tracing::info!(account = %owner, session = %id, "session ended");
        Ok(())
    }
}

#[tonic::async_trait]
impl Methods for AuthService {
    async fn register(
        &self,
        request: Request<v1::RegisterRequest>,
    ) -> Result<Response<v1::RegisterResponse>, Status> {
        Ok(Response::new(self.0.register(request).await?))
    }

    async fn login(&self, request: Request<v1::LoginRequest>) -> Result<Response<v1::LoginResponse>, Status> {
        Ok(Response::new(self.0.login(request).await?))
    }

    async fn validate_token(
        &self,
        request: Request<v1::ValidateTokenRequest>,
    ) -> Result<Response<v1::ValidateTokenResponse>, Status> {
        Ok(Response::new(self.0.validate_token(Identity::of(&request)?).await?))
    }

    async fn logout(
        &self,
        request: Request<v1::LogoutRequest>,
    ) -> Result<Response<v1::LogoutResponse>, Status> {
        let caller = Identity::of(&request)?;
        let session = caller.session_id.ok_or(Error::Unauthenticated(Refusal::Token))?;
        match self.0.end_session(caller.account_id, session).await {
            // Ended since its token was found good: what was asked for is so.
            Ok(()) | Err(Error::NotFound) => Ok(Response::new(v1::LogoutResponse {})),
            Err(error) => Err(error.into()),
        }
    }

    async fn get_account(
        &self,
        request: Request<v1::GetAccountRequest>,
    ) -> Result<Response<v1::GetAccountResponse>, Status> {
        let caller = Identity::of(&request)?.account_id;
        let mut reader = self.0.db.reader().await?;
        let account = domain::of_caller(&mut reader.conn(), caller).await?;
        let account = domain::to_proto(&mut reader.conn(), account).await?;
        Ok(Response::new(v1::GetAccountResponse { account: Some(account) }))
    }

    async fn update_account(
        &self,
        request: Request<v1::UpdateAccountRequest>,
    ) -> Result<Response<v1::UpdateAccountResponse>, Status> {
        let caller = Identity::of(&request)?.account_id;
        Ok(Response::new(self.0.update_account(caller, request.into_inner()).await?))
    }

    async fn change_password(
        &self,
        request: Request<v1::ChangePasswordRequest>,
    ) -> Result<Response<v1::ChangePasswordResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        Ok(Response::new(self.0.change_password(caller, request.into_inner()).await?))
    }

    async fn delete_account(
        &self,
        request: Request<v1::DeleteAccountRequest>,
    ) -> Result<Response<v1::DeleteAccountResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        Ok(Response::new(self.0.delete_account(caller, request.into_inner()).await?))
    }

    async fn list_sessions(
        &self,
        request: Request<v1::ListSessionsRequest>,
    ) -> Result<Response<v1::ListSessionsResponse>, Status> {
        let caller = Identity::of(&request)?.clone();
        Ok(Response::new(self.0.list_sessions(&caller, request.into_inner()).await?))
    }

    async fn revoke_session(
        &self,
        request: Request<v1::RevokeSessionRequest>,
    ) -> Result<Response<v1::RevokeSessionResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let id = SessionId::from_uuid(uuid("session_id", &request.get_ref().session_id)?);
        self.0.end_session(owner, id).await?;
        Ok(Response::new(v1::RevokeSessionResponse {}))
    }
}

/// What the caller is rate limited by. Calls from inside the process are not limited.
fn client_ip<T>(request: &Request<T>) -> Option<ClientIp> {
    request.extensions().get::<Caller>().map(Caller::client_ip)
}

struct EndSession {
    owner: AccountId,
    id: SessionId,
}

impl Write for EndSession {
    type Output = bool;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
        sessions::delete(conn, self.owner, self.id).await
    }
}

/// The last session of a page, behind which the next one starts.
#[derive(Clone, PartialEq, Message)]
struct Cursor {
    #[prost(int64, tag = "1")]
    create_time: i64,
    #[prost(bytes = "vec", tag = "2")]
    id: Vec<u8>,
}

impl Cursor {
    fn of(session: &Session) -> Self {
        Self { create_time: session.create_time.as_micros(), id: session.id.as_uuid().into_bytes().to_vec() }
    }

    fn decode(self) -> Result<(Time, SessionId)> {
        let id = Uuid::from_slice(&self.id).map_err(Error::internal)?;
        Ok((Time::from_micros(self.create_time), SessionId::from_uuid(id)))
    }
}

fn taken() -> Error {
    Error::AlreadyExists { text: "This username is taken.".into(), resource: None }
}
