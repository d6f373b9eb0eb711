//! The thread that packs and stores checkpoints: with many workloads that takes seconds, for which the loop must not wait.
//! It packs a checkpoint at once, so that a state is not held twice for long, and stores it when it is told that every sink
//! has what was found before.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use anyhow::{Context as _, anyhow};

#[cfg(feature = "kafka")]
use super::checkpoint::cuts::Cuts;
use super::checkpoint::{Made, Packed, Saved, Store};
use super::health::Health;
use super::metrics::{self, Metrics};
use crate::clock::{self, Stopwatch};

/// Its name, for those who ask how the parts fare.
pub(super) const STORE: &str = "checkpoint store";
/// How long to wait for the thread before whoever waits gives a sign of life.
const PAUSE: Duration = Duration::from_millis(100);

/// Where checkpoints go.
#[derive(Debug)]
pub(super) enum Shelves {
    /// A place of our own.
    Own(Store),
    /// One that is shared with those who have the other shards.
    #[cfg(feature = "kafka")]
    Shared(Cuts),
}

impl Shelves {
    const fn writer(&self) -> u64 {
        match self {
            Self::Own(store) => store.writer(),
            #[cfg(feature = "kafka")]
            Self::Shared(cuts) => cuts.writer(),
        }
    }

    fn save(&mut self, packed: Packed) -> anyhow::Result<Saved> {
        match self {
            Self::Own(store) => store.save(packed),
            #[cfg(feature = "kafka")]
            Self::Shared(cuts) => cuts.save(&packed),
        }
    }
}

/// The loop's end of the thread.
#[derive(Debug)]
pub(super) struct Keeper {
    jobs: SyncSender<Job>,
    done: Receiver<Stored>,
    /// The number of this process, for the checkpoints that it makes.
    pub(super) writer: u64,
    /// Whether a checkpoint is being packed, or waits to be stored, or is being stored.
    pub(super) is_busy: bool,
    /// Whether it is to be stored, or is being stored.
    pub(super) is_storing: bool,
}

#[derive(Debug)]
enum Job {
    /// Packs a checkpoint, in place of one that is packed and was not asked for. Making it took so long already.
    Pack(Box<Made>, Duration),
    /// Stores the one that was packed.
    Store,
}

/// What came of a checkpoint.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) result: anyhow::Result<Saved>,
    /// Making, packing and storing it; not the time that it waited for sinks.
    pub(super) took: Duration,
}

impl Keeper {
    /// Starts the thread, to which the place belongs from now on.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn new(shelves: Shelves) -> anyhow::Result<Self> {
        let writer = shelves.writer();
        // A checkpoint and the word to store it: the loop never waits.
        let (jobs, asked) = mpsc::sync_channel(2);
        let (told, done) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("checkpoints".to_owned());
        thread
            .spawn(move || work(shelves, &asked, &told))
            .context("the thread of checkpoints cannot be started")?;
        Ok(Self { jobs, done, writer, is_busy: false, is_storing: false })
    }

    /// Has a checkpoint packed; making it took so long.
    pub(super) fn pack(&mut self, made: Made, took: Duration) {
        self.is_busy = true;
        // A thread that has ended is told of when it is asked what it did.
        let _ended = self.jobs.send(Job::Pack(Box::new(made), took));
    }

    /// Has the packed checkpoint stored.
    pub(super) fn store(&mut self) {
        self.is_storing = true;
        let _ended = self.jobs.send(Job::Store);
    }

    /// What came of the checkpoint that was to be stored, if that is known by now.
    pub(super) fn poll(&mut self) -> Option<Stored> {
        self.heard(self.done.recv_timeout(Duration::ZERO))
    }

    /// The same, and waits for it if there is one; `beat` is called meanwhile.
    pub(super) fn wait(&mut self, beat: impl Fn()) -> Option<Stored> {
        while self.is_busy {
            beat();
            match self.done.recv_timeout(PAUSE) {
                Err(RecvTimeoutError::Timeout) => {}
                heard => return self.heard(heard),
            }
        }
        None
    }

    fn heard(&mut self, heard: Result<Stored, RecvTimeoutError>) -> Option<Stored> {
        let ended =
            || anyhow!("the thread of checkpoints ended by a fault of its own; start the daemon again");
        let stored = match heard {
            Ok(stored) => stored,
            Err(RecvTimeoutError::Disconnected) if self.is_busy => {
                Stored { result: Err(ended()), took: Duration::ZERO }
            }
            Err(_) => return None,
        };
        (self.is_busy, self.is_storing) = (false, false);
        Some(stored)
    }
}

impl Stored {
    /// Says how it went; gives what was saved, if anything was.
    pub(super) fn told(self, metrics: &Metrics, health: &Health) -> Option<Saved> {
        match self.result {
            Ok(saved) => {
                metrics::took(&metrics.store.seconds, self.took);
                metrics.store.time.set(metrics::secs(clock::wall()));
                metrics.store.bytes.set(i64::try_from(saved.bytes).unwrap_or(i64::MAX));
                if health.well(STORE) {
                    tracing::info!("the checkpoint store works again");
                }
                Some(saved)
            }
            Err(error) => {
                metrics.store.failures.inc();
                if health.ill(STORE, format!("{error:#}")) {
                    tracing::error!("no checkpoint was stored: {error:#}");
                }
                None
            }
        }
    }
}

/// Does what it is asked for until nobody asks any longer.
fn work(mut shelves: Shelves, asked: &Receiver<Job>, told: &SyncSender<Stored>) {
    let mut packed: Option<(anyhow::Result<Packed>, Duration)> = None;
    while let Ok(job) = asked.recv() {
        let watch = Stopwatch::start();
        match job {
            Job::Pack(made, took) => packed = Some((made.pack(), took + watch.elapsed())),
            Job::Store => {
                let Some((ready, took)) = packed.take() else { continue };
                let result = ready.and_then(|ready| shelves.save(ready));
                if told.send(Stored { result, took: took + watch.elapsed() }).is_err() {
                    return;
                }
            }
        }
    }
}
