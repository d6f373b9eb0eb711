//! Where findings go: from what is written to what is meant.

use std::path::{Path, PathBuf};

use ambit_ingest::input::is_taken;

use super::{Problems, kafka};
use crate::config::raw::{RawNdjson, RawSink, RawWebhook};
use crate::config::{From, Fsync, Kept, Secret, Sink, Source, Webhook};
use crate::output::folder_of;

/// All sinks; the place of the checkpoints tells the transactions of a topic from others'.
pub(super) fn check(raw: &[RawSink], sources: &[Source], kept: &Kept, problems: &mut Problems) -> Vec<Sink> {
    let mut files = Vec::new();
    let mut sinks = Vec::new();
    for (index, raw) in raw.iter().enumerate() {
        let at = |kind| format!("sinks[{index}].{kind}");
        let (sink, file) = match raw {
            RawSink::Ndjson(raw) => {
                let at = at("ndjson");
                (ndjson(&at, raw, problems), Some((format!("{at}.path"), &raw.path)))
            }
            RawSink::Webhook(raw) => {
                let at = at("webhook");
                let file = raw.dead_letters.as_ref().map(|path| (format!("{at}.dead_letters"), path));
                (webhook(&at, raw, problems), file)
            }
            RawSink::Kafka(raw) => (kafka::sink(&at("kafka"), raw, kept, problems).map(Sink::Kafka), None),
        };
        sinks.extend(sink);
        files.extend(file);
    }
    for (index, (field, path)) in files.iter().enumerate() {
        file((field, path), sources, kept, problems);
        let place = place(path);
        // Any number may write to something like `/dev/null`.
        let is_device = path.metadata().is_ok_and(|found| !found.is_file());
        let same = files[..index].iter().find(|(_, other)| !is_device && self::place(other) == place);
        if let Some((other, _)) = same {
            problems.add(field, format!("{other} writes to the same file: give one of them another"));
        }
    }
    sinks
}

/// Where a file is, whatever it is called.
fn place(path: &Path) -> PathBuf {
    let folder = folder_of(path);
    let folder = folder.canonicalize().unwrap_or_else(|_unknown| folder.to_owned());
    path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))
}

/// A file that is appended to has to have a folder, and no source may read it. The folder of the checkpoints is made by the
/// daemon.
fn file((field, path): (&str, &Path), sources: &[Source], kept: &Kept, problems: &mut Problems) {
    let folder = folder_of(path);
    let is_made = matches!(kept, Kept::Folder(own) if own == folder);
    if path.is_dir() {
        problems.add(field, "is a folder: name a file in it");
    } else if !folder.is_dir() && !is_made {
        problems.add(field, format!("there is no folder {}; make it", folder.display()));
    }
    let place = place(path);
    let reads = |source: &&Source| match &source.from {
        From::File { paths, .. } => paths.iter().any(|read| {
            let read = self::place(read);
            place == read || (place.starts_with(read) && is_taken(path))
        }),
        _ => false,
    };
    if let Some(source) = sources.iter().find(reads) {
        problems.add(field, format!("source {} would read it: give it another place", source.name));
    }
}

fn ndjson(at: &str, raw: &RawNdjson, problems: &mut Problems) -> Option<Sink> {
    let fsync = match raw.fsync.as_str() {
        "always" => Ok(Fsync::Always),
        "checkpoint" => Ok(Fsync::Checkpoint),
        "never" => Ok(Fsync::Never),
        _ => Err("write `always`, `checkpoint` or `never`".to_owned()),
    };
    let fsync = problems.take(&format!("{at}.fsync"), fsync)?;
    Some(Sink::Ndjson { path: raw.path.clone(), fsync })
}

fn webhook(at: &str, raw: &RawWebhook, problems: &mut Problems) -> Option<Sink> {
    let host = raw.url.strip_prefix("https://").or_else(|| raw.url.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with(['/', ':', '?', '#'])) {
        problems.add(format!("{at}.url"), "give a URL that begins with https:// or http:// and a host");
    }
    if raw.give_up_secs.is_some() && raw.dead_letters.is_none() {
        problems.add(format!("{at}.give_up_secs"), "what is given up would be lost: give `dead_letters` too");
    }
    let secret = Secret::read(raw.secret_file.as_deref(), raw.secret_env.as_deref());
    let named = if raw.secret_file.is_some() { "secret_file" } else { "secret_env" };
    let secret = problems.take(&format!("{at}.{named}"), secret)?;
    let timeout = problems.secs(&format!("{at}.timeout_secs"), raw.timeout_secs);
    if raw.timeout_secs == 0.0 {
        problems
            .add(format!("{at}.timeout_secs"), "no request would ever be answered in time: give more than 0");
    }
    Some(Sink::Webhook(Webhook {
        url: raw.url.clone(),
        secret,
        batch: problems.some(&format!("{at}.batch"), raw.batch),
        timeout,
        dead_letters: raw.dead_letters.clone(),
        give_up: raw.give_up_secs.map(|secs| problems.secs(&format!("{at}.give_up_secs"), secs)),
    }))
}
