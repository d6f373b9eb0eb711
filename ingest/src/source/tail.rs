//! Files that grow, are rotated, are cut short, or arrive whole.
//!
//! A file of lines is read up to its last line end and goes on from there. Any other file (compressed, one document, an
//! array, Parquet) is read once it has stopped changing. A file is known by its inode, by its first bytes and by those
//! before the place up to which it was read (of one read as a whole: its size and its last bytes): so one that was renamed
//! is read on, an inode that was given to another file is not, and a copy of a file (as `copytruncate` or a compressing
//! rotation leaves it) is read from where its original was left.

mod copies;
mod fault;
mod form;
mod id;
mod known;
mod lines;
mod mark;
mod watched;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ambit_schemas::EventTime;

use self::copies::Copied;
use self::form::{Form, Look};
use self::id::FileId;
use self::known::{Fit, Known, fits};
use self::lines::Piece;
use self::mark::{Kept, renamed};
use self::watched::Watched;
use super::Mark;
use crate::decode::{Decoder, Settings};
use crate::input::{Input, walk};
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
    /// By what bytes files were known, and how far they were read, before they were cut short or went away: the copy that
    /// was made of one may be found later.
    cut: VecDeque<Known>,
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
        let mut news = Vec::new();
        let (paths, hidden) = self.walk(&mut news);
        // Where a folder cannot be looked into, nothing is said of what is missing there: it may come back.
        let is_seen = |path: &Path| !hidden.iter().any(|hidden| path.starts_with(hidden));
        self.files.values_mut().filter(|file| is_seen(&file.path)).for_each(Watched::miss);
        // A copy is told by its original, so that comes first.
        let is_known = |path: &PathBuf| FileId::of(path).is_ok_and(|(id, _)| self.knows(id));
        let (known, new) = paths.into_iter().partition::<Vec<_>, _>(is_known);
        for path in known.into_iter().chain(new) {
            if let Err(error) = self.look_at(&path, now, &mut news) {
                news.push(trouble(&path, error));
            }
        }
        let missing = self.kept.extract_if(.., |kept| is_seen(&kept.path)).collect::<Vec<_>>();
        for kept in missing {
            if let Err(error) = self.take_up(&kept, now, &mut news) {
                news.push(trouble(&kept.path, error));
                self.kept.push(kept);
            }
        }
        for file in self.files.values_mut().filter(|file| file.is_lost() && is_seen(&file.path)) {
            if let Some(path) = renamed(&file.path, file.id)
                && let Err(error) = file.find(&path)
            {
                news.push(trouble(&path, error));
            }
        }
        self.report(now, &mut news);
        let over = self.files.extract_if(.., |_, file| is_seen(&file.path) && file.is_over(now));
        for (id, file) in over.collect::<Vec<_>>() {
            if file.form == Form::Lines {
                self.remember(file.known());
            }
            if let Some(why) = file.fault() {
                news.push(trouble(&file.path, format!("is gone before it could be read: {why}")));
            }
            news.push(News::Gone(Arc::clone(&file.partition)));
            copies::set_free(&mut self.files, (id, file.known()), &mut news);
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

    /// The files that are there, and the paths that cannot be looked into.
    fn walk(&self, news: &mut Vec<News>) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut paths, mut hidden) = (Vec::new(), Vec::new());
        for path in &self.settings.paths {
            if path.metadata().is_err() {
                news.push(trouble(path, "is not there"));
                hidden.push(path.clone());
                continue;
            }
            match walk(std::slice::from_ref(path)) {
                Ok(found) => {
                    for reject in &found.rejects {
                        let folder = PathBuf::from(&*reject.position.origin);
                        news.push(trouble(&folder, &reject.reason));
                        hidden.push(folder);
                    }
                    paths.extend(found.inputs.into_iter().filter_map(|input| match input {
                        Input::File(path) => Some(path),
                        Input::Stdin | Input::Stream { .. } => None,
                    }));
                }
                Err(error) => {
                    news.push(News::Trouble(error.to_string()));
                    hidden.push(path.clone());
                }
            }
        }
        (paths, hidden)
    }

    fn knows(&self, id: FileId) -> bool {
        self.files.contains_key(&id) || self.kept.iter().any(|kept| kept.id == id)
    }

    /// Says which files cannot be read, as long as it is so.
    fn report(&mut self, now: Duration, news: &mut Vec<News>) {
        for file in self.files.values_mut() {
            if file.is_given_up(now) {
                news.push(News::CaughtUp(Arc::clone(&file.partition)));
            }
            news.extend(file.fault().map(|why| trouble(&file.path, why)));
        }
    }

    fn look_at(&mut self, path: &Path, now: Duration, news: &mut Vec<News>) -> io::Result<()> {
        let (id, metadata) = FileId::of(path)?;
        // One of which nothing was read is looked at as if it were new, once it has been still.
        let settle = self.settings.settle;
        if let Some(file) = self.files.get_mut(&id).filter(|file| file.is_still_made(&metadata))
            && !Look::at(path)?.is_plain()
            && file.is_growing((path, &metadata), (now, settle))
        {
            return Ok(());
        }
        if let Some(file) = self.files.get_mut(&id).filter(|file| !file.is_still_made(&metadata)) {
            let (form, known) = (file.form, file.known());
            if file.look(path.to_owned(), &metadata, now)? {
                news.push(News::Restarted(Arc::clone(&file.partition)));
                if form == Form::Lines {
                    self.remember(known);
                    copies::set_free(&mut self.files, (id, known), news);
                }
            }
            return Ok(());
        }
        let (mut file, look) = Watched::open(id, path.to_owned(), now)?;
        if let Some(before) = self.files.get(&id) {
            file.still_since(before);
        }
        let kept = self.kept.iter().position(|kept| kept.id == id);
        let goes_on = match kept.and_then(|at| self.kept.get(at)) {
            Some(kept) => file.go_on(&look, kept)?,
            None => false,
        };
        if !goes_on {
            self.place(&mut file, &look)?;
        }
        let kept = kept.map(|at| self.kept.swap_remove(at));
        // Of one that waits for its original there is nothing to read yet.
        if file.copy_of.is_none() {
            news.push(News::Found(Arc::clone(&file.partition)));
        }
        match kept {
            Some(kept) if goes_on && kept.is_old() => news.push(News::marked(file.mark())),
            Some(kept) if !goes_on && kept.known.offset > 0 => {
                news.push(News::Restarted(Arc::clone(&file.partition)));
                if kept.form == Form::Lines {
                    self.remember(kept.known);
                }
            }
            _ => {}
        }
        self.files.insert(id, file);
        Ok(())
    }

    fn remember(&mut self, known: Known) {
        self.cut.truncate(MOST_CUT - 1);
        self.cut.push_front(known);
    }

    /// Where to begin with a file that no mark knows.
    fn place(&mut self, file: &mut Watched, look: &Look) -> io::Result<()> {
        // One that waits for its original will be read only where it has more.
        let is_read = |other: &&Watched| other.form == Form::Lines && other.copy_of.is_none();
        let tailed = self.files.values().filter(is_read).filter(|other| other.id != file.id);
        let tailed = tailed.map(|other| (Some(other.id), other.known()));
        let kept = self.kept.iter().filter(|kept| kept.form == Form::Lines).map(|kept| (None, kept.known));
        let cut = self.cut.iter().map(|known| (None, *known));
        let all = tailed.chain(kept).chain(cut);
        let mut alike = all.filter(|(_, known)| look.is_copy_of(known.head)).collect::<Vec<_>>();
        alike.sort_by_key(|(_, known)| known.offset);
        let known = alike.iter().map(|(_, known)| *known).collect::<Vec<_>>();
        let fits = fits(&file.path, look, &known)?;
        let same = known.iter().zip(&fits).filter(|(_, fit)| **fit == Fit::Same);
        let begin = same.map(|(known, _)| known.offset).max();
        for kept in self.kept.iter_mut().filter(|kept| kept.form == Form::Lines) {
            let mut fits = alike.iter().zip(&fits);
            kept.is_copied |= fits.any(|((_, known), fit)| *known == kept.known && *fit != Fit::Other);
        }
        for (id, _) in alike.iter().zip(&fits).filter(|(_, fit)| **fit != Fit::Other).map(|(alike, _)| alike)
        {
            let original = id.and_then(|id| self.files.get(&id));
            if let Some(original) = original
                && copies::is_held(file, original)?
            {
                // It waits; where to begin is found when it does so no longer.
                file.copy_of = Some(Copied { from: original.id, held: file.size() });
                return Ok(());
            }
        }
        match begin {
            Some(offset) => file.begin_at(offset),
            None if !self.begun && self.settings.begin == Begin::End => file.skip_to_end(),
            None => Ok(()),
        }
    }

    /// A marked file that no path leads to may have been renamed while nobody looked: it is looked for beside its place,
    /// so that its rest is read. Where neither it nor a copy is found, its rest is lost, which is said.
    fn take_up(&mut self, kept: &Kept, now: Duration, news: &mut Vec<News>) -> io::Result<()> {
        let Some(path) = kept.renamed() else {
            if kept.form == Form::Lines {
                // Its copy may still be being made.
                self.remember(kept.known);
                if !kept.is_copied {
                    let what =
                        format!("is gone; what it held behind byte {} was not read", kept.known.offset);
                    news.push(trouble(&kept.path, what));
                }
            }
            news.push(News::Gone(kept.id.partition()));
            return Ok(());
        };
        let (mut file, look) = Watched::open(kept.id, path, now)?;
        file.go_on(&look, kept)?;
        file.miss();
        news.push(News::Found(Arc::clone(&file.partition)));
        self.files.insert(kept.id, file);
        Ok(())
    }

    /// Reads one piece, of the file whose events are behind those of the others: so files of one time are read side by
    /// side. `None` if there is nothing to read now.
    pub fn read(&mut self, now: Duration) -> Option<News> {
        let settle = self.settings.settle;
        let ready = self.files.values().filter(|file| file.is_ready(now, settle));
        let next = ready.min_by(|a, b| (a.latest, &a.path).cmp(&(b.latest, &b.path)))?.id;
        let file = self.files.get_mut(&next)?;
        let still = file.is_still(now, settle);
        let piece = match file.form {
            Form::Lines => lines::lines(file, &mut self.decoder, &self.settings, still),
            Form::Whole => lines::whole(file, &self.settings),
        };
        let partition = Arc::clone(&file.partition);
        if piece.is_ok() {
            file.works();
        }
        Some(match piece {
            Ok(Piece::Some { delivery, bytes }) => {
                let times = delivery.iter().flat_map(|delivery| delivery.batch.times());
                file.latest = file.latest.max(times.max().copied().map(EventTime));
                News::Read(Read { partition, delivery, mark: file.mark(), bytes })
            }
            Ok(Piece::End) if file.form == Form::Whole => News::Finished(partition),
            Ok(Piece::End) => News::CaughtUp(partition),
            Err(error) => {
                let trouble = trouble(&file.path, &error);
                file.fails(error.to_string(), now);
                trouble
            }
        })
    }
}

fn trouble(path: &Path, what: impl std::fmt::Display) -> News {
    News::Trouble(format!("{}: {what}", path.display()))
}

#[cfg(test)]
mod tests;
