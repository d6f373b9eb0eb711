//! Files that are watched: [`Tail`] knows how, this thread knows when.

use std::time::Duration;

use ambit_ingest::source::{News, Tail};

use super::{Closed, Outlet, piece};
use crate::intake;
use crate::run::message::{Data, Signal};

/// Watches until the daemon is asked to stop.
pub(super) fn run(mut tail: Tail, scan: Duration, outlet: &Outlet) {
    loop {
        let round = round(&mut tail, scan, outlet);
        if round.is_err() || outlet.control.wait(scan) {
            return;
        }
    }
}

/// Looks for files and reads what there is; looks again when that takes long.
fn round(tail: &mut Tail, scan: Duration, outlet: &Outlet) -> Result<(), Closed> {
    let started = outlet.health.now();
    tail.plausible_until(intake::latest());
    let mut troubles = Vec::new();
    for news in tail.scan(started) {
        troubles.extend(tell(news, outlet)?);
    }
    while let Some(news) = tail.read(outlet.health.now()) {
        troubles.extend(tell(news, outlet)?);
        if outlet.control.is_stopping() {
            return Err(Closed);
        }
        if outlet.health.now() > started + scan * 2 {
            break;
        }
    }
    let signal = match troubles.first() {
        None => Signal::Well,
        Some(first) if troubles.len() == 1 => Signal::Trouble(first.clone()),
        Some(first) => Signal::Trouble(format!("{first}; and {} more", troubles.len() - 1)),
    };
    outlet.signal(signal)
}

/// Tells the loop; gives trouble back, of which a round is told once.
fn tell(news: News, outlet: &Outlet) -> Result<Option<String>, Closed> {
    let signal = match news {
        News::Read(read) => {
            let empty = piece(read.partition, Some(read.mark));
            let data = match read.delivery {
                Some(found) => {
                    Data { batch: Some(found.batch), rejects: found.rejects, bytes: read.bytes, ..empty }
                }
                None => empty,
            };
            return outlet.data(data).map(|()| None);
        }
        News::Found(partition) => Signal::Found(partition),
        News::CaughtUp(partition) => Signal::CaughtUp(partition),
        News::Finished(partition) => Signal::Finished(partition),
        News::Gone(partition) => Signal::Gone(partition),
        News::Restarted(partition) => Signal::Restarted(partition),
        News::Trouble(what) => return Ok(Some(what)),
    };
    outlet.signal(signal).map(|()| None)
}
