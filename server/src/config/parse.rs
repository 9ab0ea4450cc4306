//! From arguments, environment and file to a configuration.

use std::{ffi::OsString, path::PathBuf};

use clap::FromArgMatches as _;

use super::{
    command::Command,
    flags::{Flags, command},
    layers::Layer,
    settings::Config,
};
use crate::error::Error;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The command line is wrong, or asks for help or the version. Knows its exit code. Its text may repeat a
    /// password that was typed where none belongs: show it through [`without_passwords`].
    #[error(transparent)]
    CommandLine(clap::Error),
    /// The environment or the file is wrong.
    #[error(transparent)]
    Setting(Error),
}

impl Config {
    /// Reads the configuration from the program's arguments, its own name first, and from environment variables, of
    /// which only those that begin with `TODO_SERVER_` matter.
    ///
    /// # Errors
    /// Whatever cannot be used, named, and where it was written.
    pub fn parse<A, E>(arguments: A, environment: E) -> Result<Self, ConfigError>
    where
        A: IntoIterator<Item: Into<OsString>>,
        E: IntoIterator<Item = (OsString, OsString)>,
    {
        Ok(Self::parse_command(arguments, environment)?.0)
    }

    /// Like [`Config::parse`], with what is to be done; `None` is to serve.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn parse_command<A, E>(arguments: A, environment: E) -> Result<(Self, Option<Command>), ConfigError>
    where
        A: IntoIterator<Item: Into<OsString>>,
        E: IntoIterator<Item = (OsString, OsString)>,
    {
        let command = command();
        let mut arguments = arguments.into_iter().map(Into::into).collect::<Vec<OsString>>();
        let mut matches =
            command.clone().try_get_matches_from(&arguments).map_err(ConfigError::CommandLine)?;

        let variables = Layer::of_environment(&command, environment).map_err(ConfigError::Setting)?;
        variables.append_to(&mut arguments, &mut matches, &command).map_err(ConfigError::Setting)?;

        if let Some(path) = matches.get_one::<PathBuf>("config").cloned() {
            let file = Layer::of_file(&command, &path).map_err(ConfigError::Setting)?;
            file.append_to(&mut arguments, &mut matches, &command).map_err(ConfigError::Setting)?;
        }
        let flags = Flags::from_arg_matches(&matches).map_err(ConfigError::CommandLine)?;
        let action = flags.command.clone();
        Ok((flags.into_config().map_err(ConfigError::Setting)?, action))
    }
}

