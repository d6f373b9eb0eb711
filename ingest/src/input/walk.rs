//! Which inputs there are.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ambit_schemas::Position;

use crate::record::{Reason, Reject};

/// The endings that a folder walk takes, each also compressed.
const ENDINGS: &[&str] = &["json", "jsonl", "ndjson", "log", "parquet", "avro"];
/// The endings of compressed files.
const COMPRESSED: &[&str] = &["gz", "zst"];

/// Something to read.
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// What somebody else reads, such as an object of a store.
    Stream {
        /// The name that positions carry.
        origin: Arc<str>,
        /// Its bytes, as they are stored. A failure to read them is told as one, and never as damage of what they are.
        bytes: Box<dyn Read + Send>,
        /// What stands before this place, in the decompressed text, is passed over.
        from: i64,
    },
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Input").field(&self.origin()).finish()
    }
}

impl Input {
    /// The name that positions carry.
    pub fn origin(&self) -> Arc<str> {
        match self {
            Self::File(path) => path.to_string_lossy().into(),
            Self::Stdin => "-".into(),
            Self::Stream { origin, .. } => Arc::clone(origin),
        }
    }
}

/// Why a path given by the operator is no input.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// There is nothing at the path, or it cannot be looked at.
    #[error("{path}: {error}")]
    Path {
        /// The path as given.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The path is a URL of a kind that is not read.
    #[error("{path}: only files, folders and `-` are read")]
    Url {
        /// The path as given.
        path: String,
    },
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// The inputs: arguments in the order given, a folder's files in the order of their names.
    pub inputs: VecDeque<Input>,
    /// Files in folders that are of no kind that is read.
    pub files_skipped: u64,
    /// The size of all files found, in bytes as they are stored.
    pub bytes_total: u64,
    /// Folders that could not be looked into.
    pub rejects: Vec<Reject>,
}

/// Finds the inputs under some paths. A file that is named is read whatever its ending.
///
/// # Errors
/// When a path does not exist or is a URL; nothing else fails.
pub fn walk(paths: &[PathBuf]) -> Result<Walk, InputError> {
    let mut found = Walk::default();
    for path in paths {
        let shown = || path.to_string_lossy().into_owned();
        if path.as_os_str() == "-" {
            found.inputs.push_back(Input::Stdin);
            continue;
        }
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(_) if shown().contains("://") => return Err(InputError::Url { path: shown() }),
            Err(error) => return Err(InputError::Path { path: shown(), error }),
        };
        if metadata.is_dir() {
            found.folder(path);
        } else {
            found.bytes_total += metadata.len();
            found.inputs.push_back(Input::File(path.clone()));
        }
    }
    Ok(found)
}

impl Walk {
    /// Takes the files under a folder, depth first. Links to folders are not followed: they may form a circle.
    fn folder(&mut self, folder: &Path) {
        let mut open = vec![folder.to_path_buf()];
        while let Some(path) = open.pop() {
            let entries = std::fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            let entries = match entries {
                Ok(entries) => entries,
                Err(error) => {
                    let origin = path.to_string_lossy().into();
                    let position = Position { origin, partition: None, offset: 0 };
                    self.rejects.push(Reject { position, reason: Reason::Io(error.to_string()) });
                    continue;
                }
            };
            let mut entries = entries.into_iter().map(|entry| entry.path()).collect::<Vec<_>>();
            entries.sort();
            // Files before folders, so that the order is the same whatever the folders hold.
            let (folders, files) =
                entries.into_iter().partition::<Vec<_>, _>(|path| path.is_dir() && !path.is_symlink());
            for file in files {
                self.file(file);
            }
            open.extend(folders.into_iter().rev());
        }
    }

    fn file(&mut self, path: PathBuf) {
        match path.metadata() {
            Ok(metadata) if metadata.is_file() && is_taken(&path) => {
                self.bytes_total += metadata.len();
                self.inputs.push_back(Input::File(path));
            }
            _ => self.files_skipped += 1,
        }
    }
}

/// Whether a walk takes a file of this name.
pub fn is_taken(path: &Path) -> bool {
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let is_one_of =
        |list: &[&str], ending: Option<String>| ending.is_some_and(|ending| list.contains(&ending.as_str()));
    if is_one_of(COMPRESSED, ending(path)) {
        return is_one_of(ENDINGS, path.file_stem().and_then(|stem| ending(Path::new(stem))));
    }
    is_one_of(ENDINGS, ending(path))
}
