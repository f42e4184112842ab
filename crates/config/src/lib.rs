//! What a configuration says, and what it means.
//!
//! Directives become a draft (what was said, section by section), the draft becomes a [`Config`] (what it means):
//! defaults inherited, names turned into indices, modes agreed. The types of one concern stand with its keywords in
//! `keyword/<concern>.rs`; the whole is put together in [`ir`].

#![forbid(unsafe_code)]

pub mod ir;
pub mod keyword;

pub use ir::{Config, Global, Kind, Mode, Proxy};
