//! One JSON object a line, each a finding as in the form `json`.

use super::json;
use crate::rule::Finding;
use source::Files;

pub(super) fn print(found: &[Finding], files: &Files) -> String {
    found.iter().map(|finding| format!("{}\n", json::object(finding, files))).collect()
}
