//! One binary for everything that is tested from outside, with real processes and sockets.

mod clients;
mod corpus;
mod crowd;
mod h2;
mod harness;
mod hashing;
mod maps;
mod oracle;
mod route;
mod socketio;
mod softstop;
mod splice;
mod takeover;
mod tidy;
mod vtc;
