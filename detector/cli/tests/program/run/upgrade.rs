//! The checkpoints that earlier versions left behind are gone on from.

use super::*;

/// The weeks that come after what the kept checkpoints know.
const NEXT: [&str; 2] = ["03-30", "04-06"];

#[test]
fn a_checkpoint_of_an_earlier_version_leads_to_the_same_findings() {
    let golden = samples("../golden");
    let place = Place::new();
    std::fs::create_dir(place.path("logs")).unwrap();
    for week in NEXT {
        for (from, name) in [
            ("vault", format!("audit-2026-{week}.log.zst")),
            ("otel", format!("traces-2026-{week}.jsonl.zst")),
        ] {
            std::fs::copy(samples(&format!("{from}/{name}")), place.path(&format!("logs/{name}"))).unwrap();
        }
    }
    place.write("logs/later.ndjson", format!("{}\n{}\n", later(0), later(1)));
    // What the replay of the same version left is gone on from in the same way.
    place.write(
        "replayed-state/detector.state",
        std::fs::read(format!("{golden}/state/version-4.state")).unwrap(),
    );
    let inventory = samples("workloads.yaml");
    let to = LATER[1].0;
    place
        .run(&format!(
            "replay logs --inventory {inventory} --state replayed-state --to {to} --findings replayed"
        ))
        .ends_with(0);
    let kept = std::fs::read(format!("{golden}/checkpoints/version-4.ambit")).unwrap();
    place.write("state/checkpoint-00000000000000000002.ambit", kept);
    configure(&place, "detector: { idle_secs: 1 }\n");
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    let (found, expected) =
        (last_lines(delivered(&place, "findings.ndjson")), last_lines(place.lines("replayed")));
    assert!(expected.len() > 5, "{}", expected.len());
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(found == expected);
}
