//! Whole files, through the reader that `ambit replay` has.

use std::io::Write as _;

use ambit_ingest::{Reader, Settings};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::reading::{Outcome, Taken};

fn read(bytes: &[u8], batch_rows: usize) -> Outcome {
    let mut file = tempfile::NamedTempFile::with_prefix_in("f", std::env::temp_dir()).unwrap();
    file.write_all(bytes).unwrap();
    // Positions carry the path.
    let path = file.into_temp_path();
    let fixed = path.with_file_name("fuzzed");
    std::fs::rename(&path, &fixed).unwrap();
    let settings = Settings { batch_rows, ..Settings::default() };
    let mut reader = Reader::open(std::slice::from_ref(&fixed), settings).unwrap();
    let mut taken = Taken::default();
    while let Some(delivery) = reader.next() {
        taken.add(Some(delivery));
    }
    let read = taken.all(reader.counts().total());
    std::fs::remove_file(&fixed).unwrap();
    read
}

/// Reads a file with batches of several sizes.
pub fn any_batch(bytes: &[u8]) {
    let whole = read(bytes, 8_192);
    for batch_rows in [1, 3] {
        assert_eq!(whole, read(bytes, batch_rows), "batches of {batch_rows}");
    }
}

/// Reads a file, and the same behind gzip and behind zstd.
pub fn any_codec(bytes: &[u8]) {
    any_batch(bytes);
    let magics: [&[u8]; 4] = [b"PAR1", b"Obj\x01", &[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd]];
    let skippable = bytes.get(1..4) == Some(&[0x2a, 0x4d, 0x18]);
    if skippable || magics.iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let plain = read(bytes, 8_192);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    assert_eq!(plain, read(&gzip.finish().unwrap(), 8_192), "behind gzip");
    assert_eq!(plain, read(&zstd::encode_all(bytes, 1).unwrap(), 8_192), "behind zstd");
}
