//! The parts of a request target, and their rewriting.

use crate::flow::Flow;
use message::Head;
use sample::Env;

/// A part of a request target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    /// Path and query.
    PathQ,
    Query,
    Uri,
}

impl Part {
    /// The part of a target; `None` where it has no path.
    pub(super) fn of(self, target: &[u8]) -> Option<&[u8]> {
        if self == Part::Uri {
            return Some(target);
        }
        let pathq = target.get(path_start(target)?..)?;
        let mark = pathq.iter().position(|b| *b == b'?');
        match self {
            Part::Path => pathq.get(..mark.unwrap_or(pathq.len())),
            Part::Query => mark.and_then(|at| pathq.get(at + 1..)),
            Part::PathQ | Part::Uri => Some(pathq),
        }
    }

    /// Puts `value` in place of the part. A target without a path is replaced as a whole, or gets a query.
    pub(super) fn set(self, head: &mut Head, value: &[u8], env: &dyn Env) -> Flow {
        let target = head.target();
        if head.len() + value.len() > env.head_limit() {
            return Flow::Failed;
        }
        let start = path_start(target).unwrap_or(0);
        let mark = target.iter().position(|b| *b == b'?').unwrap_or(target.len());
        let before = target.get(..start).unwrap_or(&[]);
        let new = match self {
            Part::Path => [before, value, target.get(mark..).unwrap_or(&[])].concat(),
            Part::PathQ => [before, value].concat(),
            Part::Query if value.is_empty() && mark == target.len() => return Flow::Continue,
            Part::Query => [target.get(..mark).unwrap_or(target), b"?", value].concat(),
            Part::Uri => return set_uri(head, value),
        };
        head.set_target(&new);
        Flow::Continue
    }
}

/// A new target with an authority is also a new Host.
fn set_uri(head: &mut Head, uri: &[u8]) -> Flow {
    if let Some(authority) = authority(uri) {
        match head.position(b"host", 0) {
            Some(at) => head.set_value_at(at, authority),
            None => head.add(b"host", authority),
        }
    }
    head.set_target(uri);
    Flow::Continue
}

/// Where the path begins in an origin or absolute form; `None` in an asterisk or authority form.
fn path_start(target: &[u8]) -> Option<usize> {
    if target.first() == Some(&b'/') {
        return Some(0);
    }
    let (start, rest) = behind_scheme(target)?;
    Some(start + rest.iter().position(|b| b"/?".contains(b)).unwrap_or(rest.len()))
}

fn authority(uri: &[u8]) -> Option<&[u8]> {
    let (_, rest) = behind_scheme(uri)?;
    let end = rest.iter().position(|b| b"/?".contains(b)).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority.iter().position(|b| *b == b'@').map_or(0, |at| at + 1);
    authority.get(host..)
}

fn behind_scheme(uri: &[u8]) -> Option<(usize, &[u8])> {
    let at = memchr::memmem::find(uri, b"://")?;
    let scheme = uri.get(..at)?;
    if !scheme.first()?.is_ascii_alphabetic() || !scheme.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b))
    {
        return None;
    }
    Some((at + 3, uri.get(at + 3..)?))
}
