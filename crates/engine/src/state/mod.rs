//! What changes while the configuration runs: server states, loads, counters. Shared by all threads.

pub mod count;
pub mod demand;
pub mod meter;
pub mod process;
pub mod queue;
pub mod server;

pub use count::{Count, Gauge, PerThread, Rate};
pub use process::{Process, ProxyState};
pub use server::ServerState;
