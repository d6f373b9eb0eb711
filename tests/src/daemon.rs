//! A running daemon, as those around it see it. The tests of the program and those of the whole house start it here.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a part of tests: what goes wrong here must end the test that it serves"
)]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Long enough for a slow machine that does other things too; nothing is measured by it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Lets time pass: something outside of this process needs it.
#[expect(clippy::disallowed_methods, reason = "a test waits for another process, and blocks nobody")]
pub fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

/// Waits until something is so; false if it never becomes so.
#[expect(clippy::disallowed_methods, reason = "a test must end though what it waits for does not come")]
pub fn comes_true(mut so: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    while !so() {
        if since.elapsed() > PATIENCE {
            return false;
        }
        pause(20);
    }
    true
}

/// `ambit run` in a folder; it ends with this value.
#[derive(Debug)]
pub struct Daemon {
    folder: PathBuf,
    child: Child,
    address: String,
}

/// What a request was answered.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub code: u16,
    /// The status line and the headers, in small letters.
    pub head: String,
    /// What follows.
    pub body: String,
}

impl Daemon {
    /// Starts a program with the `ambit.yaml` that is in a folder and these variables in its environment, and waits until
    /// it listens. What it says goes to `log` there.
    pub fn start(program: &Path, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let log = File::create(folder.join("log")).unwrap();
        let mut command = Command::new(program);
        command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(folder);
        command.envs(variables.iter().copied());
        let child = command.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let mut daemon = Self { folder: folder.to_owned(), child, address: String::new() };
        daemon.until("it listens", |daemon| {
            let text = daemon.log();
            let at = text.split_once("listening on http://").map(|(_, rest)| rest);
            let address = at.and_then(|rest| rest.split(['"', '\n']).next()).map(str::to_owned);
            daemon.address = address.unwrap_or_default();
            !daemon.address.is_empty()
        });
        daemon
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Waits until something is so.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut so: impl FnMut(&mut Self) -> bool) {
        let came = comes_true(|| {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended before {what}: {ended:?}\n{}", self.log());
            so(self)
        });
        assert!(came, "not so after all this time: {what}\n{}", self.log());
    }

    /// Waits until every part of it works. A source of Kafka that was told of an error says so until the next statistics,
    /// a second later.
    #[track_caller]
    pub fn until_ready(&mut self) {
        let mut told = String::new();
        let came = comes_true(|| {
            let ready = self.get("/readyz");
            told = ready.body;
            ready.code == 200
        });
        assert!(came, "not ready after all this time: {told}\n{}", self.log());
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What `GET` answers.
    pub fn get(&self, path: &str) -> Response {
        self.request(&format!("GET {path} HTTP/1.1\r\n"), b"")
    }

    /// Posts a body; `head` are further header lines.
    pub fn post(&self, path: &str, head: &str, body: &[u8]) -> Response {
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
    pub fn metric(&self, name: &str) -> f64 {
        sum(&self.get("/metrics").body, name)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the watermark has come to a moment, in seconds.
    pub fn until_watermark(&mut self, secs: i64) {
        #[expect(clippy::cast_precision_loss, reason = "a moment of this century")]
        let secs = secs as f64;
        self.until("the watermark has come so far", |daemon| {
            daemon.metric("ambit_watermark_timestamp_seconds") >= secs
        });
    }

    /// Sends a signal by its short name.
    pub fn signal(&self, name: &str) {
        // The shell's own: a bare Debian has no program of that name.
        let kill = format!("kill -s {name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Ends it as a service manager does.
    #[track_caller]
    pub fn stop(mut self) {
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }

    /// Ends it as a power failure does.
    pub fn kill(mut self) -> ExitStatus {
        self.child.kill().unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// The sum of the series of a metric on a page of them; of one series, if its labels stand in the name.
pub fn sum(page: &str, name: &str) -> f64 {
    let own =
        page.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
    own.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
}

/// Whether a line was told before the watermark had passed its event.
fn is_early(line: &Value) -> bool {
    line["unmapped"]["provisional"] == true
}

/// The findings that were raised and delivered to a file so far; none where there is no file.
pub fn delivered(path: &Path) -> Vec<Value> {
    all_delivered(path).into_iter().filter(|line| !is_early(line)).collect()
}

/// Those that were told early, and those that were taken back.
pub fn delivered_early(path: &Path) -> Vec<Value> {
    all_delivered(path).into_iter().filter(is_early).collect()
}

fn all_delivered(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    text[..whole].lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
