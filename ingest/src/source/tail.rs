//! Files that grow, are rotated, are cut short, or arrive whole.
//!
//! A file of lines is read up to its last line end and goes on from there. Any other file (compressed, one document, an
//! array, Parquet) is read once it has stopped changing. A file is known by its inode and by its first bytes: so one that
//! was renamed is read on, an inode that was given to another file is not, and a copy of a file (as `copytruncate` or
//! a compressing rotation leaves it) is read from where its original was left.

mod copies;
mod form;
mod lines;
mod mark;
mod watched;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ambit_schemas::EventTime;

use self::form::{Form, Head, Look};
use self::lines::Piece;
use self::mark::{Kept, renamed};
use self::watched::{FileId, Rest, Watched};
use super::Mark;
use crate::decode::{Decoder, Settings};
use crate::input::{Input, Walk, walk};
use crate::record::Delivery;

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct TailSettings {
    /// Files and folders; a folder is walked.
    pub paths: Vec<PathBuf>,
    /// How to decode.
    pub decode: Settings,
    /// How long a file must have been still before what is not ended by a line end is taken as whole.
    pub settle: Duration,
    /// Where to begin with the files that are there at the very first start.
    pub begin: Begin,
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// With their first byte.
    Start,
    /// Behind their last.
    End,
}

/// Something that happened.
#[derive(Debug)]
pub enum News {
    /// A partition was found that is to be read: nothing is known of its events yet.
    Found(Arc<str>),
    /// A piece was read.
    Read(Read),
    /// A partition was read to its present end.
    CaughtUp(Arc<str>),
    /// A partition was read as a whole. It is remembered, so that it is not read again.
    Finished(Arc<str>),
    /// A partition will bring nothing more; its mark is not needed any longer.
    Gone(Arc<str>),
    /// A file was cut short or replaced in its place, and is read from its start.
    Restarted(Arc<str>),
    /// Something cannot be read; it is tried again.
    Trouble(String),
}

impl News {
    /// How far a partition is, without anything that was read of it.
    fn marked(mark: Mark) -> Self {
        Self::Read(Read { partition: mark.partition.as_str().into(), delivery: None, mark, bytes: 0 })
    }
}

/// A piece of a partition.
#[derive(Debug)]
pub struct Read {
    /// The partition.
    pub partition: Arc<str>,
    /// What it gave; nothing where there were only blanks.
    pub delivery: Option<Delivery>,
    /// How far it has been read with this piece.
    pub mark: Mark,
    /// Bytes read for it, as they are stored.
    pub bytes: u64,
}

/// The mark that a source has begun, whatever files there are: what comes later is new.
const BEGUN: &str = "begun";
/// Files that were cut short which are remembered.
const MOST_CUT: usize = 64;

/// Watches files.
#[derive(Debug)]
pub struct Tail {
    settings: TailSettings,
    decoder: Decoder,
    files: BTreeMap<FileId, Watched>,
    /// From the checkpoint, for files that have not been found yet.
    kept: Vec<Kept>,
    /// By what bytes files were known, and how far they were read, before they were cut short: the copy that was made of one
    /// may be found later.
    cut: VecDeque<(Head, i64)>,
    /// Whether there is a checkpoint, or a scan was made: what is found then is new.
    begun: bool,
}

impl Tail {
    /// Goes on from marks; there are none at the very first start.
    pub fn new(settings: TailSettings, marks: &[Mark]) -> Self {
        Self {
            decoder: Decoder::new(settings.decode.clone()),
            settings,
            files: BTreeMap::new(),
            kept: marks.iter().filter_map(Kept::of).collect(),
            cut: VecDeque::new(),
            begun: !marks.is_empty(),
        }
    }

    /// Moves the latest plausible event time.
    pub const fn plausible_until(&mut self, latest: EventTime) {
        self.settings.decode.times.latest = Some(latest);
        self.decoder.plausible_until(latest);
    }

    /// Looks which files there are. `now` is the time since any fixed moment.
    pub fn scan(&mut self, now: Duration) -> Vec<News> {
        let (there, absent) =
            self.settings.paths.iter().cloned().partition::<Vec<_>, _>(|path| path.metadata().is_ok());
        let mut news = absent.iter().map(|path| trouble(path, "is not there")).collect::<Vec<_>>();
        let found = walk(&there).unwrap_or_else(|error| {
            news.push(News::Trouble(error.to_string()));
            Walk::default()
        });
        let hidden = found.rejects.iter();
        news.extend(hidden.map(|reject| trouble(Path::new(&*reject.position.origin), &reject.reason)));
        // Where a folder cannot be looked into, nothing is said of what is missing: it may come back.
        let all = news.is_empty();
        if all {
            self.files.values_mut().for_each(Watched::miss);
        }
        for input in found.inputs {
            if let Input::File(path) = input
                && let Err(error) = self.look_at(&path, now, &mut news)
            {
                news.push(trouble(&path, error));
            }
        }
        let kept = if all { std::mem::take(&mut self.kept) } else { Vec::new() };
        for kept in kept {
            if let Err(error) = self.take_up(&kept, now, &mut news) {
                news.push(trouble(&kept.path, error));
            }
        }
        for file in self.files.values_mut().filter(|file| all && file.is_lost()) {
            if let Some(path) = renamed(&file.path, file.id)
                && let Err(error) = file.find(&path)
            {
                news.push(trouble(&path, error));
            }
        }
        let over = self.files.extract_if(.., |_, file| all && file.is_over(now));
        for (id, file) in over.collect::<Vec<_>>() {
            news.push(News::Gone(Arc::clone(&file.partition)));
            copies::set_free(&mut self.files, id, file.offset, &mut news);
        }
        copies::look(&mut self.files, &mut news);
        if !std::mem::replace(&mut self.begun, true) && self.settings.begin == Begin::End {
            // What was passed over must not be found again at the next start.
            let skipped = self.files.values().filter(|file| file.offset > 0).map(Watched::mark);
            let begun = Mark { partition: BEGUN.to_owned(), offset: 0, proof: String::new() };
            news.extend([begun].into_iter().chain(skipped).map(News::marked));
        }
        news
    }

