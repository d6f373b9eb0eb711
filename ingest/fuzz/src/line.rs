//! The straight line behind the decoders.

use std::sync::{Arc, LazyLock};

use ambit_core::Detector;
use ambit_ingest::{Decoder, RawRecord, Resolver, Settings, read_inventory};
use ambit_rules::Catalogue;
use ambit_schemas::{EventBatch, Inventory, RuleSet};

/// The inventory of the samples.
pub static INVENTORY: LazyLock<Inventory> = LazyLock::new(|| {
    let text = include_bytes!("../../../replay-data/samples/workloads.yaml");
    read_inventory("workloads.yaml", text).unwrap()
});

/// The rules as they are shipped.
pub static RULES: LazyLock<RuleSet> = LazyLock::new(|| Catalogue::embedded().unwrap().rule_set(0.1).unwrap());

/// The events of lines, resolved.
pub fn events(data: &[u8]) -> Option<EventBatch> {
    let origin: Arc<str> = "f".into();
    let mut decoder = Decoder::new(Settings::default());
    for (number, line) in data.split(|byte| *byte == b'\n').enumerate() {
        decoder.push(&RawRecord::of_file(line, &origin, number as i64));
    }
    let batch = decoder.flush()?.batch;
    let mut resolver = Resolver::new(&INVENTORY, Default::default());
    Some(resolver.resolve(&batch).unwrap())
}

/// A detector that looked at a batch.
pub fn detector(batch: &EventBatch) -> Detector {
    let mut detector = Detector::new(RULES.clone(), INVENTORY.clone());
    detector.push(batch);
    detector
}

/// Decodes, resolves and detects; a detector restored in the middle finds the same.
pub fn run(data: &[u8]) {
    let Some(batch) = events(data) else { return };
    let mut one = detector(&batch);
    let mut two = Detector::restore(RULES.clone(), INVENTORY.clone(), &one.snapshot().unwrap()).unwrap();
    for detector in [&mut one, &mut two] {
        if let Some(latest) = batch.times().iter().max() {
            detector.advance(ambit_schemas::EventTime(*latest));
        }
        detector.close();
    }
    let findings = |detector: &mut Detector| {
        std::iter::from_fn(|| detector.poll_finding())
            .map(|finding| format!("{finding:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(findings(&mut one), findings(&mut two));
}
