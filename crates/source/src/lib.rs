//! Where things stand in configuration files, and what is said about them.
//!
//! [`Files`] owns the bytes, [`Span`] points into them, [`Word`] is one word of a line after unquoting,
//! [`Diagnostic`] is one finding. Nothing here knows a keyword of the language.

#![forbid(unsafe_code)]

mod diagnostic;
mod files;
pub mod render;
mod word;

pub use diagnostic::{Diagnostic, Diagnostics, Form, Severity};
pub use files::{FileId, Files, Place, Span};
pub use word::Word;
