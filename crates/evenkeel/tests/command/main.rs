//! The command as its users see it: what it says, its exit statuses, its life and its end.

mod check;
mod daemon;
mod demo;
mod life;
mod master;
mod support;
