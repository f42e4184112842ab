//! The server side: choosing a server, waiting for a slot on it, connecting, keeping connections for reuse.

pub mod assign;
pub mod connect;
pub mod farm;
pub mod live;
pub mod multi;
pub mod own;
pub mod pool;
