//! What is posted to the HTTP server. A sender is answered when its events are on disk: from then on they are ours.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::Duration;

use ambit_ingest::frame::{Frame, Framer};
use ambit_ingest::source::Mark;
use ambit_ingest::{Decoder, Delivery, RawRecord, Settings, Signal as Export};
use ambit_schemas::{EventTime, Position};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use super::spool::Spool;
use super::{Closed, Outlet, piece, settings};
use crate::config::{Secret, Source};
use crate::run::message::{Data, Signal};
use crate::{clock, intake};

/// Posts that are put on disk together: one wait for the disk serves all of them.
const MOST_TOGETHER: u32 = 256;
/// How often an idle source looks whether it should end.
const LOOK: Duration = Duration::from_millis(200);

/// A body, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) body: Vec<u8>,
    /// What it is an export of, where it is protobuf.
    pub(crate) protobuf: Option<Export>,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// What became of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Its events are on disk.
    Taken { rows: u64, ignored: u64, rejected: u64, reason: Option<String> },
    /// They are not; it may be sent again.
    Failed(String),
}

/// The server's end of a source.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    pub(crate) name: String,
    pub(crate) otlp: bool,
    /// The hash of the token: texts of one length are compared, whatever is shown.
    token: Option<[u8; 32]>,
    pub(crate) posts: SyncSender<Post>,
    spool: Spool,
}

impl Receiver {
    /// Whether a sender may send who shows this token.
    pub(crate) fn admits(&self, shown: Option<&str>) -> bool {
        self.token
            .is_none_or(|token| shown.is_some_and(|shown| <[u8; 32]>::from(Sha256::digest(shown)) == token))
    }

    /// Whether there is no room for what is not covered by a checkpoint.
    pub(crate) fn is_full(&self) -> bool {
        self.spool.is_full()
    }
}

/// Both ends of the way from the server to a source.
pub(super) fn channel(
    source: &Source,
    (otlp, token): (bool, Option<&Secret>),
    spool: &Spool,
    queue: usize,
) -> (Receiver, mpsc::Receiver<Post>) {
    let (sender, posts) = mpsc::sync_channel(queue);
    let token = token.map(|token| Sha256::digest(token.reveal()).into());
    (Receiver { name: source.name.clone(), otlp, token, posts: sender, spool: spool.clone() }, posts)
}

/// The source.
#[derive(Debug)]
pub(super) struct Posted {
    posts: mpsc::Receiver<Post>,
    spool: Spool,
    decoder: Decoder,
    max_record_bytes: usize,
    origin: Arc<str>,
    partition: Arc<str>,
    /// The first number that is not covered.
    from: i64,
    next: i64,
    /// Whether the disk did not take what was received last, or give back what was received before.
    is_ill: bool,
}

impl Posted {
    pub(super) fn new(
        source: &Source,
        spool: Spool,
        mark: Option<&Mark>,
        posts: mpsc::Receiver<Post>,
    ) -> Self {
        let settings: Settings = settings(source);
        let from = mark.map_or(0, |mark| mark.offset);
        let next = spool.waiting().last().map_or(0, |(number, _)| number + 1).max(from);
        Self {
            posts,
            spool,
            max_record_bytes: settings.max_record_bytes,
            decoder: Decoder::new(settings),
            origin: format!("http:{}", source.name).into(),
            partition: "received".into(),
            from,
            next,
            is_ill: false,
        }
    }

    /// Hands on what waits from before, then what comes.
    pub(super) fn run(mut self, outlet: &Outlet) {
        if self.resume(outlet).is_ok() {
            while self.round(outlet).is_ok() {}
        }
    }

    fn resume(&mut self, outlet: &Outlet) -> Result<(), Closed> {
        let name = Arc::clone(&self.partition);
        let partition = || Arc::clone(&name);
        outlet.signal(Signal::Found(partition()))?;
        // What an older checkpoint may still need is left where it is.
        for (number, path) in self.spool.waiting().into_iter().filter(|(number, _)| *number >= self.from) {
            match Spool::read(&path) {
                Ok(batch) => {
                    let data = piece(partition(), Some(self.mark(number + 1)));
                    outlet.data(Data { batch: Some(batch), ..data })?;
                }
                Err(error) => {
                    let what = format!("{}: {error:#}; what was received in it is lost", path.display());
                    outlet.signal(Signal::Trouble(what))?;
                    // It is passed over, and what comes next can be put on disk or not.
                    outlet.data(piece(partition(), Some(self.mark(number + 1))))?;
                    self.is_ill = true;
                }
            }
        }
        outlet.signal(Signal::CaughtUp(partition()))
    }

    fn mark(&self, offset: i64) -> Mark {
        Mark { partition: self.partition.to_string(), offset, proof: String::new() }
    }

