//! The findings of `syntax` and `config` as HAProxy's own verdict.

use source::{Diagnostic, Severity};

/// Every code of `config` and below with what it says of a file; those of the grammar are `syntax`'s own.
pub const CODES: &[(&str, &str)] = &[
    ("acl-name", "an ACL whose name has a character that is not permitted, or is a word of conditions"),
    ("acl-never-matches", "an ACL without patterns, which matches nothing"),
    ("acl-syntax", "an 'acl' line that is not 'acl NAME CRITERION [FLAGS] [PATTERNS]'"),
    ("ambiguous-defaults", "'from' with a name that several 'defaults' sections have"),
    ("bad-address", "an address that is none, or that is not taken here"),
    ("bad-argument", "an argument that the keyword does not take"),
    ("bad-condition", "a condition that is not 'if' or 'unless' and a list of ACLs"),
    ("bad-errorfile", "an error file that is not a whole HTTP message"),
    ("bad-integer", "a number that is none, or that is out of its range"),
    ("bad-name", "a section whose name has a character that is not permitted"),
    ("bad-negation", "'no' or 'default' in front of a keyword that does not take it"),
    ("bad-regex", "a regular expression that is none"),
    ("bad-size", "a size that is none, or that is out of its range"),
    ("bad-status", "an HTTP status that is not taken here"),
    ("bad-time", "a time that is none, or that is out of its range"),
    ("bad-track", "'track' of a server that is not checked, or that tracks this one"),
    ("check-without-port", "a check of a server whose port is not known"),
    ("conflicting-arguments", "two arguments of which only one can be said"),
    ("duplicate-id", "two proxies or servers with the same 'id'"),
    ("duplicate-proxy", "two sections with the same name"),
    ("duplicate-server", "two servers of a section with the same name"),
    ("duplicate-table", "two stick tables with the same name, or in the same section"),
    ("duplicate-user", "two users of a userlist with the same name, of which the first counts"),
    ("duplicate-userlist", "two userlists with the same name, of which the first counts"),
    ("format-syntax", "a log format that is not well formed"),
    ("framing-header", "a rule on a header that decides where a message ends"),
    ("frontend-without-bind", "a frontend that listens nowhere"),
    ("http-check-without-httpchk", "'http-check' rules without 'option httpchk', which are ignored"),
    ("ignored-argument", "an argument that is not read"),
    ("ignored-keyword", "a keyword that this type of section ignores"),
    ("inherited-rules", "'defaults' with rules that frontends and backends, or other 'defaults', inherit"),
    ("log-without-target", "a log format without a 'log' line"),
    ("misplaced-keyword", "a keyword that this type of section does not take"),
    ("missing-argument", "an argument that is missing"),
    ("missing-condition", "a rule that needs a condition"),
    ("missing-file", "a file that cannot be read"),
    ("missing-port", "an address without the port that it needs"),
    ("missing-timeouts", "a proxy without 'timeout client', 'timeout connect' or 'timeout server'"),
    ("mode-mismatch", "an HTTP frontend that routes to a TCP backend"),
    ("needs-http-mode", "a keyword that only works in HTTP mode, in TCP mode"),
    ("no-groups", "a test of groups against a userlist that has none"),
    ("no-listener", "a configuration that listens nowhere, so that there is nothing to run"),
    ("not-a-number", "a number that is none and is read as 0"),
    ("not-available-here", "a sample that does not exist where it is asked for"),
    ("out-of-order", "a rule behind one that runs after it"),
    ("overwritten", "a timeout that is said twice, of which the last counts"),
    ("removed-keyword", "a keyword of an older version"),
    ("repeated-argument", "an argument that is said twice, of which the first counts"),
    ("rule-syntax", "a rule whose arguments are not those of its action"),
    ("sample-arguments", "arguments that a sample or converter does not take"),
    ("sample-syntax", "a sample expression that is not well formed"),
    ("short-timeout", "a timeout of a few milliseconds, where seconds are likely meant"),
    ("type-mismatch", "a converter or match method on a sample of another type"),
    ("unexpected-argument", "an argument too many"),
    ("unique-id", "a format of unique ids that is not well formed"),
    ("unknown-acl", "a condition with an ACL that is not declared"),
    ("unknown-alias", "a word of log formats that does not exist"),
    ("unknown-backend", "a route to a backend that does not exist"),
    ("unknown-balance", "an algorithm of 'balance' that does not exist"),
    ("unknown-converter", "a converter that does not exist"),
    ("unknown-defaults", "'from' with a name that no 'defaults' section above has"),
    ("unknown-fetch", "a sample that does not exist"),
    ("unknown-filter", "a filter that does not exist"),
    ("unknown-group", "a group or user that its userlist does not declare"),
    ("unknown-http-errors", "an 'http-errors' section that does not exist"),
    ("unknown-keyword", "a keyword that does not exist"),
    ("unknown-name", "a proxy, userlist or table that does not exist"),
    ("unknown-parameter", "a parameter of 'bind' or 'server' that does not exist"),
    ("unknown-server", "a server that does not exist"),
    ("unreachable-rule", "a rule behind one that always ends its ruleset"),
    ("unresolved-address", "a host name that has no address"),
    ("zero-warning", "a warning, where 'zero-warning' refuses the file for it"),
];

/// The remedy where HAProxy's message has all there is to say.
const REMEDY: &str = "correct the line; the keyword's entry in the configuration manual has its form";

/// What a code of HAProxy's own findings stands for.
pub fn meaning(code: &str) -> Option<&'static str> {
    syntax::CODES.iter().chain(CODES).find(|(known, _)| *known == code).map(|(_, meaning)| *meaning)
}

/// The finding as HAProxy would judge it; `None` for what only evenkeel says, of words that it does not obey.
pub fn verdict(mut finding: Diagnostic) -> Option<Diagnostic> {
    match finding.code {
        "not-obeyed" | "not-supported" => return None,
        // A file without a listener is a part of a configuration: HAProxy does not refuse it, it finds nothing to run.
        "no-listener" => finding.severity = Severity::Warning,
        _ => {}
    }
    // HAProxy lays long messages out over several lines.
    finding.message = finding.message.replace("\n   | ", " ");
    finding.help.get_or_insert_with(|| REMEDY.into());
    Some(finding)
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(super::CODES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
