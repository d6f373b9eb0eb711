//! What a file is to the system.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

/// A file as the system knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The file at a path.
    ///
    /// # Errors
    /// When there is none, or it is none that can be watched.
    pub(super) fn of(path: &Path) -> io::Result<(Self, Metadata)> {
        let metadata = path.metadata()?;
        if !metadata.is_file() {
            // Nothing could be read again after a crash, and to open a pipe waits for who writes it.
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "is a pipe or device and no file that can be watched",
            ));
        }
        Ok((Self { device: metadata.dev(), inode: metadata.ino() }, metadata))
    }

    /// Opens it at a path; another file may be there by now.
    ///
    /// # Errors
    /// When it cannot be opened, or is not there.
    pub(super) fn open(self, path: &Path) -> io::Result<File> {
        let file = File::open(path)?;
        let found = file.metadata()?;
        if (found.dev(), found.ino()) == (self.device, self.inode) {
            return Ok(file);
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "another file has taken its place"))
    }

    pub(super) fn partition(self) -> Arc<str> {
        format!("{:x}:{:x}", self.device, self.inode).into()
    }

    pub(super) fn parse(partition: &str) -> Option<Self> {
        let (device, inode) = partition.split_once(':')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        Some(Self { device: number(device)?, inode: number(inode)? })
    }
}