    fn round(&mut self, outlet: &Outlet) -> Result<(), Closed> {
        let first = match self.posts.recv_timeout(LOOK) {
            Ok(post) => post,
            Err(RecvTimeoutError::Timeout) if outlet.control.is_stopping() => return Err(Closed),
            Err(RecvTimeoutError::Timeout) => return self.look(outlet),
            Err(RecvTimeoutError::Disconnected) => return Err(Closed),
        };
        let more = self.posts.try_iter().take(MOST_TOGETHER as usize - 1);
        let posts = std::iter::once(first).chain(more).collect::<Vec<_>>();
        self.decoder.plausible_until(intake::latest());
        let now = clock::wall();
        let tallies = posts.iter().enumerate().map(|(index, post)| {
            let before = self.decoder.counts().total();
            decode(&mut self.decoder, (&self.origin, self.next, index), post, (now, self.max_record_bytes));
            let after = self.decoder.counts().total();
            (after.rows - before.rows, after.ignored - before.ignored, after.rejected - before.rejected)
        });
        let tallies = tallies.collect::<Vec<_>>();
        let delivery = self.decoder.flush();
        let kept = self.keep(delivery.as_ref());
        let bytes = posts.iter().map(|post| post.body.len() as u64).sum();
        self.answer(posts, &tallies, delivery.as_ref(), kept.as_ref().err());
        self.hand_on(delivery, kept.is_ok(), bytes, outlet)
    }

    /// Who is not ready is sent nothing by which it could show that it works again: it looks by itself.
    fn look(&mut self, outlet: &Outlet) -> Result<(), Closed> {
        if !self.is_ill || self.spool.probe().is_err() {
            return Ok(());
        }
        self.is_ill = false;
        outlet.signal(Signal::Well)
    }

    fn keep(&self, delivery: Option<&Delivery>) -> anyhow::Result<()> {
        match delivery {
            Some(delivery) if !delivery.batch.is_empty() => self.spool.keep(self.next, &delivery.batch),
            _ => Ok(()),
        }
    }

    fn answer(
        &self,
        posts: Vec<Post>,
        tallies: &[(u64, u64, u64)],
        delivery: Option<&Delivery>,
        error: Option<&anyhow::Error>,
    ) {
        for (index, (post, (rows, ignored, rejected))) in posts.into_iter().zip(tallies).enumerate() {
            let place = place(self.next, index);
            let mut rejects = delivery.iter().flat_map(|delivery| &delivery.rejects);
            let reason = rejects.find(|reject| reject.position.offset == place);
            let answer = match error {
                Some(error) => Answer::Failed(format!("{error:#}")),
                None => Answer::Taken {
                    rows: *rows,
                    ignored: *ignored,
                    rejected: *rejected,
                    reason: reason.map(|reject| reject.reason.to_string()),
                },
            };
            // A sender that went away does not want to know.
            drop(post.answer.send(answer));
        }
    }

    fn hand_on(
        &mut self,
        delivery: Option<Delivery>,
        kept: bool,
        bytes: u64,
        outlet: &Outlet,
    ) -> Result<(), Closed> {
        let Some(delivery) = delivery else { return Ok(()) };
        self.is_ill = !kept;
        if !kept {
            return outlet.signal(Signal::Trouble("what is received cannot be put on disk".to_owned()));
        }
        self.next += 1;
        let partition = Arc::clone(&self.partition);
        let data = piece(Arc::clone(&partition), Some(self.mark(self.next)));
        outlet.data(Data { batch: Some(delivery.batch), rejects: delivery.rejects, bytes, ..data })?;
        outlet.signal(Signal::Well)
    }
}

/// The offset of a post: its batch and its place in it.
fn place(number: i64, index: usize) -> i64 {
    number.saturating_mul(i64::from(MOST_TOGETHER)).saturating_add(i64::try_from(index).unwrap_or(i64::MAX))
}

/// Decodes a body: any number of documents, lines, arrays or envelopes.
fn decode(
    decoder: &mut Decoder,
    (origin, number, index): (&Arc<str>, i64, usize),
    post: &Post,
    (now, limit): (EventTime, usize),
) {
    let offset = place(number, index);
    if let Some(signal) = post.protobuf {
        let record = RawRecord::of_file(&post.body, origin, offset);
        decoder.push_otlp(signal, &RawRecord { partition: Some(0), observed_at: Some(now), ..record });
        return;
    }
    let mut framer = Framer::new(post.body.as_slice(), limit);
    while let Some(frame) = framer.next_frame() {
        match frame {
            Frame::Record { bytes, .. } => {
                let record = RawRecord::of_file(bytes, origin, offset);
                // A partition, so that the place of what is inside of a record is the record's.
                decoder.push(&RawRecord { partition: Some(0), observed_at: Some(now), ..record });
            }
            Frame::Broken { reason, .. } => {
                let position = Position { origin: Arc::clone(origin), partition: Some(0), offset };
                decoder.reject(None, position, reason);
            }
        }
    }
}
