//! What changes while it runs.

use super::*;

#[test]
fn a_new_inventory_is_taken_and_a_bad_one_refused() {
    let place = Place::new();
    configure(&place, "");
    let config = place.read("ambit.yaml");
    let line = config.lines().find(|line| line.starts_with("inventory:")).unwrap();
    place.write("ambit.yaml", config.replace(line, "inventory: workloads.yaml"));
    place.write("workloads.yaml", "version: 1\n").write("logs/a.ndjson", "");
    let mut daemon = start(&place);
    let reloads = |daemon: &Daemon, result: &str| {
        let name = format!("ambit_reloads_total{{result=\"{result}\"}}");
        let page = daemon.get("/metrics").body;
        page.lines().any(|line| line.strip_prefix(&name).is_some_and(|count| count.trim() == "1"))
    };
    place.write("workloads.yaml", "version: 1\nworkloads:\n  - nmae: later\n");
    daemon.until("the bad one was refused", |daemon| reloads(daemon, "refused"));
    assert!(place.read("log").contains("workloads.yaml:3"));
    let owned = "version: 1\nworkloads:\n  - name: later\n    owner: team-later\n    retired_at: 2026-01-01T00:00:00Z\n    \
                 identities: [{ aws_user: \"arn:aws:iam::999999999999:user/later\" }]\n";
    place.write("workloads.yaml", owned);
    daemon.until("the good one was taken", |daemon| reloads(daemon, "done"));
    append(&place, "logs/a.ndjson", &[later(0), later(1)]);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    let found = delivered(&place, "findings.ndjson");
    let is_owned = |finding: &Value| finding["resources"][0]["owner"]["name"] == "team-later";
    assert!(found.iter().any(is_owned), "{found:#?}");
}

#[test]
fn a_hangup_reads_the_world_anew() {
    let place = Place::new();
    configure(&place, "");
    place.write("logs/a.ndjson", later(0) + "\n");
    let mut daemon = start(&place);
    daemon.signal("HUP");
    daemon.until("it was read anew", |daemon| daemon.metric("ambit_reloads_total") > 0.5);
    daemon.stop();
}
