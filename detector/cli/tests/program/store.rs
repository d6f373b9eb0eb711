//! A store that does what a test wants: it speaks as much of S3 as reading takes, and fails when it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// The second of the day 2026-07-01 at which an object was put there counts up from noon.
const DAY: &str = "2026-07-01";

/// A bucket named `logs`.
#[derive(Clone)]
pub(crate) struct Store {
    address: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Object>,
    /// Names that are listed and are not there.
    ghosts: BTreeMap<String, Object>,
    /// The code that every request is answered with.
    down: Option<u16>,
    /// The code that an object is answered with.
    faults: BTreeMap<String, u16>,
    /// How often an object was asked for.
    asked: BTreeMap<String, u32>,
    puts: u32,
}

#[derive(Clone)]
struct Object {
    bytes: Vec<u8>,
    tag: u32,
    secs: u32,
}

impl Object {
    fn time(&self) -> String {
        format!("{:02}:{:02}:{:02}", 12 + self.secs / 3_600, self.secs / 60 % 60, self.secs % 60)
    }
}

impl Store {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let store = Self { address, inner: Arc::default() };
        let serving = store.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let store = serving.clone();
                thread::spawn(move || store.serve(&stream));
            }
        });
        store
    }

    /// What the program must be told in its environment.
    pub(crate) fn variables(&self) -> [(&str, &str); 4] {
        [
            ("AWS_ENDPOINT", self.address.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", "hush-hush"),
        ]
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let mut inner = self.lock();
        inner.puts += 1;
        let object = Object { bytes: bytes.into(), tag: inner.puts, secs: inner.puts };
        inner.objects.insert(key.to_owned(), object);
    }

    /// Puts an object there as if that had been at another second.
    pub(crate) fn put_at(&self, key: &str, bytes: impl Into<Vec<u8>>, secs: u32) {
        let mut inner = self.lock();
        inner.puts += 1;
        let object = Object { bytes: bytes.into(), tag: inner.puts, secs };
        inner.objects.insert(key.to_owned(), object);
    }

    /// Lists an object that is not there.
    pub(crate) fn put_ghost(&self, key: &str) {
        self.put(key, "gone");
        let mut inner = self.lock();
        let ghost = inner.objects.remove(key).unwrap();
        inner.ghosts.insert(key.to_owned(), ghost);
    }

    pub(crate) fn remove(&self, key: &str) {
        let mut inner = self.lock();
        inner.objects.remove(key);
        inner.ghosts.remove(key);
    }

    /// Answers every request with a code; with what it should from then on.
    pub(crate) fn fail(&self, code: Option<u16>) {
        self.lock().down = code;
    }

    /// Answers for an object with a code, or as it should.
    pub(crate) fn fail_at(&self, key: &str, code: Option<u16>) {
        let faults = &mut self.lock().faults;
        match code {
            Some(code) => faults.insert(key.to_owned(), code),
            None => faults.remove(key),
        };
    }

    /// How often an object was asked for.
    pub(crate) fn asked(&self, key: &str) -> u32 {
        self.lock().asked.get(key).copied().unwrap_or(0)
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        loop {
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_owned());
            }
            let (answer, mut body) = self.answer(&head);
            if head[0].starts_with("HEAD ") {
                body.clear();
            }
            let mut stream = stream;
            if stream.write_all(answer.as_bytes()).is_err() || stream.write_all(&body).is_err() {
                return;
            }
        }
    }

    fn answer(&self, head: &[String]) -> (String, Vec<u8>) {
        let target = head[0].split(' ').nth(1).unwrap();
        let mut inner = self.lock();
        if let Some(code) = inner.down {
            return plain(code);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let key = plain_key(path.trim_start_matches("/logs").trim_start_matches('/'));
        if query.contains("list-type=2") {
            let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
            return inner.list(&plain_key(prefix), query.contains("delimiter="));
        }
        *inner.asked.entry(key.clone()).or_default() += 1;
        if let Some(code) = inner.faults.get(&key) {
            return plain(*code);
        }
        let Some(object) = inner.objects.get(&key) else { return plain(404) };
        let size = object.bytes.len();
        let range =
            head.iter().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
        let range = range.map(|range| {
            let (from, to) = range.split_once('-').unwrap();
            (from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap().min(size - 1))
        });
        let (code, part, more) = match range {
            None => (200, &object.bytes[..], String::new()),
            Some((from, to)) => {
                (206, &object.bytes[from..=to], format!("content-range: bytes {from}-{to}/{size}\r\n"))
            }
        };
        let answer = format!(
            "HTTP/1.1 {code} here\r\ncontent-length: {}\r\netag: \"{}\"\r\n\
             last-modified: Wed, 01 Jul 2026 {} GMT\r\n{more}\r\n",
            part.len(),
            object.tag,
            object.time()
        );
        (answer, part.to_vec())
    }
}

impl Inner {
    fn list(&self, prefix: &str, by_folder: bool) -> (String, Vec<u8>) {
        let mut page = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        let mut folders = BTreeSet::new();
        for (key, object) in
            self.objects.iter().chain(&self.ghosts).filter(|(key, _)| key.starts_with(prefix))
        {
            let folder = key[prefix.len()..].split_once('/').map(|(folder, _)| folder);
            if let Some(folder) = folder.filter(|_| by_folder) {
                folders
                    .insert(format!("<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>"));
                continue;
            }
            write!(
                page,
                "<Contents><Key>{key}</Key><LastModified>{DAY}T{}.000Z</LastModified><ETag>\"{}\"</ETag>\
                 <Size>{}</Size></Contents>",
                object.time(),
                object.tag,
                object.bytes.len()
            )
            .unwrap();
        }
        page.extend(folders);
        page += "</ListBucketResult>";
        let head = format!(
            "HTTP/1.1 200 here\r\ncontent-type: application/xml\r\ncontent-length: {}\r\n\r\n",
            page.len()
        );
        (head, page.into_bytes())
    }
}

/// A key without what a URL makes of it.
fn plain_key(text: &str) -> String {
    text.replace("%2F", "/").replace("%3D", "=")
}

fn plain(code: u16) -> (String, Vec<u8>) {
    let body = format!("<Error><Code>Code{code}</Code><Message>no</Message></Error>");
    (format!("HTTP/1.1 {code} no\r\ncontent-length: {}\r\n\r\n", body.len()), body.into_bytes())
}