/// Returns the text with the password of every URL in it left out.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|index| index + 3) {
        let authority = rest[start..].split([' ', '/', '\'', '"', '\n']).next().unwrap_or_default();
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some((login, host)) = authority.rsplit_once('@') {
            shown.push_str(login.split(':').next().unwrap_or_default());
            shown.push_str(":***@");
            shown.push_str(host);
            rest = &rest[authority.len()..];
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use std::fs;

    use std::time::Duration;

    use super::*;
    use todo_backend::{auth::AuthSettings, store::Retention};

    use crate::config::{Database, Role, TrustedProxies};

    fn parse(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let arguments = ["todo-server"].iter().chain(arguments).map(OsString::from);
        let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Config::parse(arguments, environment.iter().map(pair))
    }

    fn parse_error(arguments: &[&str], environment: &[(&str, &str)]) -> String {
        match parse(arguments, environment).unwrap_err() {
            ConfigError::CommandLine(error) => error.to_string(),
            ConfigError::Setting(error) => crate::error::Chain(&error).to_string(),
        }
    }

    /// A file with this text, and its path.
    fn file(text: &str) -> (tempfile::NamedTempFile, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        (file, path)
    }

    #[test]
    fn defaults_need_nothing() {
        let config = parse(&["--data-dir", "/srv/todo"], &[]).unwrap();
        assert_eq!(config.listen, ["127.0.0.1:7878".parse().unwrap()]);
        assert_eq!(config.database, Database::Sqlite("/srv/todo/todo.db".into()));
        assert_eq!(config.roles, Role::ALL);
        assert_eq!(config.auth, AuthSettings::default());
        assert_eq!(config.network.max_connections, 1_024);
        assert_eq!(config.network.drain, Duration::from_secs(10));
        assert_eq!(config.retention, Retention::default(), "in days as in the store");
    }

    #[test]
    fn a_flag_wins_over_the_environment_which_wins_over_the_file() {
        let (_file, path) = file(
            "hash_queue = 1\nlogin_burst = 2\nsession_seconds = 3\ndata_dir = '/file'\nrole = ['auth', 'todo']\n",
        );
        let environment = [
            ("TODO_SERVER_HASH_QUEUE", "11"),
            ("TODO_SERVER_LOGIN_BURST", "12"),
            ("TODO_SERVER_CONFIG", &*path),
            ("TODO_SERVER_ROLE", "todo"),
            ("TODO_SERVER", "http://someone.elses"),
            ("PATH", "/bin"),
        ];
        let config = parse(&["--hash-queue", "21"], &environment).unwrap();
        assert_eq!(config.auth.hash_queue, 21, "flag");
        assert_eq!(config.auth.logins.burst, 12, "environment");
        assert_eq!(config.auth.session_lifetime, Duration::from_secs(3), "file");
        assert_eq!(config.auth.failed_logins.burst, 10, "default");
        assert_eq!(config.database, Database::Sqlite("/file/todo.db".into()));
        assert_eq!(config.roles, [Role::Todo], "a list is replaced, not added to");
    }

    #[test]
    fn lists_are_accepted_from_every_source() {
        let expected = ["10.0.0.0/8", "::1"].map(|proxy| proxy.parse().unwrap()).to_vec();
        let (_file, path) = file("trusted_proxy = ['10.0.0.0/8', '::1']");
        for config in [
            parse(&["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1"], &[]),
            parse(&[], &[("TODO_SERVER_TRUSTED_PROXY", "10.0.0.0/8, ::1")]),
            parse(&["--config", &path], &[]),
        ] {
            assert_eq!(config.unwrap().trusted_proxies, TrustedProxies::from(expected.clone()));
        }
    }

    #[test]
    fn unknown_names_are_refused_by_name() {
        let text = parse_error(&["--colour"], &[]);
        assert!(text.contains("--colour"), "{text}");
        let text = parse_error(&[], &[("TODO_SERVER_PROT", "1"), ("TODO_SERVER_DATADIR", "x")]);
        assert!(text.contains("TODO_SERVER_DATADIR, TODO_SERVER_PROT"), "{text}");
        let (_file, path) = file("prot = 1\nlisten = '127.0.0.1:1'\n[tls]\nkey = 'x'\n");
        let text = parse_error(&["--config", &path], &[]);
        assert!(text.contains("prot, tls") && text.contains(&path), "{text}");
        let (_file, path) = file("config = 'another.toml'\n");
        assert!(parse_error(&["--config", &path], &[]).contains("config"));
    }

    #[test]
    fn bad_values_are_refused_with_their_place() {
        let text = parse_error(&["--listen", "nonsense"], &[]);
        assert!(text.contains("nonsense") && text.contains("--listen"), "{text}");
        let text = parse_error(&[], &[("TODO_SERVER_LISTEN", "nonsense")]);
        assert!(text.starts_with("The environment") && text.contains("--listen"), "{text}");
        for (text, expected) in [
            ("hash_memory_kib = 1024", "--hash-memory-kib"),
            ("hash_memory_kib = 262145", "--hash-memory-kib"),
            ("hash_iterations = 1", "--hash-iterations"),
            ("hash_iterations = 11", "--hash-iterations"),
            ("listen = true", "listen"),
            ("cors_origin = '*'", "--cors-origin"),
            ("role = ['mail']", "mail"),
            ("role = [['auth']]", "role"),
            ("drain_seconds = 0", "--drain-seconds"),
            ("trash_days = 0", "--trash-days"),
            ("history_days = 100000", "--history-days"),
            ("this is no TOML", "no TOML"),
        ] {
            let (_file, path) = file(text);
            let error = parse_error(&["--config", &path], &[]);
            assert!(error.contains(&path) && error.contains(expected), "{text}: {error}");
        }
        let text = parse_error(&["--config", "/does/not/exist.toml"], &[]);
        assert!(text.contains("/does/not/exist.toml"), "{text}");
    }

    #[test]
    fn a_password_in_a_url_is_never_shown() {
        let url = "postgres://todo:hunter2@db.example.org/todo";
        let config = parse(&[], &[("TODO_SERVER_DATABASE", url)]).unwrap();
        assert_eq!(config.database, Database::Postgres(url.into()));
        assert!(!format!("{config:?}").contains("hunter2"));
        let text = parse_error(&["--database", "mysql://todo:hunter2@db.example.org/todo"], &[]);
        assert!(text.contains("mysql") && !text.contains("hunter2"), "{text}");
        let (_file, path) = file("database = 'postgres://todo:hunter2@db/todo\n");
        let text = parse_error(&["--config", &path], &[]);
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn urls_are_shown_without_their_passwords() {
        for (text, shown) in [
            ("no URL", "no URL"),
            ("see https://example.org/a@b", "see https://example.org/a@b"),
            (
                "'postgres://todo:hunter2@db/todo' and x://u:p@h",
                "'postgres://todo:***@db/todo' and x://u:***@h",
            ),
            ("postgres://todo:p@ss@db", "postgres://todo:***@db"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    #[test]
    fn roles_are_sorted_and_deduplicated() {
        let config = parse(&["--role", "todo", "--role", "auth", "--role", "todo"], &[]).unwrap();
        assert_eq!(config.roles, [Role::Auth, Role::Todo]);
    }

    #[test]
    fn a_command_takes_settings_from_every_source() {
        let (_file, path) = file("listen = '127.0.0.1:1'\nhash_queue = 7\n");
        let environment = [("TODO_SERVER_CONFIG", &*path), ("TODO_SERVER_DATABASE", "/environment.db")];
        let parse = |arguments: &[&str]| {
            let arguments = ["todo-server"].iter().chain(arguments);
            Config::parse_command(arguments, environment.map(|(a, b)| (a.into(), b.into()))).unwrap()
        };
        let (config, command) = parse(&["check"]);
        assert_eq!(
            (config.database, command),
            (Database::Sqlite("/environment.db".into()), Some(Command::Check))
        );
        assert_eq!(config.auth.hash_queue, 7);
        for arguments in [["--database", "/flag.db", "migrate"], ["migrate", "--database", "/flag.db"]] {
            let (config, command) = parse(&arguments);
            assert_eq!(
                (config.database, command),
                (Database::Sqlite("/flag.db".into()), Some(Command::Migrate))
            );
        }
        assert_eq!(parse(&[]).1, None);
    }

    #[test]
    fn help_and_version_are_not_errors() {
        for flag in ["--help", "-h", "--version"] {
            let Err(ConfigError::CommandLine(error)) = parse(&[flag], &[]) else { panic!("{flag}") };
            assert_eq!(error.exit_code(), 0, "{flag}");
        }
    }
}
