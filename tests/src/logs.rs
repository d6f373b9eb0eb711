//! Logs as records: taken out of the files that hold them, and packed anew in any order, split and compression.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::value::RawValue;

/// How a file holds its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// One record a line.
    Lines,
    /// One record a line, gzip in two members.
    GzipLines,
    /// One record a line, zstd in two frames.
    ZstdLines,
    /// One JSON array.
    Array,
    /// One JSON array, gzip.
    GzipArray,
}

impl Packing {
    /// Every packing.
    pub const ALL: &'static [Self] =
        &[Self::Lines, Self::GzipLines, Self::ZstdLines, Self::Array, Self::GzipArray];

    /// The ending of a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Lines => "ndjson",
            Self::GzipLines => "jsonl.gz",
            Self::ZstdLines => "log.zst",
            Self::Array => "json",
            Self::GzipArray => "json.gz",
        }
    }

    /// The bytes of a file with these records.
    ///
    /// # Errors
    /// When compression fails.
    pub fn pack(self, records: &[Vec<u8>]) -> io::Result<Vec<u8>> {
        let half = records.len() / 2;
        match self {
            Self::Lines => Ok(lines(records)),
            Self::GzipLines => {
                Ok([gzip(&lines(&records[..half]))?, gzip(&lines(&records[half..]))?].concat())
            }
            Self::ZstdLines => Ok([
                zstd::encode_all(&*lines(&records[..half]), 1)?,
                zstd::encode_all(&*lines(&records[half..]), 1)?,
            ]
            .concat()),
            Self::Array => Ok(array(records)),
            Self::GzipArray => gzip(&array(records)),
        }
    }
}

fn lines(records: &[Vec<u8>]) -> Vec<u8> {
    records.iter().flat_map(|record| record.iter().copied().chain([b'\n'])).collect()
}

fn array(records: &[Vec<u8>]) -> Vec<u8> {
    [b"[".as_slice(), &records.join(b",".as_slice()), b"]"].concat()
}

/// One gzip member.
///
/// # Errors
/// When compression fails.
pub fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Every file under a folder, or the file itself, in order.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut inside = std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    inside.sort();
    let mut all = Vec::new();
    for path in inside {
        all.extend(files(&path)?);
    }
    Ok(all)
}

/// The bytes of a file, decompressed where its first bytes say that it is compressed.
///
/// # Errors
/// When it cannot be read.
pub fn plain(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(path)?;
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(&*bytes).read_to_end(&mut plain)?;
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::Decoder::new(&*bytes)?.read_to_end(&mut plain)?;
    } else {
        plain = bytes;
    }
    Ok(plain)
}

/// The records of a file on one line each: of an array, of `{"Records": []}`, or of its lines.
///
/// # Errors
/// When it cannot be read or is no JSON.
pub fn records(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    #[derive(serde::Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow, rename = "Records")]
        records: Vec<&'a RawValue>,
    }
    let bytes = plain(path)?;
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let raw: Vec<&RawValue> = if start == Some(&b'[') {
        serde_json::from_slice(&bytes)?
    } else if let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(&bytes) {
        envelope.records
    } else {
        serde_json::Deserializer::from_slice(&bytes).into_iter().collect::<Result<_, _>>()?
    };
    // Line breaks between the tokens of a record would cut it; inside of its texts they are escaped.
    raw.into_iter().map(|raw| Ok(raw.get().replace(['\n', '\r'], " ").into_bytes())).collect()
}

/// A small generator of numbers: the same seed gives the same numbers on every machine.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// Puts things into any order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let all =
            (0..5).map(|n| format!("{{\"n\":{n},\"text\":\"a\\nb\"}}").into_bytes()).collect::<Vec<_>>();
        let folder = tempfile::tempdir().unwrap();
        for packing in Packing::ALL {
            for expected in [&all[..], &all[..1], &[]] {
                let path = folder.path().join(packing.extension());
                std::fs::write(&path, packing.pack(expected).unwrap()).unwrap();
                assert_eq!(records(&path).unwrap(), expected, "{packing:?}");
            }
        }
        let path = folder.path().join("trail.json");
        std::fs::write(&path, "{\"Records\": [{\"n\":\n1}, {\"n\":2}]}").unwrap();
        assert_eq!(records(&path).unwrap(), [b"{\"n\": 1}".to_vec(), b"{\"n\":2}".to_vec()]);
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut numbers = (0..100).collect::<Vec<_>>();
        Dice::new(7).shuffle(&mut numbers);
        assert_ne!(numbers, (0..100).collect::<Vec<_>>());
        numbers.sort_unstable();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    }
}
