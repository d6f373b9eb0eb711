//! A proxy that breaks connections: between the program and a server, so that the network fails and the server does not.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a part of tests: what goes wrong here must end the test that it serves"
)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use super::daemon::pause;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Bytes pass.
    Well,
    /// Every connection is cut, and new ones are cut at once.
    Cut,
    /// A few bytes at a time pass, with pauses.
    Slow,
    /// Connections stay, and are made; nothing passes.
    HalfOpen,
}

impl Mode {
    const ALL: [Self; 4] = [Self::Well, Self::Cut, Self::Slow, Self::HalfOpen];
}

/// The proxy; its threads end with the process.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: String,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    target: String,
    mode: AtomicU8,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// A proxy before an address, at which there need not be anybody yet.
    pub fn before(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let inner =
            Arc::new(Inner { target: target.to_owned(), mode: AtomicU8::new(0), open: Mutex::default() });
        let own = Arc::clone(&inner);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|client| own.serve(&client)));
        Self { address, inner }
    }

    /// Behaves so from now on.
    pub fn set(&self, mode: Mode) {
        self.inner.mode.store(mode as u8, Ordering::SeqCst);
        if mode == Mode::Cut {
            self.inner.cut();
        }
    }
}

impl Inner {
    fn mode(&self) -> Mode {
        Mode::ALL[usize::from(self.mode.load(Ordering::SeqCst))]
    }

    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }

    fn serve(self: &Arc<Self>, client: &TcpStream) {
        if self.mode() == Mode::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(&self.target) else { return };
        let ends = [client, &server].map(|stream| stream.try_clone().unwrap());
        self.open.lock().unwrap().extend(ends);
        // A cut that came in between has not seen them.
        if self.mode() == Mode::Cut {
            self.cut();
        }
        for (from, to) in [(client, &server), (&server, client)] {
            let (own, from, to) = (Arc::clone(self), from.try_clone().unwrap(), to.try_clone().unwrap());
            std::thread::spawn(move || own.pump(from, to));
        }
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let piece = if self.mode() == Mode::Slow { 2 << 10 } else { bytes.len() };
            for piece in bytes[..count].chunks(piece) {
                while self.mode() == Mode::HalfOpen {
                    pause(20);
                }
                if self.mode() == Mode::Slow {
                    pause(10);
                }
                if to.write_all(piece).is_err() {
                    return;
                }
            }
        }
        let _gone = to.shutdown(Shutdown::Both);
    }
}
