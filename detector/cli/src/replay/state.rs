//! The state file of `--state`: one file that is either whole or refused.
//!
//! Layout: magic, version of this layout, SHA-256 of the rest, the rest. The rest is a zstd frame of: version of the
//! snapshot, number of tables, and for each table its name and an Arrow IPC stream, both with their length before
//! them. Numbers are little-endian.

use std::fs::{self, File, TryLockError};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use ambit_core::Snapshot;
use anyhow::{Context, bail, ensure};
use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use sha2::{Digest, Sha256};

const FILE: &str = "detector.state";
const LOCK: &str = "lock";
const MAGIC: &[u8; 8] = b"AMBITST\n";
const LAYOUT: u32 = 1;
const HEADER_BYTES: usize = 8 + 4 + 32;
const ZSTD_LEVEL: i32 = 3;

/// A folder that keeps the detector's state between runs, or one look into it.
#[derive(Debug)]
pub(crate) struct StateFile {
    folder: PathBuf,
    /// Held as long as this is; the system lets go of it when the process ends, however it ends.
    _lock: Option<File>,
}

impl StateFile {
    /// The state file of a folder, to be read.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), _lock: None }
    }

    /// The state file of a folder, which need not exist yet, for one run that goes on from it: two at once would each
    /// forget what the other learnt.
    ///
    /// # Errors
    /// When another run has it, or the folder cannot be made.
    pub(crate) fn lock(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(LOCK);
        let opened = fs::create_dir_all(folder).and_then(|()| File::create(&path));
        let file = opened.with_context(|| format!("cannot write to --state {}", folder.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: Some(file) }),
            Err(TryLockError::WouldBlock) => bail!(
                "--state {}: another run is going on from this state; wait until it is done, or give another folder",
                folder.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// The state left by the last run; `None` if there was none.
    ///
    /// # Errors
    /// When the file cannot be read, or is not what was written.
    pub(crate) fn load(&self) -> anyhow::Result<Option<Snapshot>> {
        let path = self.path();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let snapshot = decode(&bytes).with_context(|| {
            format!("{}: restore this file from a backup, or remove it to begin anew", path.display())
        })?;
        Ok(Some(snapshot))
    }

    /// Replaces the state: a crash leaves the old file or the new one, never half of one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn save(&self, snapshot: &Snapshot) -> anyhow::Result<()> {
        let bytes = encode(snapshot)?;
        self.replace(&bytes).with_context(|| format!("cannot write the state to {}", self.folder.display()))
    }

    fn replace(&self, bytes: &[u8]) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.path())?;
        // The new name is durable once its folder is.
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }
}

/// A snapshot as bytes that tell any damage.
///
/// # Errors
/// When it does not fit the layout.
pub(crate) fn encode(snapshot: &Snapshot) -> anyhow::Result<Vec<u8>> {
    let mut body = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
    body.write_all(&snapshot.version.to_le_bytes())?;
    body.write_all(&u32::try_from(snapshot.tables.len())?.to_le_bytes())?;
    for (name, table) in &snapshot.tables {
        let mut stream = StreamWriter::try_new(Vec::new(), &table.schema())?;
        stream.write(table)?;
        for part in [name.as_bytes(), &stream.into_inner()?] {
            body.write_all(&u64::try_from(part.len())?.to_le_bytes())?;
            body.write_all(part)?;
        }
    }
    let body = body.finish()?;
    let mut file = Vec::with_capacity(HEADER_BYTES + body.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&LAYOUT.to_le_bytes());
    file.extend_from_slice(&Sha256::digest(&body));
    file.extend_from_slice(&body);
    Ok(file)
}

/// The snapshot of such bytes.
///
/// # Errors
/// When they are not what was written.
pub(crate) fn decode(file: &[u8]) -> anyhow::Result<Snapshot> {
    let (Some(header), Some(body)) = (file.get(..HEADER_BYTES), file.get(HEADER_BYTES..)) else {
        bail!("the state file is cut off");
    };
    let (magic, rest) = header.split_at(MAGIC.len());
    let (layout, checksum) = rest.split_at(4);
    ensure!(magic == MAGIC, "this is no state file of Ambit");
    ensure!(
        layout == LAYOUT.to_le_bytes(),
        "the state file has the layout of another version; this program reads layout {LAYOUT}"
    );
    ensure!(checksum == Sha256::digest(body).as_slice(), "the state file is damaged: its checksum differs");
    let body = zstd::decode_all(body)?;
    let mut body = Cursor::new(body.as_slice());
    let version = u32::from_le_bytes(number(&mut body)?);
    let tables = u32::from_le_bytes(number(&mut body)?);
    let tables = (0..tables)
        .map(|_| {
            let name = String::from_utf8(part(&mut body)?.to_vec())?;
            Ok((name, table(part(&mut body)?)?))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Snapshot { version, tables })
}

fn number<const N: usize>(body: &mut Cursor<&[u8]>) -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    body.read_exact(&mut bytes).context("the state file is cut off")?;
    Ok(bytes)
}

