//! What befalls the disk.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

/// Where the disk is that is full.
const FULL: &str = "full";

/// A disk of its own with little room; gone with this value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one, or says that it cannot be: that needs rights which a container may lack.
    fn mount(path: &Path, kib: u32) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let size = format!("size={kib}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self(path.to_owned()));
        }
        let _told = writeln!(std::io::stderr().lock(), "\nskipped: a full disk: `mount -t tmpfs` needs root");
        None
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("ballast")).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A disk is full while events come, for a part of the daemon, and has room again.
#[track_caller]
fn check_full_disk(setting: (&str, &str), part: &str) {
    let place = Place::new();
    let Some(disk) = SmallDisk::mount(&place.path(FULL), 64 << 10) else { return };
    let events = events(&place);
    configure(&place, "");
    let config = place.read("ambit.yaml");
    assert!(config.contains(setting.0), "{config}");
    place.write("ambit.yaml", config.replace(setting.0, setting.1));
    let (one, two) = events.split_at(events.len() / 2);
    append(&place, "logs/events.ndjson", one);
    let mut daemon = start(&place);
    daemon.until("it has stored something", |daemon| daemon.metric("ambit_checkpoint_bytes") > 0.0);
    disk.fill();
    append(&place, "logs/events.ndjson", two);
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    daemon.until("it is not ready", |daemon| {
        let ready = daemon.get("/readyz");
        ready.code == 503 && ready.body.contains(part) && ready.body.contains("No space left on device")
    });
    assert_eq!(daemon.get("/livez").code, 200);
    disk.free();
    daemon.until_ready();
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    let own = format!("{FULL}/findings.ndjson");
    let findings = if setting.1.contains(&own) { own.as_str() } else { "findings.ndjson" };
    same(&without_positions(delivered(&place, findings)), &replayed(&place));
}

#[test]
fn a_full_disk_of_the_checkpoints_is_said_and_heals() {
    check_full_disk(("path: state,", "path: full/state,"), "checkpoint store");
}

#[test]
fn a_full_disk_of_the_findings_is_said_and_heals() {
    check_full_disk(("path: findings.ndjson", "path: full/findings.ndjson"), "sink 0-ndjson");
}

#[test]
fn a_damaged_checkpoint_costs_only_the_time_since_the_one_before() {
    let place = Place::new();
    let events = events(&place);
    configure(&place, "");
    for part in events.chunks(events.len() / 3 + 1) {
        append(&place, "logs/events.ndjson", part);
        let mut daemon = start(&place);
        daemon.until("it has stored something", |daemon| {
            daemon.metric("ambit_checkpoint_timestamp_seconds") > 0.0
        });
        daemon.stop();
    }
    let newest = checkpoints(&place).pop().unwrap();
    let mut bytes = std::fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&newest, bytes).unwrap();
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    assert!(daemon.metric("ambit_checkpoint_damaged_total") > 0.5);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), last_lines(replayed(&place)));
}

fn checkpoints(place: &Place) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place.path("state")).unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries.filter(|path| path.to_string_lossy().ends_with(".ambit")).collect::<Vec<_>>();
    found.sort();
    found
}

#[test]
fn when_every_checkpoint_is_damaged_it_does_not_begin_anew_by_itself() {
    let place = Place::new();
    configure(&place, "");
    place.write("logs/a.ndjson", later(0) + "\n");
    let mut daemon = start(&place);
    daemon.until("it has stored something", |daemon| daemon.metric("ambit_checkpoint_bytes") > 0.0);
    daemon.stop();
    for file in checkpoints(&place) {
        std::fs::write(file, "nothing").unwrap();
    }
    place.run("run").ends_with(3).says(&["every checkpoint in state is damaged", "begin anew"]);
}

#[test]
fn a_store_that_does_not_work_is_said_and_heals() {
    let place = Place::new();
    configure(&place, "");
    place.write("logs/a.ndjson", later(0) + "\n");
    let mut daemon = start(&place);
    daemon.until("it has stored something", |daemon| daemon.metric("ambit_checkpoint_bytes") > 0.0);
    std::fs::rename(place.path("state"), place.path("away")).unwrap();
    append(&place, "logs/a.ndjson", &[later(1)]);
    daemon.until("it is not ready", |daemon| daemon.get("/readyz").code == 503);
    let ready = daemon.get("/readyz").body;
    assert!(ready.contains("checkpoint store") && daemon.get("/livez").code == 200, "{ready}");
    assert!(daemon.metric("ambit_checkpoint_failures_total") > 0.5);
    std::fs::rename(place.path("away"), place.path("state")).unwrap();
    daemon.until_ready();
    daemon.stop();
}

#[test]
fn a_log_that_was_rotated_while_it_was_down_is_read_to_its_end() {
    let place = Place::new();
    let events = events(&place);
    configure(&place, "");
    let (one, rest) = events.split_at(events.len() / 3);
    let (two, three) = rest.split_at(rest.len() / 2);
    append(&place, "logs/events.ndjson", one);
    let mut daemon = start(&place);
    daemon.until("it has begun", |daemon| daemon.metric("ambit_events_ingested_total") > 0.0);
    daemon.stop();
    append(&place, "logs/events.ndjson", two);
    std::fs::rename(place.path("logs/events.ndjson"), place.path("logs/events.ndjson.1")).unwrap();
    append(&place, "logs/events.ndjson", three);
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    configure(&place, "detector: { idle_secs: 1 }\n");
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    std::fs::rename(place.path("logs/events.ndjson.1"), place.path("logs/events-1.ndjson")).unwrap();
    same(&without_positions(delivered(&place, "findings.ndjson")), &replayed(&place));
}

#[test]
fn a_source_that_is_not_there_is_said() {
    let place = Place::new();
    configure(&place, "");
    let mut daemon = start(&place);
    daemon.until("it is not ready", |daemon| daemon.get("/readyz").body.contains("logs: is not there"));
    place.write("logs/a.ndjson", later(0) + "\n");
    daemon.until_ready();
    daemon.stop();
    place.run("run --config absent").ends_with(3);
}
