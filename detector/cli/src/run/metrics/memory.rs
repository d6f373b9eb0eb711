//! The memory of the process, as the system and the allocator count it.

use prometheus::IntGaugeVec;
#[cfg(target_os = "linux")]
use prometheus::process_collector::ProcessCollector;

use super::parts::Maker;

/// What the allocator has, looked at when somebody asks.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    #[cfg_attr(
        not(feature = "jemalloc"),
        expect(dead_code, reason = "the system's allocator tells nothing")
    )]
    bytes: IntGaugeVec,
}

impl Memory {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        // The names that every client library gives: `process_resident_memory_bytes`, `process_open_fds`, ...
        #[cfg(target_os = "linux")]
        make.0.register(Box::new(ProcessCollector::for_self()))?;
        let help = "Bytes that the allocator gave out (allocated), keeps pages for (active), and has of the system (resident).";
        Ok(Self { bytes: make.numbers("ambit_allocator_bytes", help, &["kind"])? })
    }

    /// Looks again.
    #[cfg(not(feature = "jemalloc"))]
    pub(super) const fn look(&self) {}

    /// Looks again. An allocator that does not tell keeps what it told last.
    #[cfg(feature = "jemalloc")]
    pub(super) fn look(&self) {
        use tikv_jemalloc_ctl::{epoch, stats};

        let all = [
            ("allocated", stats::allocated::read as fn() -> _),
            ("active", stats::active::read),
            ("resident", stats::resident::read),
        ];
        if epoch::advance().is_err() {
            return;
        }
        for (kind, read) in all {
            if let Ok(bytes) = read() {
                self.bytes.with_label_values(&[kind]).set(i64::try_from(bytes).unwrap_or(i64::MAX));
            }
        }
    }
}