    fn look_at(&mut self, path: &Path, now: Duration, news: &mut Vec<News>) -> io::Result<()> {
        let (id, metadata) = FileId::of(path)?;
        // One that was empty may be a copy that was just begun: it is looked at as if it were new.
        if let Some(file) = self.files.get_mut(&id).filter(|file| !file.is_blank() || metadata.len() == 0) {
            let (head, offset) = (file.head, file.offset);
            if file.look(path.to_owned(), &metadata, now)? {
                news.push(News::Restarted(Arc::clone(&file.partition)));
                self.cut.truncate(MOST_CUT - 1);
                self.cut.push_front((head, offset));
                copies::set_free(&mut self.files, id, offset, news);
            }
            return Ok(());
        }
        let kept = self.kept.iter().position(|kept| kept.id == id).map(|at| self.kept.swap_remove(at));
        let (mut file, look) = Watched::open(id, path.to_owned(), now, kept.as_ref())?;
        if kept.is_none() {
            self.place(&mut file, &look);
        }
        // Of one that waits for its original there is nothing to read yet.
        if file.copy_of.is_none() {
            news.push(News::Found(Arc::clone(&file.partition)));
        }
        self.files.insert(id, file);
        Ok(())
    }

    /// Where to begin with a file that no mark knows.
    fn place(&mut self, file: &mut Watched, look: &Look) {
        let tailed = self.files.values().filter(|file| file.form == Form::Lines);
        let original = tailed.clone().find(|tailed| look.is_copy_of(tailed.head));
        let original = original.filter(|original| copies::is_held(file, original));
        let mut tailed = tailed.map(|file| (file.head, file.offset));
        let kept = self.kept.iter_mut().find(|kept| kept.form == Form::Lines && look.is_copy_of(kept.head));
        let kept = kept.map(|kept| {
            kept.is_copied = true;
            (kept.head, kept.offset)
        });
        let is_copy = |(head, _): &(_, _)| look.is_copy_of(*head);
        let cut = || self.cut.iter().copied().find(is_copy);
        if let Some((_, offset)) = tailed.find(is_copy).or(kept).or_else(cut) {
            file.offset = offset;
            file.copy_of = original.map(|original| original.id);
        } else if !self.begun && self.settings.begin == Begin::End {
            file.skip_to_end();
        }
    }

    /// A marked file that no path leads to may have been renamed while nobody looked: it is looked for beside its place,
    /// so that its rest is read. Where neither it nor a copy is found, its rest is lost, which is said.
    fn take_up(&mut self, kept: &Kept, now: Duration, news: &mut Vec<News>) -> io::Result<()> {
        let Some(path) = kept.renamed() else {
            if kept.form == Form::Lines && !kept.is_copied {
                let what = format!("is gone; what it held behind byte {} was not read", kept.offset);
                news.push(trouble(&kept.path, what));
            }
            news.push(News::Gone(kept.id.partition()));
            return Ok(());
        };
        let (mut file, _) = Watched::open(kept.id, path, now, Some(kept))?;
        file.miss();
        news.push(News::Found(Arc::clone(&file.partition)));
        self.files.insert(kept.id, file);
        Ok(())
    }

    /// Reads one piece, of the file whose events are behind those of the others: so files of one time are read side by
    /// side. `None` if there is nothing to read now.
    pub fn read(&mut self, now: Duration) -> Option<News> {
        let settle = self.settings.settle;
        let ready = self.files.values().filter(|file| file.copy_of.is_none() && file.is_ready(now, settle));
        let next = ready.min_by(|a, b| (a.latest, &a.path).cmp(&(b.latest, &b.path)))?.id;
        let file = self.files.get_mut(&next)?;
        let still = file.is_still(now, settle);
        let piece = match file.form {
            Form::Lines => lines::lines(file, &mut self.decoder, &self.settings, still),
            Form::Whole => lines::whole(file, &self.settings),
        };
        let partition = Arc::clone(&file.partition);
        Some(match piece {
            Ok(Piece::Some { delivery, bytes }) => {
                let times = delivery.iter().flat_map(|delivery| delivery.batch.times());
                file.latest = file.latest.max(times.max().copied().map(EventTime));
                News::Read(Read { partition, delivery, mark: file.mark(), bytes })
            }
            Ok(Piece::End) if file.form == Form::Whole => News::Finished(partition),
            Ok(Piece::End) => News::CaughtUp(partition),
            Err(error) => {
                file.rest = Rest::None;
                trouble(&file.path, error)
            }
        })
    }
}

fn trouble(path: &Path, what: impl std::fmt::Display) -> News {
    News::Trouble(format!("{}: {what}", path.display()))
}

#[cfg(test)]
mod tests;
