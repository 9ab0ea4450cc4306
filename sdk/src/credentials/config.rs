//! [`Config`]: the configuration file, which says which servers are known, as whom, and where the token lies. It holds no
//! secret.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use super::{CredentialStore, Profile, private_file};
use crate::{Error, Result, ServerUrl};

/// What `config.toml` says.
///
/// ```toml
/// default_profile = "work"
///
/// [profiles.work]
/// server = "https://todo.example.com"
/// username = "ada"
/// token_store = "keyring"
/// ```
///
/// ```
/// use todo_sdk::credentials::{Config, Profile};
///
/// # fn main() -> todo_sdk::Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("config.toml");
/// let mut config = Config::load_from(&path)?; // a missing file is an empty one
/// config.set_profile("work", Profile::new("https://todo.example.com")?.username("ada"));
/// config.default_profile = Some("work".to_owned());
/// config.save()?;
///
/// assert_eq!(Config::load_from(&path)?.profile("work").unwrap().username.as_deref(), Some("ada"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    #[serde(skip)]
    path: PathBuf,
    /// The server to use where neither a flag nor a profile names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The profile to use where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_profile: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    profiles: BTreeMap<String, Profile>,
}

impl Config {
    /// Reads `config.toml` in the person's configuration directory, such as `~/.config/todo`. A missing file is an empty
    /// one; a wrong one, or an unknown key, is an error that names it.
    ///
    /// ```no_run
    /// let config = todo_sdk::credentials::Config::load()?;
    /// println!("{}", config.path().display());
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    pub fn load() -> Result<Self> {
        let directories = ProjectDirs::from("", "", "todo").ok_or_else(|| {
            Error::precondition("There is no home directory to look for a configuration in.")
                .with_hint("Set the environment variable HOME.")
        })?;
        Self::load_from(directories.config_dir().join("config.toml"))
    }

