//! What unit tests share: a process and a worker of a configuration's text, without sockets or threads.

use crate::{log::Log, state::Process, worker::Worker};
use config::host::Plain;
use source::{Files, Severity};
use std::{rc::Rc, sync::Arc};

/// A worker of a process that runs this configuration.
pub(crate) fn worker(text: &str) -> Rc<Worker> {
    Rc::new(Worker::new(process(text), 0, Log::default()))
}

/// A process of one thread, with everything as it is at the start.
pub(crate) fn process(text: &str) -> Arc<Process> {
    let mut files = Files::default();
    let id = files.add("test.cfg", text.as_bytes());
    let host = Plain { lenient: true, ..Plain::default() };
    let (config, findings) = config::load(&files, &[id], &host, config::Options::default());
    let alerts: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Alert).collect();
    assert!(alerts.is_empty(), "{alerts:?}");
    Arc::new(Process::new(Arc::new(config), 1, 0))
}
