//! `todo.auth.v1.AuthService` of the embedded mode, where there is one account and nobody logs in.

use todo_proto::auth::v1::{self, auth_service_server::AuthService as Methods};
use tonic::{Request, Response, Status};

use super::accounts::{self as domain, SetTimeZone};
use crate::{
    error::{Error, Refusal, Result},
    identity::Identity,
    store::db::Db,
};

/// The auth service of the local account. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LocalAuthService {
    db: Db,
}

impl LocalAuthService {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }
}

fn no_password() -> Status {
    Error::PermissionDenied("The local account has no password and no sessions: nobody logs in to it.".into())
        .into()
}

#[tonic::async_trait]
impl Methods for LocalAuthService {
    async fn register(
        &self,
        _: Request<v1::RegisterRequest>,
    ) -> Result<Response<v1::RegisterResponse>, Status> {
        Err(no_password())
    }

    async fn login(&self, _: Request<v1::LoginRequest>) -> Result<Response<v1::LoginResponse>, Status> {
        Err(no_password())
    }

    async fn validate_token(
        &self,
        _: Request<v1::ValidateTokenRequest>,
    ) -> Result<Response<v1::ValidateTokenResponse>, Status> {
        Err(Error::Unauthenticated(Refusal::Token).into())
    }

    async fn logout(&self, _: Request<v1::LogoutRequest>) -> Result<Response<v1::LogoutResponse>, Status> {
        Err(no_password())
    }

    async fn get_account(
        &self,
        request: Request<v1::GetAccountRequest>,
    ) -> Result<Response<v1::GetAccountResponse>, Status> {
        let caller = Identity::of(&request)?.account_id;
        let mut reader = self.db.reader().await?;
        let account = domain::of_caller(&mut reader.conn(), caller).await?;
        let account = domain::to_proto(&mut reader.conn(), account).await?;
        Ok(Response::new(v1::GetAccountResponse { account: Some(account) }))
    }

    async fn update_account(
        &self,
        request: Request<v1::UpdateAccountRequest>,
    ) -> Result<Response<v1::UpdateAccountResponse>, Status> {
        let owner = Identity::of(&request)?.account_id;
        let account = self.db.write(SetTimeZone::read(owner, request.into_inner())?).await?;
        Ok(Response::new(v1::UpdateAccountResponse { account: Some(account) }))
    }

    async fn change_password(
        &self,
        _: Request<v1::ChangePasswordRequest>,
    ) -> Result<Response<v1::ChangePasswordResponse>, Status> {
        Err(no_password())
    }

    async fn delete_account(
        &self,
        _: Request<v1::DeleteAccountRequest>,
    ) -> Result<Response<v1::DeleteAccountResponse>, Status> {
        Err(no_password())
    }

    async fn list_sessions(
        &self,
        _: Request<v1::ListSessionsRequest>,
    ) -> Result<Response<v1::ListSessionsResponse>, Status> {
        Ok(Response::new(v1::ListSessionsResponse::default()))
    }

    async fn revoke_session(
        &self,
        _: Request<v1::RevokeSessionRequest>,
    ) -> Result<Response<v1::RevokeSessionResponse>, Status> {
        Err(Error::NotFound.into())
    }
}
