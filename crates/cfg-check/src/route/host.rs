//! The machine that a file is followed on: its maps and lists are read if they are there.

use crate::Offline;
use config::Host;
use source::{FileId, Files};
use std::{
    cell::RefCell,
    collections::HashSet,
    ffi::OsStr,
    net::IpAddr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// As [`Offline`], but with the files that exist.
#[derive(Debug)]
pub(super) struct Machine {
    offline: Offline,
    /// Where a relative name is looked for when it is not in the working directory: beside the configuration.
    folders: Vec<PathBuf>,
    missing: RefCell<HashSet<Vec<u8>>>,
}

impl Machine {
    pub(super) fn new(files: &Files, ids: &[FileId]) -> Machine {
        let folder = |id: &FileId| Path::new(files.name(*id)).parent().map(Path::to_path_buf);
        let folders = ids.iter().filter_map(folder).collect();
        Machine { offline: Offline::new(files, ids), folders, missing: RefCell::default() }
    }

    /// Whether a file that the configuration names could not be read.
    pub(super) fn misses(&self, name: &[u8]) -> bool {
        self.missing.borrow().contains(bare(name))
    }

    fn find(&self, path: &[u8]) -> Option<Vec<u8>> {
        let path = Path::new(OsStr::from_bytes(path));
        let beside = self.folders.iter().map(|folder| folder.join(path));
        // A named pipe or a device would not end.
        let is_file = |path: &PathBuf| path.is_file();
        std::iter::once(path.to_path_buf()).chain(beside).filter(is_file).find_map(|path| std::fs::read(path).ok())
    }
}

/// A name without the words that say how it is looked for (manual, section 2.7).
pub(super) fn bare(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"opt@").or_else(|| name.strip_prefix(b"file@")).unwrap_or(name)
}

impl Host for Machine {
    fn env(&self, name: &str) -> Option<Vec<u8>> {
        self.offline.env(name)
    }

    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        self.find(path).map_or_else(
            || {
                self.missing.borrow_mut().insert(path.to_vec());
                self.offline.read(path)
            },
            Ok,
        )
    }

    fn resolve(&self, name: &[u8]) -> Vec<IpAddr> {
        self.offline.resolve(name)
    }
}

impl rules::Outside for Machine {
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        Host::read(self, path)
    }

    fn resolve(&self, name: &[u8]) -> Option<IpAddr> {
        Host::resolve(self, name).first().copied()
    }
}
