//! Tests of the rules against HAProxy's own words and answers.

// Counts are what a reader of the output wants to see.
#![allow(clippy::print_stdout)]

mod exchange;
mod flow;
mod golden;
mod proxy;
mod rows;
mod tables;
