//! Spans, words' positions, diagnostics and their renderers. Knows no keyword.
