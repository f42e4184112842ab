//! The keywords of proxies and of the global section, one concern a file.

pub mod address;
pub mod balance;
pub mod bind;
pub mod check;
pub mod cookie;
pub mod log;
pub mod options;
pub mod server;
pub mod stats;
pub mod timeouts;
