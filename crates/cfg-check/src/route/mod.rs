//! Where a request would go: the rules that it meets, which of them match, and the backend or the answer at the end.
//!
//! Only the file is asked, and the maps and lists that it names. What neither of them tells (counters, the body, the
//! state of servers) is not guessed: the way is told for either case, see [`Assumed`].

mod act;
mod env;
mod frontend;
mod host;
mod judge;
mod known;
mod print;
mod request;
mod unread;
mod walk;

pub use request::Request;

use anyhow::Result;
use config::Options;
use source::{FileId, Files, Severity, Span};
use view::View;

use crate::view;

/// What is told of one request.
#[derive(Debug)]
pub struct Report {
    pub request: Request,
    /// Every way that it may take: one, unless something is not known. Empty where no frontend takes it.
    pub paths: Vec<Path>,
    /// Whether there are more ways than are told.
    pub truncated: bool,
    /// Whether HAProxy refuses the file, so that nothing of this happens.
    pub refused: bool,
    /// What else is worth a word: where frontends listen, if none takes the request.
    pub notes: Vec<String>,
}

/// One way through the configuration.
#[derive(Debug)]
pub struct Path {
    /// The frontend as messages name it, and its opening line.
    pub frontend: String,
    pub place: Span,
    /// What this way takes for granted.
    pub assumed: Vec<Assumed>,
    pub steps: Vec<Step>,
    pub end: End,
}

/// Something that the file does not tell, and what is taken for it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The test as written: `sc_http_req_rate(0) gt 20`.
    pub test: String,
    pub holds: bool,
    /// Why it is not known.
    pub why: String,
}

/// A rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The section as messages name it.
    pub section: String,
    pub line: Span,
    /// The words of the line.
    pub text: String,
    /// `None` where it matters to nothing which it is.
    pub matches: Option<bool>,
    /// The tests that its condition asked for, in order, until it was decided.
    pub tests: Vec<Seen>,
    /// What came of it, if that is worth a word.
    pub effect: String,
}

/// A test with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The ACL's name; empty for a test in braces.
    pub name: String,
    pub test: String,
    pub holds: bool,
    /// Whether that is only assumed.
    pub assumed: bool,
}

/// How a way ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// An answer of HAProxy's own: its status, and where it sends the client if that is known.
    Answer { status: u16, location: Option<String>, by: Option<Span> },
    /// A backend, the line that chose it, and the servers that may get the request.
    Backend { name: String, place: Span, by: Span, servers: Vec<String>, why: String },
    /// The connection is closed without an answer.
    Closed { by: Span },
    /// No backend takes it: 503.
    Nobody,
    /// A service within HAProxy.
    Service { name: String, by: Span },
    /// A backend whose name is made of what is not known.
    Unknown { why: String, by: Span },
}

/// Tells where a request would go.
///
/// # Errors
/// A frontend that was asked for by name and does not exist.
pub fn route(files: &Files, ids: &[FileId], request: Request) -> Result<Report> {
    let host = host::Machine::new(files, ids);
    let parsed = config::parse(files, ids, &host);
    let sections = parsed.sections.clone();
    let (mut config, said) = config::lower(files, parsed, &host, Options { strict_modes: true });
    let refused =
        said.into_vec().into_iter().filter_map(crate::haproxy::verdict).any(|said| said.severity == Severity::Alert);
    let vars = std::mem::take(&mut config.vars);
    let view = View::new(files, &sections, &config);
    let (entries, notes) = frontend::all(&view, &request)?;
    let mut report = Report { request, paths: Vec::new(), truncated: false, refused, notes };
    let court = judge::Court::new(&view, &config, &host, vars);
    for entry in entries {
        report.truncated |= walk::every_way(&court, &entry, &report.request, &mut report.paths);
    }
    Ok(report)
}
