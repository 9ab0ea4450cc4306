//! The logins that are stored: which profile a command means, and where this machine keeps things.
//!
//! The files themselves belong to the SDK ([`todo_sdk::credentials`]), so that [`todo_sdk::Client::from_login`] opens
//! what `todo login` stored.

use std::path::PathBuf;

use directories::ProjectDirs;
use todo_sdk::ServerUrl;
use todo_sdk::credentials::{Config, Profile};

use crate::error::Error;

/// A login that is stored: its name and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct StoredLogin {
    /// Name of the profile.
    pub(crate) name: String,
    /// Server, account and place of the token.
    pub(crate) profile: Profile,
}

/// Where the embedded todos are.
pub(crate) fn data_directory() -> Result<PathBuf, Error> {
    ProjectDirs::from("", "", "todo")
        .map(|directories| directories.data_dir().to_owned())
        .ok_or_else(|| Error::failure("There is no home directory to keep todos in.").hint("Set HOME."))
}

/// The profile of this name.
pub(crate) fn find_login(config: &Config, name: &str) -> Option<StoredLogin> {
    config.profile(name).map(|profile| StoredLogin { name: name.to_owned(), profile: profile.clone() })
}

/// The profile of this name, which somebody asked for.
pub(crate) fn require_login(config: &Config, name: &str) -> Result<StoredLogin, Error> {
    find_login(config, name).ok_or_else(|| {
        let known: Vec<String> = config.profiles().map(|(name, _)| format!("`{name}`")).collect();
        let known =
            if known.is_empty() { String::new() } else { format!(" There are: {}.", known.join(", ")) };
        Error::usage(format!("There is no profile `{name}`."))
            .hint(format!("`todo login --server URL --profile {name}` makes one.{known}"))
    })
}

/// The profile that is used without being named.
pub(crate) fn default_login(config: &Config) -> Result<Option<StoredLogin>, Error> {
    config.default_profile.as_deref().map(|name| require_login(config, name)).transpose()
}

/// A profile of this server: the default one if it is of this server, else the first by name.
pub(crate) fn login_for_server(config: &Config, url: &ServerUrl) -> Option<StoredLogin> {
    let same = |profile: &Profile| profile.server == url.to_string();
    let default = config.default_profile.as_deref().and_then(|name| find_login(config, name));
    default.filter(|stored| same(&stored.profile)).or_else(|| {
        let mut others = config.profiles().filter(|(_, profile)| same(profile));
        others.next().map(|(name, profile)| StoredLogin { name: name.to_owned(), profile: profile.clone() })
    })
}

/// The name under which to store a login: the one asked for; the one that this account has there already; else the
/// server's host, with the account in front if the host is taken by another one.
pub(crate) fn choose_profile_name(
    config: &Config,
    wanted: Option<&str>,
    url: &ServerUrl,
    username: &str,
) -> String {
    if let Some(name) = wanted {
        return name.to_owned();
    }
    let server = url.to_string();
    let mine = |profile: &Profile| profile.server == server && profile.username.as_deref() == Some(username);
    if let Some((name, _)) = config.profiles().find(|(_, profile)| mine(profile)) {
        return name.to_owned();
    }
    let host = server.split_once("://").map_or(server.as_str(), |(_, host)| host).to_owned();
    if config.profile(&host).is_none() { host } else { format!("{username}@{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::load_from("/does/not/exist.toml").unwrap()
    }

    fn url() -> ServerUrl {
        "https://todo.example.com".parse().unwrap()
    }

    fn login(config: &mut Config, wanted: Option<&str>, username: &str) -> String {
        let name = choose_profile_name(config, wanted, &url(), username);
        config.set_profile(&name, Profile::new(&url().to_string()).unwrap().username(username));
        name
    }

    #[test]
    fn profile_names_come_from_the_server_and_are_unique() {
        let mut config = config();
        assert_eq!(login(&mut config, None, "ada"), "todo.example.com");
        assert_eq!(login(&mut config, None, "ada"), "todo.example.com");
        assert_eq!(login(&mut config, None, "bob"), "bob@todo.example.com");
        assert_eq!(login(&mut config, Some("work"), "ada"), "work");
    }

    #[test]
    fn the_default_profile_of_a_server_is_preferred() {
        let mut config = config();
        assert!(login_for_server(&config, &url()).is_none());
        login(&mut config, Some("a"), "ada");
        login(&mut config, Some("b"), "bob");
        assert_eq!(login_for_server(&config, &url()).unwrap().name, "a");
        config.default_profile = Some("b".to_owned());
        assert_eq!(login_for_server(&config, &url()).unwrap().name, "b");
    }

    #[test]
    fn a_requested_profile_must_exist() {
        let mut config = config();
        login(&mut config, Some("work"), "ada");
        let error = require_login(&config, "home").unwrap_err();
        assert_eq!(error.to_string(), "There is no profile `home`.");
        assert!(error.hint_text().unwrap().ends_with("There are: `work`."));
    }
}
