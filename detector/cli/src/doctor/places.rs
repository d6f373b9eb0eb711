//! What the configuration names: is it there, can it be read or written, and does it hold what it should?

mod objects;

use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ambit_ingest::Reader;
use ambit_schemas::EventTime;
use ambit_schemas::time::DAY_MICROS;

use super::Notes;
use crate::clock;
use crate::config::{Config, From, Kept, Role, Sink, Source};
use crate::output::folder_of;
use crate::source;

/// Records of a source that are read to see whether they can be.
const SAMPLE: u64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks at all of it.
pub(super) fn look(config: &Config, notes: &mut Notes) {
    for source in &config.sources {
        match &source.from {
            From::File { paths, .. } => files(source, paths, notes),
            From::Http { token, .. } => {
                let token = if token.is_some() { "with a token" } else { "from anybody on this machine" };
                let what = format!("takes POST http://{}/ingest/{} {token}", config.http.listen, source.name);
                notes.well(format!("source {}", source.name), what);
            }
            From::Kafka { topic, .. } => {
                notes.well(format!("source {}", source.name), format!("reads {topic}"));
            }
            From::Objects(from) => objects::source(source, from, notes),
        }
    }
    match &config.role {
        Role::All => {}
        Role::Ingest(events) => notes.well("events", format!("hands on to {}", events.topic)),
        Role::Detect(peers) => notes.well("peers", format!("shares the shards of {}", peers.topic)),
    }
    for sink in &config.sinks {
        match sink {
            Sink::Ndjson { path, .. } => writable("sink", folder_of(path), notes),
            Sink::Webhook(webhook) => reach(&webhook.url, notes),
            Sink::Kafka(sink) => notes.well("sink", format!("writes to {}", sink.topic)),
        }
    }
    if let Some(local) = &config.checkpoint.local {
        folder("checkpoint store", local, notes);
    }
    match config.archive.as_ref().map(|archive| &archive.kept) {
        Some(Kept::Folder(path)) => folder("archive", path, notes),
        Some(Kept::Objects(place)) => objects::kept("archive", place, notes),
        None => {}
    }
}

/// A folder that the daemon makes.
fn folder(about: &str, folder: &Path, notes: &mut Notes) {
    if folder.exists() {
        writable(about, folder, notes);
    } else {
        notes.look(about, format!("{} is not there yet; the daemon makes it", folder.display()));
    }
}

fn files(source: &Source, paths: &[PathBuf], notes: &mut Notes) {
    let about = format!("source {}", source.name);
    let (there, absent) = paths.iter().cloned().partition::<Vec<_>, _>(|path| path.metadata().is_ok());
    for path in &absent {
        notes.ill(&about, format!("{} is not there, or its folder may not be entered", path.display()));
    }
    let (there, pipes) = there.into_iter().partition::<Vec<_>, _>(|path| path.is_file() || path.is_dir());
    for path in &pipes {
        notes.ill(&about, format!("{} is a pipe or device and no file that can be watched", path.display()));
    }
    let mut reader = match Reader::open(&there, source::settings(source)) {
        Ok(reader) => reader,
        Err(error) => return notes.ill(&about, error.to_string()),
    };
    judge(&about, &mut reader, notes);
}

/// Reads some records and says what became of them.
fn judge(about: &str, reader: &mut Reader, notes: &mut Notes) {
    let (mut first_reason, mut latest) = (None, None::<EventTime>);
    while reader.counts().total().read < SAMPLE
        && let Some(delivery) = reader.next()
    {
        let reject = delivery.rejects.first();
        first_reason = first_reason.or_else(|| reject.map(|one| format!("{}: {}", one.position, one.reason)));
        latest = latest.max(delivery.batch.times().iter().max().map(|time| EventTime(*time)));
    }
    let (total, progress) = (reader.counts().total(), reader.progress());
    let reason = first_reason.unwrap_or_default();
    match (total.read, total.rows, total.rejected) {
        (0, ..) => {
            let skipped = progress.files_skipped;
            let files = progress.files_read;
            notes.ill(about, format!(
                "no record is there: {files} files hold none, and {skipped} are of no kind that a folder walk takes; \
                 name a file itself if its ending is another"
            ));
        }
        (read, 0, 0) => notes.look(about, format!("{read} records, none of them an event of an identity")),
        (read, 0, _) => notes.ill(about, format!("none of {read} records can be read; the first: {reason}")),
        (read, rows, 0) => notes.well(about, format!("{read} records were tried and gave {rows} events")),
        (read, _, rejected) => {
            notes.look(about, format!("{rejected} of {read} records cannot be read; the first: {reason}"));
        }
    }
    let now = clock::wall();
    if let Some(latest) = latest {
        if latest > now {
            notes.ill(
                about,
                format!(
                    "its latest event is of {latest}, and this machine's clock says {now}: set the clock"
                ),
            );
        } else if now.micros_since(latest) > 7 * DAY_MICROS {
            notes.look(
                about,
                format!("its latest tried event is of {latest}: is anything still written there?"),
            );
        }
    }
}

fn writable(about: &str, folder: &Path, notes: &mut Notes) {
    match tempfile::NamedTempFile::new_in(folder) {
        Ok(_) => notes.well(about, format!("{} can be written", folder.display())),
        Err(error) => notes.ill(about, format!("{} cannot be written: {error}", folder.display())),
    }
}

fn reach(url: &str, notes: &mut Notes) {
    let Ok(uri) = url.parse::<ureq::http::Uri>() else {
        return notes.ill("sink", format!("{url} is no URL"));
    };
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
    let addresses = (host, port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
    match addresses {
        Err(error) => notes.ill("sink", format!("{host} is not known: {error}")),
        Ok(addresses) => {
            let open = addresses.iter().any(|address| TcpStream::connect_timeout(address, PATIENCE).is_ok());
            if open {
                notes.well("sink", format!("{host}:{port} listens"));
            } else {
                notes.ill("sink", format!("{host}:{port} cannot be reached"));
            }
        }
    }
}
