//! What the system says of this machine and of a process.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

/// What a process holds and has used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Process {
    /// Memory that it holds.
    pub(super) rss_bytes: u64,
    /// The most that it held.
    pub(super) peak_bytes: u64,
    /// Time of processors that it has used.
    pub(super) cpu: Duration,
}

impl Process {
    /// Looks at a process by its id.
    ///
    /// # Errors
    /// When there is none, or the system is no Linux.
    pub(super) fn of(id: u32) -> anyhow::Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{id}/{file}");
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
        };
        let (status, stat) = (read("status")?, read("stat")?);
        // Its name may hold anything, and ends with the last parenthesis.
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let ticks = rest.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
        // Linux tells a hundredth of a second to everybody, whatever its own tick is.
        let cpu = Duration::from_millis(ticks.sum::<u64>() * 10);
        Ok(Self { rss_bytes: kilobytes(&status, "VmRSS:"), peak_bytes: kilobytes(&status, "VmHWM:"), cpu })
    }
}

fn kilobytes(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) << 10
}

/// This machine, the program and what else goes on, in a line: what every figure depends on.
pub(super) fn header(program: &Path) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = kilobytes(&read("/proc/meminfo"), "MemTotal:") >> 30;
    let load = read("/proc/loadavg");
    let busy = load.split(' ').next().unwrap_or("?");
    let version = std::process::Command::new(program).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let build = if cfg!(debug_assertions) { ", driven by a debug build" } else { "" };
    format!(
        "{}{build}; {model}, {cores} cores, {memory} GiB; load before it began: {busy}; broker and producer on the same cores",
        version.unwrap_or_default()
    )
}

/// Mebibytes, as a table has them.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(super) fn mebi(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A number in groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How often something was done in some time.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate for people"
)]
pub(super) fn per_sec(count: u64, time: Duration) -> u64 {
    let secs = time.as_secs_f64();
    if secs > 0.0 { (count as f64 / secs).round() as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen() {
        let own = Process::of(std::process::id()).unwrap();
        assert!(own.rss_bytes > 1 << 20 && own.peak_bytes >= own.rss_bytes);
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
