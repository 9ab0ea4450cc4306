//! Who is logged in, and the sessions of the account.

use jiff::ZonedDateTime;
use serde_json::{Value, json};
use todo_sdk::Session;

use super::report::View;
use crate::styled::{Line, Screen, Style};
use crate::table::{Column, Table};
use crate::{due_format, todo_ref};

/// Where the todos are.
#[derive(Clone, Debug)]
pub(crate) enum Location {
    /// In a file on this machine: the path of its directory.
    Embedded(String),
    /// On a server: its address.
    Server(String),
}

/// Who is logged in where, as `todo status` shows it.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    /// Where the todos are.
    pub(crate) location: Location,
    /// Name of the login in the configuration file.
    pub(crate) profile: Option<String>,
    /// Name of the account.
    pub(crate) username: Option<String>,
    /// Where the token is stored, in words.
    pub(crate) token: Option<String>,
    /// How it stands: `ready`, `logged out`, `unreachable`.
    pub(crate) state: &'static str,
    /// The session of the token.
    pub(crate) session: Option<Session>,
    /// For telling times.
    pub(crate) now: ZonedDateTime,
}

impl View for Status {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut field = |name: &str, style: Style, value: &str| {
            lines.push(Line::new().with(Style::Dim, format!("{name:<9}")).with(style, value));
        };
        match &self.location {
            Location::Embedded(path) => {
                field("Server", Style::Strong, "none (embedded: your todos stay on this machine)");
                field("Data", Style::Plain, path);
            }
            Location::Server(url) => field("Server", Style::Strong, url),
        }
        if let Some(profile) = &self.profile {
            field("Profile", Style::Plain, profile);
        }
        if let Some(username) = &self.username {
            field("User", Style::Plain, username);
        }
        if let Some(token) = &self.token {
            field("Token", Style::Plain, token);
        }
        if let Some(session) = &self.session {
            let until = session.expire_time.to_zoned_datetime(self.now.time_zone().clone());
            field(
                "Session",
                Style::Plain,
                &format!("{}, until {}", session.client, due_format::minute(&until)),
            );
        }
        let style = if self.state == "ready" { Style::Good } else { Style::Alarm };
        field("State", style, self.state);
        lines
    }

    fn json(&self) -> Value {
        let (server, data) = match &self.location {
            Location::Embedded(path) => (None, Some(path)),
            Location::Server(url) => (Some(url), None),
        };
        json!({
            "embedded": server.is_none(),
            "server": server,
            "data_directory": data,
            "profile": self.profile,
            "username": self.username,
            "token": self.token,
            "state": self.state,
            "session": self.session.as_ref().map(session_json),
        })
    }

    fn ids(&self) -> Vec<String> {
        self.username.iter().cloned().collect()
    }
}

/// The live sessions of the account.
pub(crate) struct SessionList {
    /// In the order to show.
    pub(crate) sessions: Vec<Session>,
    /// For telling times.
    pub(crate) now: ZonedDateTime,
}

impl View for SessionList {
    fn lines(&self, screen: Screen) -> Vec<Line> {
        // A terminal gets as much of an id as tells the sessions apart, which is as much as one has to type.
        let digits = if screen.width.is_some() { todo_ref::distinct(&self.ids()) } else { usize::MAX };
        let row = |session: &Session| {
            let id: String = session.id.to_string().chars().take(digits).collect();
            let time = |time: jiff::Timestamp| {
                due_format::minute(&time.to_zoned_datetime(self.now.time_zone().clone()))
            };
            [
                Style::Name.span(id),
                Style::Plain.span(&session.client),
                Style::Plain.span(time(session.last_use_time)),
                Style::Dim.span(time(session.create_time)),
                Style::Dim.span(time(session.expire_time)),
                Style::Good.span(if session.current { "this one" } else { "" }),
            ]
        };
        let Some(width) = screen.width else {
            return self.sessions.iter().map(|session| Line::tabbed(row(session))).collect();
        };
        let mut table = Table::new([
            Column::new("SESSION"),
            Column::new("CLIENT").elastic(),
            Column::new("LAST USED").drop(3),
            Column::new("OPENED").drop(5),
            Column::new("ENDS").drop(4),
            Column::new("").drop(1),
        ]);
        self.sessions.iter().for_each(|session| table.row(row(session)));
        table.lines(width)
    }

    fn json(&self) -> Value {
        json!({ "sessions": self.sessions.iter().map(session_json).collect::<Vec<_>>() })
    }

    fn ids(&self) -> Vec<String> {
        self.sessions.iter().map(|session| session.id.to_string()).collect()
    }
}

/// Sessions that `todo sessions revoke` ended.
pub(crate) struct RevokedSessions {
    /// In the order in which they were named.
    pub(crate) sessions: Vec<Session>,
}

impl View for RevokedSessions {
    fn lines(&self, _: Screen) -> Vec<Line> {
        let line = |session: &Session| {
            Line::new()
                .with(Style::Warn, "Ended")
                .with(Style::Name, format!(" {}", session.id))
                .with(Style::Plain, format!(" {}", session.client))
        };
        self.sessions.iter().map(line).collect()
    }

    fn json(&self) -> Value {
        json!({ "action": "revoked", "sessions": self.sessions.iter().map(session_json).collect::<Vec<_>>() })
    }

    fn ids(&self) -> Vec<String> {
        self.sessions.iter().map(|session| session.id.to_string()).collect()
    }
}

/// The JSON document of a session.
pub(crate) fn session_json(session: &Session) -> Value {
    json!({
        "id": session.id.to_string(),
        "client": session.client,
        "create_time": session.create_time.to_string(),
        "last_use_time": session.last_use_time.to_string(),
        "expire_time": session.expire_time.to_string(),
        "current": session.current,
    })
}
