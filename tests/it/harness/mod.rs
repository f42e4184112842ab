//! What the stories share: the proxies, where they are played, and the two ends of a connection.

pub(crate) mod binary;
pub(crate) mod http;
pub(crate) mod logs;
pub(crate) mod origin;
pub(crate) mod peer;
pub(crate) mod place;
pub(crate) mod proxy;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A line for who reads the test's output: counts, mostly.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// The pace of polling something that cannot wake us.
pub(crate) fn pace(time: Duration) {
    std::thread::park_timeout(time);
}

/// Names of the files in a folder of the workspace that end so, in order.
pub(crate) fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = listed.map(|e| e.path()).filter(|p| p.to_string_lossy().ends_with(end)).collect();
    paths.sort();
    paths
}
