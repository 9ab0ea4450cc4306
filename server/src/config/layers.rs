//! The layers below the command line: the environment and the file.

use std::{ffi::OsString, fs, path::Path};

use clap::{ArgAction, ArgMatches, Command};

use crate::error::Error;

const PREFIX: &str = "TODO_SERVER_";

/// The environment variable of a setting.
pub(super) fn variable(id: &str) -> String {
    format!("{PREFIX}{}", id.to_ascii_uppercase())
}

/// Settings from one place other than the command line.
pub(super) struct Layer {
    /// What the place is called in a message.
    place: String,
    /// Ids of settings, each with its values.
    settings: Vec<(String, Vec<OsString>)>,
}

impl Layer {
    /// Reads the variables that begin with our prefix.
    pub(super) fn of_environment(
        command: &Command,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        let mut settings = Vec::new();
        let mut unknown = Vec::new();
        for (name, value) in environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            let argument =
                command.get_arguments().find(|argument| variable(argument.get_id().as_str()) == name);
            match argument {
                Some(argument) => {
                    let is_list = matches!(argument.get_action(), ArgAction::Append);
                    let values = match value.to_str().filter(|_| is_list) {
                        Some(list) => list.split(',').map(|value| value.trim().into()).collect(),
                        None => vec![value],
                    };
                    settings.push((argument.get_id().to_string(), values));
                }
                None => unknown.push(name.to_owned()),
            }
        }
        if unknown.is_empty() {
            return Ok(Self { place: "The environment".into(), settings });
        }
        unknown.sort_unstable();
        Err(Error::startup(
            format!("The environment sets what does not exist: {}.", unknown.join(", ")),
            "Unset it, or correct its name: todo-server --help lists them all.",
        ))
    }

    /// Reads a TOML file.
    pub(super) fn of_file(command: &Command, path: &Path) -> Result<Self, Error> {
        let place = format!("The configuration file {}", path.display());
        let text = fs::read_to_string(path).map_err(|error| {
            Error::startup_because(format!("{place} cannot be read."), error, "Check --config.")
        })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The error's own text shows the line, which may hold a password.
            Error::startup_because(format!("{place} is no TOML."), error.message().to_owned(), "Correct it.")
        })?;
        let mut settings = Vec::new();
        let mut unknown = Vec::new();
        for (key, value) in table {
            let is_known = command.get_arguments().any(|argument| argument.get_id() == key.as_str());
            match (is_known && key != "config").then(|| values(value)) {
                Some(Some(values)) => settings.push((key, values)),
                Some(None) => {
                    let what =
                        format!("{place} sets {key} to something that is no text, number, truth or list.");
                    return Err(Error::startup(what, "todo-server --help says what it takes."));
                }
                None => unknown.push(key),
            }
        }
        if unknown.is_empty() {
            return Ok(Self { place, settings });
        }
        Err(Error::startup(
            format!("{place} sets what does not exist: {}.", unknown.join(", ")),
            "Remove it, or correct its name: todo-server --help lists them all, with _ for - here.",
        ))
    }

    /// Adds the settings that no higher layer makes as flags, and reads everything again.
    pub(super) fn append_to(
        self,
        arguments: &mut Vec<OsString>,
        matches: &mut ArgMatches,
        command: &Command,
    ) -> Result<(), Error> {
        let mut flags = Vec::new();
        for (id, values) in self.settings {
            if matches.value_source(&id) == Some(clap::parser::ValueSource::CommandLine) {
                continue;
            }
            for value in values {
                let mut flag = OsString::from(format!("--{}=", id.replace('_', "-")));
                flag.push(value);
                flags.push(flag);
            }
        }
        // In front of what was given: behind a command, only its own flags may stand.
        arguments.splice(1..1, flags);
        *matches = command.clone().try_get_matches_from(arguments.iter()).map_err(|error| {
            let what = format!("{} has a setting that cannot be used.", self.place);
            Error::startup_because(what, first_line(&error), "todo-server --help says what it takes.")
        })?;
        Ok(())
    }
}

/// Returns a value of the file as the texts of flags, if it is of a kind that a flag can have.
fn values(value: toml::Value) -> Option<Vec<OsString>> {
    let text = |value| match value {
        toml::Value::String(text) => Some(text.into()),
        toml::Value::Integer(number) => Some(number.to_string().into()),
        toml::Value::Boolean(truth) => Some(truth.to_string().into()),
        _ => None,
    };
    match value {
        toml::Value::Array(items) => items.into_iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
