//! The sockets.

use std::{io, net::SocketAddr};

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpSocket};

use crate::{
    config::Config,
    error::{Error, Result},
};

/// Connections that may wait in the kernel to be accepted.
const BACKLOG: u32 = 1_024;

/// The sockets that a server listens on.
#[derive(Debug)]
pub struct Listeners {
    sockets: Vec<TcpListener>,
    admin: Option<TcpListener>,
}

impl Listeners {
    /// Binds every address of the configuration.
    ///
    /// # Errors
    /// [`Error::Startup`], naming the address that could not be bound.
    pub fn bind(config: &Config) -> Result<Self> {
        let sockets = config.listen.iter().map(|address| bind(*address, "listen")).collect::<Result<_>>()?;
        Ok(Self { sockets, admin: bind_admin(config)? })
    }

    /// Takes the sockets that the system has opened for this process (socket activation of systemd) in place of
    /// `--listen`, or else binds every address of the configuration.
    ///
    /// # Errors
    /// [`Error::Startup`], if a socket that was handed in is not one to accept TCP connections on, or as
    /// [`Listeners::bind`].
    pub fn inherit_or_bind(config: &Config) -> Result<Self> {
        let mut inherited = ListenFd::from_env();
        if inherited.len() == 0 {
            return Self::bind(config);
        }
        let unusable = |error: io::Error| {
            Error::startup_because(
                "A socket that was handed in by LISTEN_FDS cannot be used.",
                error,
                "Each must be a TCP socket that listens: ListenStream=7878 in the systemd socket.",
            )
        };
        let mut sockets = Vec::new();
        for index in 0..inherited.len() {
            let socket = inherited.take_tcp_listener(index).and_then(|socket| {
                let socket = socket.ok_or(io::ErrorKind::NotFound)?;
                socket.set_nonblocking(true)?;
                TcpListener::from_std(socket)
            });
            sockets.push(socket.map_err(unusable)?);
        }
        tracing::info!("the system has opened the sockets: --listen is not used");
        Ok(Self { sockets, admin: bind_admin(config)? })
    }

    /// The addresses really listened on: where port 0 was asked for, the port that it became.
    pub fn addresses(&self) -> Result<Vec<SocketAddr>> {
        let address = |socket: &TcpListener| socket.local_addr().map_err(Error::internal);
        self.sockets.iter().map(address).collect()
    }

    /// The address of `/livez`, `/readyz` and `/metrics`, if there is one.
    pub fn admin_address(&self) -> Result<Option<SocketAddr>> {
        self.admin.as_ref().map(|socket| socket.local_addr().map_err(Error::internal)).transpose()
    }

    /// The sockets for everybody, and the one for operators.
    pub(crate) fn into_sockets(self) -> (Vec<TcpListener>, Option<TcpListener>) {
        (self.sockets, self.admin)
    }
}

fn bind_admin(config: &Config) -> Result<Option<TcpListener>> {
    config.admin_listen.map(|address| bind(address, "admin-listen")).transpose()
}

fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A restart does not wait until the connections of the last run are forgotten.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "Another program, perhaps another todo-server, listens there. Stop it or choose another --{setting}."
            ),
            io::ErrorKind::PermissionDenied => format!("Choose a port of 1024 or above with --{setting}."),
            _ => format!("Check --{setting}: it must be an address of this machine."),
        };
        Error::startup_because(format!("The server cannot listen on {address}."), error, hint)
    })
}
