//! Where data goes: a file, or stdout, which carries data only.

mod archive;

use std::fmt;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;

use crate::exit::usage;

pub(crate) use self::archive::ArchivePlace;

/// The width of text where there is no terminal to say one, in columns.
pub(crate) const PLAIN_WIDTH: usize = 100;

/// The value of an output flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `-`.
    Stdout,
    /// Anything else.
    File(PathBuf),
}

impl FromStr for Target {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" { Self::Stdout } else { Self::File(text.into()) })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("stdout"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Target {
    /// Whether it is something like `/dev/null`, which any number of outputs may share.
    fn is_device(&self) -> bool {
        matches!(self, Self::File(path) if path.metadata().is_ok_and(|meta| !meta.is_file()))
    }

    /// Where it is, whatever it is called: the same file has one place.
    fn place(&self) -> Option<PathBuf> {
        let Self::File(path) = self else { return None };
        Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?))
    }

    /// Opens it for writing, empty. A reader that goes away ends the output and not the work: what was to be decided,
    /// kept and counted still is.
    pub(crate) fn create(&self) -> anyhow::Result<Box<dyn Write>> {
        Ok(Box::new(WhileRead { out: self.create_until_closed()?, is_closed: false }))
    }

    /// Writes a file that is whole or is not there: what stood in its place stays until all is written, and for good if
    /// that fails. Stdout and devices have what was written.
    ///
    /// # Errors
    /// Those of `write`, and when the place cannot be written.
    pub(crate) fn create_whole(
        &self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Self::File(path) = self else {
            let mut out = BufWriter::new(io::stdout());
            write(&mut out)?;
            return out.flush().context("cannot write to stdout");
        };
        let failed = || format!("cannot write {}", path.display());
        // A link stays one, and what may not be written is not replaced either.
        let place = path.canonicalize().unwrap_or_else(|_absent| path.clone());
        if place.exists() {
            File::options().write(true).open(&place).with_context(failed)?;
        }
        if self.is_device() {
            let mut out = BufWriter::new(File::create(path).with_context(failed)?);
            write(&mut out)?;
            return out.flush().with_context(failed);
        }
        // As of a file that is made in the usual way, or as of the one that was there.
        let permissions =
            path.metadata().map_or_else(|_absent| Permissions::from_mode(0o666), |meta| meta.permissions());
        let named =
            || tempfile::Builder::new().permissions(permissions.clone()).tempfile_in(folder_of(&place));
        let mut named = match named() {
            // Its folder may not be written, and it may.
            Err(_closed) if place.exists() => tempfile::NamedTempFile::new().with_context(failed)?,
            named => named.with_context(failed)?,
        };
        let mut out = BufWriter::new(named.as_file_mut());
        write(&mut out)?;
        out.flush().with_context(failed)?;
        drop(out);
        if let Err(refused) = named.persist(&place) {
            // A file that is mounted, or of another device, is no name to be given to another.
            let mut whole = refused.file.reopen().with_context(failed)?;
            let mut file = File::options().write(true).truncate(true).open(&place).with_context(failed)?;
            io::copy(&mut whole, &mut file).with_context(failed)?;
        }
        Ok(())
    }

    /// Opens it for writing, empty. A reader that goes away is an error: there is nothing else to do.
    pub(crate) fn create_until_closed(&self) -> anyhow::Result<Box<dyn Write>> {
        Ok(match self {
            Self::Stdout => Box::new(BufWriter::new(io::stdout())),
            Self::File(path) => {
                let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
                Box::new(BufWriter::new(file))
            }
        })
    }
}

/// Writes for as long as somebody reads.
struct WhileRead {
    out: Box<dyn Write>,
    is_closed: bool,
}

impl WhileRead {
    fn when_read<T>(
        &mut self,
        unread: T,
        write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.is_closed {
            return Ok(unread);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(unread)
            }
            done => done,
        }
    }
}

impl Write for WhileRead {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.when_read(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.when_read((), |out| out.flush())
    }
}

/// Refuses two outputs to one place: lines of two kinds would be mixed.
pub(crate) fn check_distinct(outputs: &[(&str, Option<&Target>)]) -> anyhow::Result<()> {
    let given = outputs.iter().filter_map(|(flag, target)| target.map(|target| (*flag, target)));
    let given = given.filter(|(_, target)| !target.is_device()).collect::<Vec<_>>();
    for (index, (flag, target)) in given.iter().enumerate() {
        if let Some((other, _)) =
            given[..index].iter().find(|(_, other)| other == target || same(other, target))
        {
            return Err(usage(format!("{other} and {flag} both write to {target}: give one of them a file")));
        }
    }
    Ok(())
}

fn same(one: &Target, other: &Target) -> bool {
    one.place().is_some_and(|place| Some(place) == other.place())
}

/// Refuses an output that would take the place of something that is read: a log, the inventory, the state.
pub(crate) fn check_spares(outputs: &[(&str, Option<&Target>)], read: &[&Path]) -> anyhow::Result<()> {
    for (flag, target) in outputs.iter().filter_map(|(flag, target)| target.map(|target| (flag, target))) {
        let Some(place) = target.place().filter(|place| place.is_file()) else { continue };
        let taken = |source: &&&Path| source.canonicalize().is_ok_and(|source| place.starts_with(source));
        if let Some(source) = read.iter().find(taken) {
            let source = source.display();
            return Err(usage(format!(
                "{flag} would overwrite {target}, which is read as part of {source}: give it another place"
            )));
        }
    }
    Ok(())
}

/// Prints a page on stdout: coloured and fitted on a terminal that wants it, plain anywhere else. The page is told the
/// terminal's width in columns; where there is no terminal, none.
pub(crate) fn print_page(
    print: impl FnOnce(&mut dyn Write, Option<usize>) -> io::Result<()>,
) -> anyhow::Result<()> {
    let terminal = terminal_size::terminal_size_of(io::stdout());
    let width = terminal.map(|(terminal_size::Width(columns), _)| usize::from(columns));
    let mut page = Vec::new();
    print(&mut page, width)?;
    let mut out = anstream::stdout().lock();
    match out.write_all(&page).and_then(|()| out.flush()) {
        // Who closed it has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot write to stdout"),
    }
}