    /// Reads this file. The tokens in files lie beside it.
    ///
    /// ```
    /// # use todo_sdk::credentials::Config;
    /// let config = Config::load_from("/does/not/exist.toml")?;
    /// assert!(config.profiles().next().is_none());
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    pub fn load_from(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Error::precondition(format!(
                    "The configuration {} cannot be read.",
                    path.display()
                ))
                .with_hint("Check that the file is yours and that you may read it.")
                .with_source(error));
            }
        };
        let wrong = |source: Box<dyn std::error::Error + Send + Sync>| {
            Error::precondition(format!("The configuration {} is wrong.", path.display()))
                .with_hint("Correct the file, or move it away to start anew.")
                .with_source(source)
        };
        let mut config: Self = toml::from_str(&text).map_err(|error| wrong(error.into()))?;
        for profile in config.profiles.values_mut() {
            profile.server =
                profile.server.parse::<ServerUrl>().map_err(|error| wrong(error.into()))?.to_string();
        }
        config.path = path;
        Ok(config)
    }

    /// Returns the file this was read from, and is saved to.
    ///
    /// ```
    /// # use todo_sdk::credentials::Config;
    /// let config = Config::load_from("/does/not/exist.toml")?;
    /// assert!(config.path().ends_with("exist.toml"));
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the profile of this name.
    ///
    /// ```
    /// # use todo_sdk::credentials::Config;
    /// assert!(Config::load_from("/does/not/exist.toml")?.profile("work").is_none());
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// Returns all profiles with their names, by name.
    ///
    /// ```
    /// # use todo_sdk::credentials::Config;
    /// fn names(config: &Config) -> Vec<&str> {
    ///     config.profiles().map(|(name, _)| name).collect()
    /// }
    /// ```
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.profiles.iter().map(|(name, profile)| (name.as_str(), profile))
    }

    /// Sets a profile, in place of the one of that name.
    ///
    /// ```
    /// # use todo_sdk::credentials::{Config, Profile};
    /// # let mut config = Config::load_from("/does/not/exist.toml")?;
    /// config.set_profile("work", Profile::new("https://todo.example.com")?);
    /// assert!(config.profile("work").is_some());
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    pub fn set_profile(&mut self, name: impl Into<String>, profile: Profile) {
        self.profiles.insert(name.into(), profile);
    }

    /// Removes a profile, and returns it. It stops being the default.
    ///
    /// ```
    /// # use todo_sdk::credentials::{Config, Profile};
    /// # let mut config = Config::load_from("/does/not/exist.toml")?;
    /// # config.set_profile("work", Profile::new("https://todo.example.com")?);
    /// assert!(config.remove_profile("work").is_some());
    /// assert!(config.remove_profile("work").is_none());
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    pub fn remove_profile(&mut self, name: &str) -> Option<Profile> {
        if self.default_profile.as_deref() == Some(name) {
            self.default_profile = None;
        }
        self.profiles.remove(name)
    }

    /// Writes the file: whole or not at all, readable by the person only.
    ///
    /// ```no_run
    /// # use todo_sdk::credentials::Config;
    /// let mut config = Config::load()?;
    /// config.default_profile = Some("work".to_owned());
    /// config.save()?;
    /// # Ok::<(), todo_sdk::Error>(())
    /// ```
    pub fn save(&self) -> Result<()> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
            Error::precondition(format!("The configuration {} cannot be written.", self.path.display()))
                .with_hint("Check that the directory is yours and that the disk is not full.")
                .with_source(source)
        };
        let text = toml::to_string(self).map_err(|error| failed(error.into()))?;
        private_file::replace(&self.path, text.as_bytes()).map_err(|error| failed(error.into()))
    }

    /// Returns the store of the tokens of these profiles.
    ///
    /// ```no_run
    /// # use todo_sdk::credentials::{Config, TokenStore};
    /// Config::load()?.credentials().probe(TokenStore::Keyring)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn credentials(&self) -> CredentialStore {
        CredentialStore::new(self.path.parent().unwrap_or(Path::new("")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::TokenStore;

    fn read(text: &str) -> Result<Config> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, text).unwrap();
        Config::load_from(path)
    }

    fn refusal(text: &str) -> String {
        let error = read(text).unwrap_err();
        assert!(error.hint().is_some());
        format!("{error} {}", std::error::Error::source(&error).unwrap())
    }

    #[test]
    fn a_saved_configuration_is_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("made/on/demand/config.toml");
        let mut config = Config::load_from(&path).unwrap();
        config.server = Some("http://127.0.0.1:7878".to_owned());
        config.default_profile = Some("work".to_owned());
        config.set_profile("work", Profile::new("https://todo.example.com").unwrap().username("ada"));
        config.set_profile("a b", Profile::new("http://[::1]:7878").unwrap().token_store(TokenStore::File));
        config.save().unwrap();
        assert_eq!(Config::load_from(&path).unwrap(), config);
        insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"
        server = "http://127.0.0.1:7878"
        default_profile = "work"

        [profiles."a b"]
        server = "http://[::1]:7878"
        token_store = "file"

        [profiles.work]
        server = "https://todo.example.com"
        username = "ada"
        token_store = "keyring"
        "#);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        assert!(refusal("colour = true").contains("unknown field `colour`"));
        assert!(refusal("[profiles.a]\nserver = 'https://a'\ntoken = 'x'").contains("unknown field `token`"));
        assert!(
            refusal("[profiles.a]\nserver = 'https://a'\ntoken_store = 'usb'")
                .contains("unknown variant `usb`")
        );
        assert!(refusal("[profiles.a]\nusername = 'ada'").contains("missing field `server`"));
        assert!(refusal("[profiles.a]\nserver = 'todo.example.com'").contains("not the address of a server"));
        assert!(refusal("server =").contains("config.toml"));
    }

    #[test]
    fn a_profile_needs_only_its_server() {
        let config = read("[profiles.a]\nserver = 'HTTPS://Todo.Example.com/'").unwrap();
        let profile = config.profile("a").unwrap();
        assert_eq!(profile.server, "https://todo.example.com");
        assert_eq!((profile.username.as_deref(), profile.token_store), (None, TokenStore::Keyring));
    }

    #[test]
    fn a_removed_profile_is_not_the_default_any_more() {
        let mut config = read("default_profile = 'a'\n[profiles.a]\nserver = 'https://a'").unwrap();
        assert_eq!(config.remove_profile("b"), None);
        assert!(config.default_profile.is_some());
        assert!(config.remove_profile("a").is_some());
        assert_eq!((config.default_profile.as_deref(), config.profiles().count()), (None, 0));
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = Config::load_from(directory.path()).unwrap_err();
        assert!(error.to_string().contains(directory.path().to_str().unwrap()));
    }
}
