//! The sockets.

use std::{io, net::SocketAddr};

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
}

impl Listeners {
    /// Binds every address of the configuration.
    ///
    /// # Errors
    /// [`Error::Startup`], naming the address that could not be bound.
    pub fn bind(config: &Config) -> Result<Self> {
        let sockets = config.listen.iter().map(|address| bind(*address)).collect::<Result<_>>()?;
        Ok(Self { sockets })
    }

    /// The addresses really listened on: where port 0 was asked for, the port that it became.
    pub fn addresses(&self) -> Result<Vec<SocketAddr>> {
        let address = |socket: &TcpListener| socket.local_addr().map_err(Error::internal);
        self.sockets.iter().map(address).collect()
    }

    pub(crate) fn into_sockets(self) -> Vec<TcpListener> {
        self.sockets
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
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
            io::ErrorKind::AddrInUse => {
                "Another program, perhaps another todo-server, listens there. Stop it or choose another --listen."
            }
            io::ErrorKind::PermissionDenied => "Choose a port of 1024 or above with --listen.",
            _ => "Check --listen: it must be an address of this machine.",
        };
        Error::startup_because(format!("The server cannot listen on {address}."), error, hint)
    })
}
