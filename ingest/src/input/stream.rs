//! An input as a stream of decompressed bytes.

use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, ErrorKind, Read, Seek, Write};

use flate2::read::MultiGzDecoder;

use super::walk::Input;
use crate::record::Reason;

/// How many decompressed bytes a compressed byte may give. Logs reach 50 where they repeat themselves.
const MAX_EXPANSION: u64 = 200;
/// Decompressed bytes below which the expansion is not looked at.
const FREE_EXPANSION: u64 = 256 << 20;
/// The largest zstd window, as a power of two: the memory that a frame may ask for.
const MAX_WINDOW_LOG: u32 = 27;

/// The largest Parquet object that is put into a temporary file.
const MAX_SPOOLED: u64 = 4 << 30;

/// An opened input.
#[derive(Debug)]
pub(crate) enum Opened {
    /// Text to be cut into records.
    Stream(Stream),
    /// A Parquet file.
    Parquet(File),
}

/// The bytes of an input, as they are stored, with their number.
struct Raw {
    from: RawSource,
    count: u64,
}

enum RawSource {
    File(File),
    Stdin(io::Stdin),
    Stream(Box<dyn Read + Send>),
}

impl Read for Raw {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.from {
            RawSource::File(file) => file.read(into),
            RawSource::Stdin(stdin) => stdin.read(into),
            RawSource::Stream(bytes) => bytes.read(into),
        };
        // The decompressors pass it on as it is, so that a fault of a disk or the network is not taken for a broken file.
        let count = read.map_err(|error| match error.kind() {
            ErrorKind::Interrupted => error,
            _ => io::Error::other(Reason::Io(error.to_string())),
        })?;
        self.count += count as u64;
        Ok(count)
    }
}

/// The first bytes, read to tell the codec, and the rest.
type Head = Chain<Cursor<Vec<u8>>, Raw>;

enum Codec {
    Plain(Head),
    Gzip(Box<MultiGzDecoder<Head>>),
    Zstd(zstd::Decoder<'static, BufReader<Head>>),
}

/// A stream of decompressed bytes. Its errors carry a [`Reason`].
pub(crate) struct Stream {
    codec: Codec,
    decompressed: u64,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("codec", &self.codec()).finish_non_exhaustive()
    }
}

/// Opens an input; what it is, is told from its first bytes and never from its name.
pub(crate) fn open(input: Input) -> Result<Opened, Reason> {
    let failed = |error: io::Error| told(&error);
    let from = match input {
        Input::File(path) => RawSource::File(File::open(path).map_err(failed)?),
        Input::Stdin => RawSource::Stdin(io::stdin()),
        Input::Stream { bytes, .. } => RawSource::Stream(bytes),
    };
    let mut raw = Raw { from, count: 0 };
    let mut head = Vec::new();
    raw.by_ref().take(4).read_to_end(&mut head).map_err(failed)?;
    match (head.as_slice(), &raw.from) {
        (b"PAR1", RawSource::File(file)) => return file.try_clone().map(Opened::Parquet).map_err(failed),
        (b"PAR1", RawSource::Stream(_)) => return spooled(&head, raw).map(Opened::Parquet),
        (b"PAR1", RawSource::Stdin(_)) => {
            return Err(Reason::Unsupported(
                "Parquet is read from files only, because its index stands at the end",
            ));
        }
        (b"Obj\x01", _) => {
            return Err(Reason::Unsupported("Avro files are not read; give the events as Parquet or NDJSON"));
        }
        _ => {}
    }
    Stream::new(head, raw).map(Opened::Stream).map_err(failed)
}

/// The reason that an error carries.
fn reason_in(error: &io::Error) -> Option<Reason> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Reason>()).cloned()
}

/// The reason that an error is, where its codec plays no part.
fn told(error: &io::Error) -> Reason {
    reason_in(error).unwrap_or_else(|| Reason::Io(error.to_string()))
}

/// A stream as a nameless file, because the index of Parquet stands at its end.
fn spooled(head: &[u8], raw: Raw) -> Result<File, Reason> {
    let failed = |error: io::Error| told(&error);
    let mut file = tempfile::tempfile().map_err(failed)?;
    file.write_all(head).map_err(failed)?;
    let copied = io::copy(&mut raw.take(MAX_SPOOLED), &mut file).map_err(failed)?;
    if copied == MAX_SPOOLED {
        return Err(Reason::Unsupported(
            "a Parquet object of more than 4 GiB is not read; give it as several",
        ));
    }
    file.rewind().map_err(failed)?;
    Ok(file)
}

impl Stream {
    fn new(head: Vec<u8>, raw: Raw) -> io::Result<Self> {
        let magic =
            [head.first(), head.get(1), head.get(2), head.get(3)].map(|byte| byte.copied().unwrap_or(0));
        let head = Cursor::new(head).chain(raw);
        let codec = match magic {
            [0x1f, 0x8b, ..] => Codec::Gzip(Box::new(MultiGzDecoder::new(head))),
            // A frame, or a skippable one before it.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                let mut decoder = zstd::Decoder::new(head)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Codec::Zstd(decoder)
            }
            _ => Codec::Plain(head),
        };
        Ok(Self { codec, decompressed: 0 })
    }

    /// Bytes read so far, as they are stored.
    pub(crate) fn bytes_read(&self) -> u64 {
        let head = match &self.codec {
            Codec::Plain(head) => head,
            Codec::Gzip(decoder) => decoder.get_ref(),
            Codec::Zstd(decoder) => decoder.get_ref().get_ref(),
        };
        head.get_ref().1.count
    }

    /// Whether the bytes are stored as they are.
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self.codec, Codec::Plain(_))
    }

    const fn codec(&self) -> &'static str {
        match self.codec {
            Codec::Plain(_) => "plain",
            Codec::Gzip(_) => "gzip",
            Codec::Zstd(_) => "zstd",
        }
    }

    fn reason(&self, error: &io::Error) -> Reason {
        if let Some(reason) = reason_in(error) {
            return reason;
        }
        let what = match error.kind() {
            ErrorKind::UnexpectedEof => "cut off".to_owned(),
            // The header of the first member was read, so this is about a further one.
            ErrorKind::InvalidInput if self.decompressed > 0 && matches!(self.codec, Codec::Gzip(_)) => {
                "something that is no gzip follows its end".to_owned()
            }
            _ => error.to_string(),
        };
        match self.codec {
            Codec::Plain(_) => Reason::Io(what),
            _ => Reason::Compression { codec: self.codec(), what },
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let result = match &mut self.codec {
            Codec::Plain(head) => head.read(into),
            Codec::Gzip(decoder) => decoder.read(into),
            Codec::Zstd(decoder) => decoder.read(into),
        };
        let count = match result {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(io::Error::other(self.reason(&error))),
        };
        self.decompressed += count as u64;
        let compressed = !matches!(self.codec, Codec::Plain(_));
        if compressed
            && self.decompressed > FREE_EXPANSION
            && self.decompressed / MAX_EXPANSION > self.bytes_read()
        {
            return Err(io::Error::other(Reason::Expansion { limit: MAX_EXPANSION }));
        }
        Ok(count)
    }
}
