//! Tokens in the keyring of the operating system: service `todo:SERVER`, user the name.
//!
//! A keyring is another program, and one that hangs never answers. Each access therefore has a thread of its own and 3
//! seconds; a thread that is still waiting then is left behind.

use std::{sync::mpsc, thread, time::Duration};

use ::keyring::{Entry, Error};

use super::{CredentialError, Profile};
use crate::{Secret, Token};

const LIMIT: Duration = Duration::from_secs(3);

pub(super) fn probe() -> Result<(), CredentialError> {
    within_limit(|| {
        let entry = open("todo:probe", "probe")?;
        entry.set_password("probe").map_err(explain)?;
        delete(&entry).map(drop)
    })
}

pub(super) fn store(profile: &Profile, token: &Token) -> Result<(), CredentialError> {
    let (service, user) = names(profile);
    let token = token.clone();
    within_limit(move || open(&service, &user)?.set_password(token.expose()).map_err(explain))
}

pub(super) fn load(profile: &Profile) -> Result<Option<Secret>, CredentialError> {
    let (service, user) = names(profile);
    within_limit(move || match open(&service, &user)?.get_password() {
        Ok(text) => Ok(Some(text.into())),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(error)),
    })
}

pub(super) fn remove(profile: &Profile) -> Result<bool, CredentialError> {
    let (service, user) = names(profile);
    within_limit(move || delete(&open(&service, &user)?))
}

fn names(profile: &Profile) -> (String, String) {
    (format!("todo:{}", profile.server), profile.user().to_owned())
}

fn open(service: &str, user: &str) -> Result<Entry, CredentialError> {
    // Why there is no keyring is kept apart from the error of `Entry::new`.
    if let Err(reason) = Entry::store_status() {
        return Err(CredentialError::NoKeyring(reason.to_string().into()));
    }
    Entry::new(service, user).map_err(explain)
}

fn delete(entry: &Entry) -> Result<bool, CredentialError> {
    match entry.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(error) => Err(explain(error)),
    }
}

fn explain(error: Error) -> CredentialError {
    match error {
        Error::NoDefaultStore => CredentialError::NoKeyring(error.into()),
        Error::NoStorageAccess(_) => CredentialError::Locked(error.into()),
        // These two carry what was found, which may be the token.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            CredentialError::Keyring("its entry is damaged".into())
        }
        error => CredentialError::Keyring(error.into()),
    }
}

fn within_limit<T: Send + 'static>(
    access: impl FnOnce() -> Result<T, CredentialError> + Send + 'static,
) -> Result<T, CredentialError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keyring".to_owned())
        // Nobody listens any more if the limit has passed.
        .spawn(move || sender.send(access()).ok())
        .map_err(|error| CredentialError::Keyring(error.into()))?;
    match receiver.recv_timeout(LIMIT) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(CredentialError::TimedOut),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(CredentialError::Keyring("the access to it was broken off".into()))
        }
    }
}
