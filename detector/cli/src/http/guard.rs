//! Connections that cost little: so many at once, and none that is answered nothing for long. Whoever holds them open for
//! nothing must not take from the sources the files that they need, nor from others their turn.

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
/// After so long between two requests a connection is closed, and as long after a request has begun, if it is not answered by
/// then. Those who send telemetry now and then connect anew.
const SILENCE: Duration = Duration::from_mins(1);
/// By so much what is sent of a request puts that off, in bytes a second: a large body may take its time, one that drips may
/// not.
const LEAST_RATE: u32 = 1_024;

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
        let until = Instant::now() + self.silence;
        let silence = Box::pin(tokio::time::sleep_until(until));
        (Timed { stream, silence, patience: self.silence, until, is_asked: false, _room: room }, address)
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
    /// Until when it may stay open as things stand.
    until: Instant,
    /// Whether something was sent since the last answer.
    is_asked: bool,
    _room: OwnedSemaphorePermit,
}

impl Timed {
    /// Something was sent to us: a request begins, or it may take as much longer as that is worth.
    fn heard(&mut self, bytes: usize) {
        if !std::mem::replace(&mut self.is_asked, true) {
            return self.stay(Instant::now() + self.patience);
        }
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let latest = Instant::now() + self.patience;
        self.stay((self.until + Duration::from_secs(1) * bytes / LEAST_RATE).min(latest));
    }

    /// Something was answered, or is taken.
    fn answered(&mut self) {
        self.is_asked = false;
        self.stay(Instant::now() + self.patience);
    }

    fn stay(&mut self, until: Instant) {
        self.until = until;
        self.silence.as_mut().reset(until);
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, into) {
            let count = into.filled().len() - before;
            self.heard(count);
            // What drips is as good as silent.
            if Instant::now() < self.until {
                return Poll::Ready(read);
            }
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
        self.answered();
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
        // Nor is it of use to drip.
        let mut drips = ["G", "G", "G"].map(connect);
        for _ in 0..8 {
            runtime.block_on(tokio::time::sleep(Duration::from_millis(100)));
            for stream in &mut drips {
                // It may be closed by now.
                drop(stream.write_all(b"E"));
            }
        }
        assert!(answer(&mut connect(request)).ends_with("here"));
        // A request has its own time, however long it was quiet before.
        let mut quiet = connect(request);
        assert!(answer(&mut quiet).ends_with("here"));
        runtime.block_on(tokio::time::sleep(Duration::from_millis(200)));
        let (begin, end) = request.split_at(9);
        quiet.write_all(begin.as_bytes()).unwrap();
        runtime.block_on(tokio::time::sleep(Duration::from_millis(200)));
        quiet.write_all(end.as_bytes()).unwrap();
        assert!(answer(&mut quiet).ends_with("here"));
        // One that goes on asking stays.
        let mut steady = connect(request);
        for _ in 0..8 {
            assert!(answer(&mut steady).ends_with("here"));
            runtime.block_on(tokio::time::sleep(Duration::from_millis(100)));
            steady.write_all(request.as_bytes()).unwrap();
        }
    }
}
