//! The IR alive: sockets, timers, threads.
