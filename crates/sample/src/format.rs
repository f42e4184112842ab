//! Log-format strings: text with aliases and expressions in it (manual, section 8.2.6).

use crate::stream::Cx;

/// A compiled log-format string.
#[derive(Debug, Clone, Default)]
pub struct Format {
    pub(crate) text: Vec<u8>,
}

impl Format {
    /// Appends the text to `out`.
    pub fn render(&self, _cx: &Cx<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text);
    }
}
