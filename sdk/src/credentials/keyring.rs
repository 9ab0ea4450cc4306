//! Tokens in the keyring of the operating system: service `todo:SERVER`, user the name. What the device is known by is beside
//! it, as the user `NAME (device)`, which nobody can be called.
//!
//! A keyring is another program, and one that hangs never answers. Each access therefore has a thread of its own and 3
//! seconds; a thread that is still waiting then is left behind.

use std::{sync::mpsc, thread, time::Duration};

use ::keyring::{self, Error};

use super::{CredentialError, Profile, entry::Entry};
use crate::Secret;

const LIMIT: Duration = Duration::from_secs(3);

pub(super) fn probe() -> Result<(), CredentialError> {
    within_limit(LIMIT, || {
        let entry = open("todo:probe", "probe")?;
        entry.set_password("probe").map_err(explain)?;
        delete(&entry).map(drop)
    })
}

pub(super) fn store(profile: &Profile, entry: Entry, text: &str) -> Result<(), CredentialError> {
    let (service, user) = names(profile, entry);
    let text = Secret::from(text);
    within_limit(LIMIT, move || open(&service, &user)?.set_password(text.expose()).map_err(explain))
}

pub(super) fn load(profile: &Profile, entry: Entry) -> Result<Option<Secret>, CredentialError> {
    let (service, user) = names(profile, entry);
    within_limit(LIMIT, move || match open(&service, &user)?.get_password() {
        Ok(text) => Ok(Some(text.into())),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(error)),
    })
}

pub(super) fn remove(profile: &Profile) -> Result<bool, CredentialError> {
    let (service, user) = names(profile, Entry::Token);
    within_limit(LIMIT, move || delete(&open(&service, &user)?))
}

fn names(profile: &Profile, entry: Entry) -> (String, String) {
    let user = match entry {
        Entry::Token => profile.user().to_owned(),
        // In any case: it is looked for before the server has said how the name is written.
        Entry::DeviceSecret => format!("{} (device)", profile.user().to_ascii_lowercase()),
    };
    (format!("todo:{}", profile.server), user)
}

fn open(service: &str, user: &str) -> Result<keyring::Entry, CredentialError> {
    // Why there is no keyring is kept apart from the error of `Entry::new`.
    if let Err(reason) = keyring::Entry::store_status() {
        return Err(CredentialError::NoKeyring(reason.to_string().into()));
    }
    keyring::Entry::new(service, user).map_err(explain)
}

fn delete(entry: &keyring::Entry) -> Result<bool, CredentialError> {
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
    limit: Duration,
    access: impl FnOnce() -> Result<T, CredentialError> + Send + 'static,
) -> Result<T, CredentialError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keyring".to_owned())
        // Nobody listens any more if the limit has passed.
        .spawn(move || sender.send(access()).ok())
        .map_err(|error| CredentialError::Keyring(error.into()))?;
    match receiver.recv_timeout(limit) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(CredentialError::TimedOut),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(CredentialError::Keyring("the access to it was broken off".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hung_keyring_times_out() {
        let (release, wait) = mpsc::channel::<()>();
        let error = within_limit(Duration::from_millis(1), move || {
            wait.recv().ok();
            Ok(())
        })
        .unwrap_err();
        drop(release);
        assert!(matches!(error, CredentialError::TimedOut));
        assert!(error.hint().contains("--token-store file"));
    }

    #[test]
    fn the_answer_of_a_keyring_is_returned() {
        assert_eq!(within_limit(LIMIT, || Ok(7)).unwrap(), 7);
        let damaged = || Err::<(), _>(explain(Error::BadEncoding(b"hunter2".to_vec())));
        let error = within_limit(LIMIT, damaged).unwrap_err();
        assert!(!format!("{error:?}").contains("104"), "the bytes of what was found: {error:?}");
    }

    #[test]
    fn keyring_errors_are_classified_and_have_a_hint() {
        let no_access = Error::NoStorageAccess("locked".into());
        let platform = Error::PlatformFailure("strange".into());
        assert!(matches!(explain(Error::NoDefaultStore), CredentialError::NoKeyring(_)));
        assert!(matches!(explain(no_access), CredentialError::Locked(_)));
        assert!(matches!(explain(platform), CredentialError::Keyring(_)));
        for error in
            [Error::NoDefaultStore, Error::NoStorageAccess("".into()), Error::PlatformFailure("".into())]
        {
            assert!(explain(error).hint().contains("--token-store file"));
        }
    }

    #[test]
    fn a_panic_of_the_keyring_library_is_an_error() {
        let panics = || -> Result<(), CredentialError> { panic!("inside of the keyring's library") };
        assert!(matches!(within_limit(LIMIT, panics), Err(CredentialError::Keyring(_))));
    }

    /// In a process of its own, whose environment does not lead to the keyring of the user who runs the tests.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_missing_keyring_is_reported() {
        let nothing = tempfile::tempdir().unwrap();
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--ignored",
                "credentials::keyring::tests::every_operation_fails_without_a_session_bus",
            ])
            .env_clear()
            .env("HOME", nothing.path())
            .env("XDG_RUNTIME_DIR", nothing.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    #[ignore = "needs an environment without a session bus: a_missing_keyring_is_reported runs it"]
    fn every_operation_fails_without_a_session_bus() {
        let profile = Profile::new("http://127.0.0.1:7878").unwrap().username("ada");
        for error in [
            probe().unwrap_err(),
            store(&profile, Entry::Token, "secret").unwrap_err(),
            load(&profile, Entry::DeviceSecret).map(drop).unwrap_err(),
            remove(&profile).map(drop).unwrap_err(),
        ] {
            assert!(matches!(error, CredentialError::NoKeyring(_)), "{error:?}");
            assert!(error.hint().contains("--token-store file"));
            assert!(std::error::Error::source(&error).is_some());
        }
    }
}
