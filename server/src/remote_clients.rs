//! Clients of the roles that are played by other servers.

use std::{fs, path::Path};

use todo_sdk::Client;

use crate::{
    config::{Config, Role},
    error::{Error, Result},
};

/// A client of each role that is needed here and not played here.
pub(crate) struct RemoteClients {
    pub(crate) auth: Option<Client>,
    pub(crate) todo: Option<Client>,
}

impl RemoteClients {
    /// Makes the clients. They connect when they are first needed: servers start in any order.
    ///
    /// # Errors
    /// [`Error::Startup`], naming the setting that is missing or cannot be used.
    pub(crate) fn connect(config: &Config) -> Result<Self> {
        let plays = |role| config.roles.contains(&role);
        // Todo asks auth who is calling; the pages are a client of both.
        let needs = |role, by: &[Role]| {
            if plays(role) { None } else { by.iter().copied().find(|by| plays(*by)) }
        };
        let client = |by: Option<Role>, setting: &str, urls: &[String]| match (by, urls) {
            (None, _) => Ok(None),
            (Some(_), [_, ..]) => connect(config, setting, urls).map(Some),
            (Some(by), []) => Err(Error::startup(
                format!("The role {} is played without --{setting}.", by.name()),
                "Give it the address of the server that plays the other role, or play that role here, too.",
            )),
        };
        let (auth_urls, todo_urls) = (&config.remote.auth_urls, &config.remote.todo_urls);
        Ok(Self {
            auth: client(needs(Role::Auth, &[Role::Todo, Role::Main]), "auth-url", auth_urls)?,
            todo: client(needs(Role::Todo, &[Role::Main]), "todo-url", todo_urls)?,
        })
    }
}

fn connect(config: &Config, setting: &str, urls: &[String]) -> Result<Client> {
    let mut builder = Client::builder().endpoints(urls).insecure_http(config.insecure_http);
    if let Some(path) = &config.remote.ca {
        builder = builder.ca_certificate_pem(read("backend-ca", path)?);
    }
    if let Some((certificate, key)) = &config.remote.identity {
        let (certificate, key) = (read("backend-cert", certificate)?, read("backend-key", key)?);
        builder = builder.client_certificate_pem(certificate, String::from_utf8_lossy(&key));
    }
    builder.user_agent(concat!("todo-server/", env!("CARGO_PKG_VERSION"))).connect_lazy().map_err(|error| {
        let hint = format!(
            "Check --{setting}, --backend-ca, --backend-cert and --backend-key: the address of another todo-server, such \
             as https://todo.example.com, and files in PEM."
        );
        Error::startup_because(format!("The server of --{setting} cannot be reached like that."), error, hint)
    })
}

fn read(setting: &str, path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        let what = format!("The file {} of --{setting} cannot be read.", path.display());
        Error::startup_because(what, error, "Check that the file is there and this user may read it.")
    })
}
