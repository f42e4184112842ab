//! Findings as text: in HAProxy's own form, in one line for tools, and in full for a person.

mod excerpt;
mod full;
mod haproxy;

pub use full::{concise, full};
pub use haproxy::{haproxy, label};
