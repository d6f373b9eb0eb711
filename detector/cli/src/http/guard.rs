//! Connections that cost little: so many at once, and none that is silent for long. Whoever holds them open for nothing must
//! not take from the sources the files that they need.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// Connections at once; more wait until one ends. A system mostly gives a program 1,024 open files.
const MOST: usize = 512;
/// After so long without a byte a connection is closed, whether it is in the middle of a request or between two. Those who
/// send telemetry now and then connect anew.
const SILENCE: Duration = Duration::from_mins(1);

/// A listener that bounds its connections.
#[derive(Debug)]
pub(super) struct Guarded {
    listener: TcpListener,
    room: Arc<Semaphore>,
    silence: Duration,
}

impl Guarded {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, room: Arc::new(Semaphore::new(MOST)), silence: SILENCE }
    }
}

impl Listener for Guarded {
    type Io = Timed;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Timed, Self::Addr) {
        let room = loop {
            // It is never closed.
            if let Ok(room) = Arc::clone(&self.room).acquire_owned().await {
                break room;
            }
        };
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let silence = Box::pin(tokio::time::sleep(self.silence));
        (Timed { stream, silence, patience: self.silence, _room: room }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when it is silent for too long.
#[derive(Debug)]
pub(super) struct Timed {
    stream: TcpStream,
    silence: Pin<Box<Sleep>>,
    patience: Duration,
    _room: OwnedSemaphorePermit,
}

impl Timed {
    /// Something was sent or taken.
    fn stirs(&mut self) {
        let now = Instant::now();
        self.silence.as_mut().reset(now + self.patience);
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, into) {
            self.stirs();
            return Poll::Ready(read);
        }
        ready!(self.silence.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.stirs();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use axum::Router;
    use axum::routing::get;

    use super::*;

    /// An answer, or nothing where the connection was closed without one.
    fn answer(stream: &mut std::net::TcpStream) -> String {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut bytes = [0; 1_024];
        let count = stream.read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    #[test]
    fn who_says_nothing_makes_room_for_others() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _inside = runtime.enter();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let room = Arc::new(Semaphore::new(3));
        let guarded = Guarded { listener, room, silence: Duration::from_millis(300) };
        let router = Router::new().route("/", get(|| async { "here" }));
        runtime.spawn(async move { axum::serve(guarded, router).await });
        let connect = |begin: &str| {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(begin.as_bytes()).unwrap();
            stream
        };
        let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut idle = ["", "P", "POST /ingest/a HTTP/1.1\r\nHost: x\r\n"].map(connect);
        // All room is taken; it is answered once they have gone.
        assert!(answer(&mut connect(request)).ends_with("here"));
        for stream in &mut idle {
            assert_eq!(answer(stream), "");
        }
        // One that goes on asking stays.
        let mut steady = connect(request);
        for _ in 0..8 {
            assert!(answer(&mut steady).ends_with("here"));
            runtime.block_on(tokio::time::sleep(Duration::from_millis(100)));
            steady.write_all(request.as_bytes()).unwrap();
        }
    }
}
