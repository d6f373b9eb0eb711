//! Tells systemd how we are: a datagram to the socket that it names.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::config;

/// The service manager, if one listens.
#[derive(Debug)]
pub(crate) struct Notifier {
    to: Option<(UnixDatagram, SocketAddr)>,
    every: Option<Duration>,
    last: Duration,
}

impl Notifier {
    /// Finds it.
    pub(crate) fn new() -> Self {
        let to = config::notify_socket().and_then(|name| connect(&name).ok());
        // Half of the time within which it wants to hear from us.
        Self { to, every: config::watchdog().map(|time| time / 2), last: Duration::ZERO }
    }

    /// Says something, such as `READY=1`. Nobody needs to hear it.
    pub(crate) fn say(&self, what: &str) {
        if let Some((socket, address)) = &self.to
            && let Err(error) = socket.send_to_addr(what.as_bytes(), address)
        {
            tracing::warn!("the service manager cannot be told {what}: {error}");
        }
    }

    /// Says that we live, when it is time to.
    pub(crate) fn beat(&mut self, now: Duration) {
        if self.every.is_some_and(|every| now >= self.last + every) {
            self.last = now;
            self.say("WATCHDOG=1");
        }
    }
}

fn connect(name: &str) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    Ok((UnixDatagram::unbound()?, address))
}
