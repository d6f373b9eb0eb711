//! `ambit normalize`: logs in, canonical events out.

mod ndjson;
mod ocsf;
mod parquet;

use std::fs::File;
use std::path::{Path, PathBuf};

use ambit_history::{Archive, Naming, Part};
use ambit_schemas::EventBatch;
use anyhow::Context;

use self::ndjson::NdjsonWriter;
#[cfg(feature = "kafka")]
pub(crate) use self::ndjson::line;
use self::ocsf::OcsfWriter;
pub(crate) use self::parquet::ParquetFile;

use crate::args::{NormalizeArgs, Schema};
use crate::config::Kept;
use crate::exit::{Exit, usage};
use crate::objects::{is_url, lies_in};
use crate::output::{self, ArchivePlace, Target};
use crate::{intake, inventory};

const FAILED: &str = "cannot write --out";

/// Runs the command.
pub(crate) fn run(args: &NormalizeArgs) -> anyhow::Result<Exit> {
    let outputs = [("--out", Some(&args.out)), ("--rejects", args.rejects.as_ref())];
    output::check_distinct(&outputs)?;
    let read = args.paths.iter().chain(&args.input.inventory);
    output::check_spares(&outputs, &read.map(PathBuf::as_path).collect::<Vec<_>>())?;
    check_apart(args)?;
    let inventory = inventory::load(args.input.inventory.as_deref())?;
    let mut writer = Writer::create(&args.out, args.schema)?;
    let taken = intake::take(&args.paths, &args.input, &inventory, args.rejects.as_ref(), &mut |batch| {
        writer.write(&batch)
    })?;
    writer.finish()?;
    Ok(if taken.counts.total().rejected > 0 { Exit::Incomplete } else { Exit::Done })
}

/// The shapes of events on disk.
enum Writer {
    Ndjson(NdjsonWriter),
    Parquet(Box<ParquetFile>),
    Archive(Archive, ArchivePlace),
    Ocsf(OcsfWriter),
}

/// Rows of a full file of the archive.
const PART_ROWS: usize = 256 * 1024;

impl Writer {
    fn create(target: &Target, schema: Schema) -> anyhow::Result<Self> {
        match target {
            Target::File(path) if is_folder(path) => {
                if schema == Schema::Ocsf {
                    return Err(usage(format!(
                        "--as ocsf writes NDJSON, and --out {target} is an archive: give it a file"
                    )));
                }
                Ok(Self::Archive(Archive::new(Naming::ByContent, PART_ROWS), archive(path)?))
            }
            Target::File(path) if is_url(&path.to_string_lossy()) => {
                Err(usage(format!("--out {target}: an archive is written to a URL, which ends in `/`")))
            }
            Target::File(path) if is_parquet(path) => {
                if schema == Schema::Ocsf {
                    return Err(usage(format!(
                        "--as ocsf writes NDJSON, and --out {target} ends in .parquet: give it another ending, or leave out --as ocsf"
                    )));
                }
                let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
                Ok(Self::Parquet(Box::new(ParquetFile::new(file)?)))
            }
            target => {
                let out = target.create_until_closed()?;
                Ok(match schema {
                    Schema::Ambit => Self::Ndjson(NdjsonWriter::new(out)),
                    Schema::Ocsf => Self::Ocsf(OcsfWriter::new(out)),
                })
            }
        }
    }

    fn write(&mut self, batch: &EventBatch) -> anyhow::Result<()> {
        match self {
            Self::Ndjson(writer) => writer.write(batch).context(FAILED),
            Self::Parquet(writer) => writer.write(batch).context(FAILED),
            Self::Archive(archive, place) => put(place, &archive.add(batch)?),
            Self::Ocsf(writer) => writer.write(batch).context(FAILED),
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Ndjson(writer) => writer.finish().context(FAILED),
            Self::Parquet(writer) => writer.finish().context(FAILED),
            Self::Archive(mut archive, place) => put(&place, &archive.close()?),
            Self::Ocsf(writer) => writer.finish().context(FAILED),
        }
    }
}

/// The place of an archive.
fn archive(path: &Path) -> anyhow::Result<ArchivePlace> {
    let kept = Kept::of(path);
    if let Kept::Objects(place) = &kept {
        place.check().map_err(|fault| usage(format!("--out {}: {fault}", place.shown())))?;
    }
    ArchivePlace::open(&kept).context(FAILED)
}

/// Refuses an archive in the midst of what is read: its files would be read again while they are written.
fn check_apart(args: &NormalizeArgs) -> anyhow::Result<()> {
    let Target::File(out) = &args.out else { return Ok(()) };
    if !is_folder(out) {
        return Ok(());
    }
    let holds = |path: &&PathBuf| match (Kept::of(path), Kept::of(out)) {
        (Kept::Folder(path), Kept::Folder(out)) => {
            let place = out.canonicalize().ok().zip(path.canonicalize().ok());
            place.is_some_and(|(out, path)| out.starts_with(path))
        }
        (Kept::Objects(path), Kept::Objects(out)) => lies_in(&out.url, &path.url),
        _ => false,
    };
    args.paths.iter().find(holds).map_or(Ok(()), |path| {
        let (target, path) = (&args.out, path.display());
        Err(usage(format!("--out {target} lies in {path}, which is read: give the archive another place")))
    })
}

fn put(place: &ArchivePlace, parts: &[Part]) -> anyhow::Result<()> {
    parts.iter().try_for_each(|part| place.put(part, &|| {})).context(FAILED)
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}