fn part<'a>(body: &mut Cursor<&'a [u8]>) -> anyhow::Result<&'a [u8]> {
    let length = u64::from_le_bytes(number(body)?);
    let start = usize::try_from(body.position())?;
    let end = start.checked_add(usize::try_from(length)?).context("the state file is cut off")?;
    let bytes = body.get_ref().get(start..end).context("the state file is cut off")?;
    body.set_position(u64::try_from(end)?);
    Ok(bytes)
}

fn table(stream: &[u8]) -> anyhow::Result<RecordBatch> {
    let mut reader = StreamReader::try_new(stream, None)?;
    reader.next().context("a table of the state file is empty")?.map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ambit_schemas::vocabulary::Source;
    use ambit_schemas::{EventBatch, EventBatchBuilder, EventRow, EventTime};
    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    fn snapshot() -> Snapshot {
        let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        let table = RecordBatch::try_from_iter([("name", names), ("value", values)]).unwrap();
        let tables = vec![("one".to_owned(), table.clone()), ("two".to_owned(), table.slice(0, 0))];
        Snapshot { version: 7, tables }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFile::new(&folder.path().join("new"));
        assert!(state.load().unwrap().is_none());
        for _ in 0..2 {
            state.save(&snapshot()).unwrap();
            let loaded = state.load().unwrap().unwrap();
            assert_eq!((loaded.version, &loaded.tables), (7, &snapshot().tables));
        }
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    /// What waits is bounded by its bytes: it must not seem to be more after a restart than it was before.
    #[test]
    fn events_take_as_much_room_when_they_are_loaded() {
        let mut builder = EventBatchBuilder::new();
        for number in 0..2_000 {
            let (id, resource) = (format!("event-{number}"), format!("resource-{number}"));
            let row = EventRow::new(Source::AwsCloudtrail, &id, EventTime(number));
            builder.push(&EventRow { resource: Some(&resource), origin: "log", ..row });
        }
        let made = builder.finish().unwrap();
        let tables = vec![("events".to_owned(), made.as_record_batch().clone())];
        let bytes = encode(&Snapshot { version: 1, tables }).unwrap();
        let loaded = decode(&bytes).unwrap().tables.remove(0).1;
        let loaded = EventBatch::try_new(loaded).unwrap();
        let [before, after] = [&made, &loaded].map(EventBatch::memory_bytes);
        assert!(after > before / 2 && after < before * 2, "{after}, not {before}");
        let plain = made.as_record_batch().get_array_memory_size();
        assert!(before > plain / 2 && before < plain * 2, "{before}, not {plain}");
    }

    #[test]
    fn a_state_is_for_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateFile::lock(folder.path()).unwrap();
        let refused = format!("{:#}", StateFile::lock(folder.path()).unwrap_err());
        assert!(refused.contains("another run"), "{refused}");
        drop(first);
        StateFile::lock(folder.path()).unwrap();
    }

    #[test]
    fn no_damage_goes_unseen() {
        let whole = encode(&snapshot()).unwrap();
        assert!(decode(&whole).is_ok());
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(decode(&flipped).is_err(), "bit flipped in byte {at}");
            assert!(decode(&whole[..at]).is_err(), "cut at byte {at}");
        }
    }

    #[test]
    fn the_error_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for (content, told) in
            [("", "cut off"), ("{\"not\": \"a state file, although it is long enough\"}", "no state file")]
        {
            fs::write(folder.path().join(FILE), content).unwrap();
            let error = format!("{:#}", StateFile::new(folder.path()).load().unwrap_err());
            assert!(error.contains(told) && error.contains("remove it"), "{error}");
        }
    }
}
