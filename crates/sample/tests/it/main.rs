//! The tests of the crate as a whole: its tables, HAProxy's own answers, and text that means nothing.

#![allow(clippy::print_stdout, reason = "the counts are what a person wants to read")]

mod bytes;
mod golden;
mod logformat;
mod robust;
mod rows;
mod support;
