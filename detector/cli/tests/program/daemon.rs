//! A running daemon, as those around it see it.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::place::{Place, lines};

/// Long enough for a slow machine that does other things too; nothing is measured by it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Lets time pass: something outside of this process needs it.
#[expect(clippy::disallowed_methods, reason = "a test waits for another process, and blocks nobody")]
pub(crate) fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

/// Waits until something is so; false if it never becomes so.
#[expect(clippy::disallowed_methods, reason = "a test must end though what it waits for does not come")]
pub(crate) fn comes_true(mut so: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    while !so() {
        if since.elapsed() > PATIENCE {
            return false;
        }
        pause(20);
    }
    true
}

/// `ambit run` in a place.
pub(crate) struct Daemon<'a> {
    place: &'a Place,
    child: Child,
    address: String,
}

/// What a request was answered.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) code: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl<'a> Daemon<'a> {
    /// Starts it with the `ambit.yaml` that is there, and waits until it listens.
    pub(crate) fn start(place: &'a Place) -> Self {
        Self::start_with(place, &[])
    }

    /// The same, with variables in its environment.
    pub(crate) fn start_with(place: &'a Place, variables: &[(&str, &str)]) -> Self {
        let log = File::create(place.path("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ambit"));
        command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(place.path(""));
        command.envs(variables.iter().copied());
        let child = command.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let mut daemon = Self { place, child, address: String::new() };
        daemon.until("it listens", |daemon| {
            let text = daemon.place.read("log");
            let at = text.split_once("listening on http://").map(|(_, rest)| rest);
            let address = at.and_then(|rest| rest.split(['"', '\n']).next()).map(str::to_owned);
            daemon.address = address.unwrap_or_default();
            !daemon.address.is_empty()
        });
        daemon
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, mut so: impl FnMut(&mut Self) -> bool) {
        let came = comes_true(|| {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended before {what}: {ended:?}\n{}", self.place.read("log"));
            so(self)
        });
        assert!(came, "not so after all this time: {what}\n{}", self.place.read("log"));
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.request(&format!("GET {path} HTTP/1.1\r\n"), b"")
    }

    /// Posts a body; `head` are further header lines.
    pub(crate) fn post(&self, path: &str, head: &str, body: &[u8]) -> Response {
        self.request(&format!("POST {path} HTTP/1.1\r\ncontent-length: {}\r\n{head}", body.len()), body)
    }

    fn request(&self, head: &str, body: &[u8]) -> Response {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(format!("{head}host: here\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
        // A server that refuses a body may close before it has all of it.
        let _sent = stream.write_all(body);
        let mut answer = Vec::new();
        let _read = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let code = head.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0);
        Response { code, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// The sum of the series of a metric.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let page = self.get("/metrics").body;
        let own = page
            .lines()
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
        own.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
    }

    /// Waits until the watermark has come to a moment, in seconds.
    pub(crate) fn until_watermark(&mut self, secs: i64) {
        #[expect(clippy::cast_precision_loss, reason = "a moment of this century")]
        let secs = secs as f64;
        self.until("the watermark has come so far", |daemon| {
            daemon.metric("ambit_watermark_timestamp_seconds") >= secs
        });
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Ends it as a service manager does.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.place.read("log"));
    }

    /// Ends it as a power failure does.
    pub(crate) fn kill(mut self) -> ExitStatus {
        self.child.kill().unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Whether a line was told before the watermark had passed its event.
fn is_early(line: &Value) -> bool {
    line["unmapped"]["provisional"] == true
}

/// The findings that were raised and delivered to a file so far; none where there is no file.
pub(crate) fn delivered(place: &Place, name: &str) -> Vec<Value> {
    let (_, raised) = all_delivered(place, name).into_iter().partition::<Vec<_>, _>(is_early);
    raised
}

/// Those that were told early, and those that were taken back.
pub(crate) fn delivered_early(place: &Place, name: &str) -> Vec<Value> {
    let (early, _) = all_delivered(place, name).into_iter().partition::<Vec<_>, _>(is_early);
    early
}

fn all_delivered(place: &Place, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(place.path(name)).unwrap_or_default();
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    lines(&text[..whole])
}
