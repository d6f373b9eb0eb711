//! Those around the daemon: the service manager, the environment, the doctor, and analysts who decide.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use super::*;

#[test]
fn the_service_manager_is_told() {
    let place = Place::new();
    configure(&place, "");
    place.write("logs/a.ndjson", later(0) + "\n");
    let path = place.path("manager");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let hear = || {
        let mut text = [0; 64];
        let count = manager.recv(&mut text).unwrap();
        String::from_utf8(text[..count].to_vec()).unwrap()
    };
    let variables = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "400000")];
    let daemon = start_with(&place, &variables);
    assert_eq!((hear(), hear()), ("READY=1".to_owned(), "WATCHDOG=1".to_owned()));
    daemon.stop();
    let rest = std::iter::from_fn(|| Some(hear())).find(|word| word != "WATCHDOG=1");
    assert_eq!(rest.as_deref(), Some("STOPPING=1"));
}

#[test]
fn the_environment_goes_before_the_file() {
    let place = Place::new();
    configure(&place, "");
    place.write("logs/a.ndjson", later(0) + "\n");
    let mut daemon = start_with(&place, &[("AMBIT_DETECTOR__BUDGET", "0.25")]);
    daemon.until("the budget is that of the environment", |daemon| {
        daemon.get("/metrics").body.contains("ambit_alerts_per_workload_month{of=\"budget\"} 0.25")
    });
    daemon.stop();
}

#[test]
fn the_doctor_asks_the_daemon_that_runs() {
    let place = Place::new();
    configure(&place, "");
    place.write("logs/a.ndjson", later(0) + "\n");
    let mut daemon = start(&place);
    daemon.until("it has begun", |daemon| daemon.metric("ambit_events_ingested_total") > 0.0);
    let listen = format!("http: {{ listen: \"{}\" }}\n", daemon.address());
    place.write("asked.yaml", place.read("ambit.yaml") + &listen);
    place.run("doctor --config asked.yaml").ends_with(0).prints(&[
        "well  daemon: it runs, and every part of it works",
        "well  daemon: 1 events have come, 0 records could not be read",
    ]);
    std::fs::remove_dir_all(place.path("logs")).unwrap();
    daemon.until("it is not ready", |daemon| daemon.get("/readyz").code == 503);
    place.run("doctor --config asked.yaml").ends_with(3).prints(&["ILL   source logs: logs: is not there"]);
    daemon.stop();
}

#[test]
fn what_an_analyst_decides_is_obeyed_while_it_runs() {
    let place = Place::new();
    configure(&place, "");
    place.write("logs/a.ndjson", format!("{}\n{}\n", later(0), later(1)));
    let mut daemon = start(&place);
    daemon.until("something was found", |_| !delivered(&place, "findings.ndjson").is_empty());
    daemon.stop();
    let mut daemon = start(&place);
    let found = delivered(&place, "findings.ndjson");
    let uid = found[0]["finding_info"]["uid"].as_str().unwrap();
    let decide = format!("finding dismiss {uid} --state state --reason known --by me");
    place.run(&decide).ends_with(0);
    daemon.until("it was read", |daemon| {
        daemon.get("/metrics").body.contains("ambit_reloads_total{result=\"done\"} 1")
    });
    daemon.stop();
}
