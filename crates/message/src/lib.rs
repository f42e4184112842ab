//! The head of an HTTP message, the same for every protocol version.
//!
//! A [`Head`] owns its bytes in one arena; the start line and the fields are slices of it. Order and duplicates
//! of fields are kept, names are lower case as HAProxy sends them. A rewrite appends to the arena and moves a
//! slice, so that nothing is copied twice and a cleared head is used again without allocating.

#![forbid(unsafe_code)]

mod field;
mod head;

pub use field::{Field, Values, tokens};
pub use head::{Adopt, Head, Line, Outline, Slice, Version};
