//! What a configuration says, and what it means.
//!
//! Directives become a draft (what was said, section by section), the draft becomes a [`Config`] (what it means):
//! defaults inherited, names turned into indices, modes agreed. [`load`](load()) does both. The types of one concern
//! stand with its keywords in `keyword/<concern>.rs`; the whole is put together in [`ir`]. One word of the language is
//! one [`row`]; what HAProxy itself does with each word is a [fact](facts).

#![forbid(unsafe_code)]

pub mod draft;
pub mod facts;
pub mod host;
pub mod ir;
pub mod keyword;
pub mod line;
mod load;
pub mod resolve;
pub mod row;
pub mod section;
pub mod value;
mod world;

pub use host::Host;
pub use ir::{Config, Global, Kind, Mode, Proxy};
pub use load::{Options, draft, load, lower, parse};
pub use world::VERSION;
