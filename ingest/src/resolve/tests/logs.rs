//! The resolver behind the decoders, on logs that real programs wrote.

use std::path::{Path, PathBuf};

use super::*;
use crate::reader::Reader;

const INVENTORY: &str = r#"
version: 1
environments:
  - { name: prod, match: [{ aws_account: "111122223333" }, { k8s_cluster: eks-prod, k8s_namespace: "ml-*" }] }
  - { name: vault, match: [{ vault_namespace: root }] }
workloads:
  - name: rag
    identities: [{ vault_role: approle/rag-retriever }, { agent: rag-retriever }, { service: rag-* }]
  - name: search
    identities: [{ service: search-mcp }]
  - name: waf
    identities: [{ aws_role: "arn:aws:iam::123456789123:role/Mordor*-BankingWAFRole-*" }]
"#;

/// Rows of each workload, environment and target, for those that the inventory names, and the counts.
fn summary(folder: &str) -> (String, ResolveCounts) {
    let inventory = read_inventory("w.yaml", INVENTORY.as_bytes()).unwrap();
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let reader = Reader::open(&[path], crate::Settings::default()).unwrap();
    let mut resolver = Resolver::new(&inventory, Labels::new());
    let mut rows = std::collections::BTreeMap::<String, u32>::new();
    for delivery in reader {
        let batch = resolver.resolve(&delivery.batch).unwrap();
        for (what, column) in
            [("by", Column::Workload), ("in", Column::Environment), ("on", Column::TargetWorkload)]
        {
            for name in (0..batch.len()).filter_map(|row| batch.dict(column).get(row)) {
                if ["rag", "search", "waf", "prod", "vault"].contains(&name) {
                    *rows.entry(format!("{what} {name}")).or_default() += 1;
                }
            }
        }
    }
    let words = rows.iter().map(|(name, rows)| format!("{name} {rows}")).collect::<Vec<_>>();
    (words.join(", "), resolver.counts())
}

#[test]
fn vault_and_telemetry() {
    let (words, counts) = summary("tests/fixtures");
    assert_eq!(words, "by rag 81, by search 12, in prod 27, in vault 299, on rag 12");
    let expect = ResolveCounts {
        rows: 342,
        registered: 93,
        discovered: 211,
        pending: 14,
        nameless: 24,
        without_environment: 16,
        ..ResolveCounts::default()
    };
    assert_eq!(counts, expect);
}

#[test]
fn cloudtrail() {
    let (words, counts) = summary("../replay-data/third-party/cloudtrail-otrf");
    assert_eq!(words, "by waf 11, on waf 3");
    let expect = ResolveCounts {
        rows: 103,
        registered: 11,
        discovered: 87,
        platform: 5,
        without_environment: 103,
        ..ResolveCounts::default()
    };
    assert_eq!(counts, expect);
}
