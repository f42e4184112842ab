//! The findings of `syntax` and `config` as HAProxy's own verdict.

use source::{Diagnostic, Severity};

/// The finding as HAProxy would judge it; `None` for what only evenkeel says, of words that it does not obey.
pub fn verdict(mut finding: Diagnostic) -> Option<Diagnostic> {
    match finding.code {
        "not-obeyed" | "not-supported" => return None,
        // A file without a listener is a part of a configuration: HAProxy does not refuse it, it finds nothing to run.
        "no-listener" => finding.severity = Severity::Warning,
        _ => {}
    }
    Some(finding)
}
