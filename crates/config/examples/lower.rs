//! Tells what a configuration means: its proxies and their servers, or why it is none: `cargo run --example lower -- FILE`.

use config::{Options, host::Plain};
use source::{Files, render};
use std::io::{self, Write};

fn main() -> io::Result<()> {
    let name = std::env::args().nth(1).ok_or_else(|| io::Error::other("usage: lower FILE"))?;
    let mut files = Files::default();
    let id = files.add(&name, &std::fs::read(&name)?);
    let host = Plain { lenient: true, ..Plain::default() };
    let (config, said) = config::load(&files, &[id], &host, Options::default());
    let mut out = io::stdout().lock();
    for finding in said.into_vec() {
        write!(out, "{}", render::full(&finding, &files, false))?;
    }
    for proxy in &config.proxies {
        let servers: Vec<_> = proxy.servers.iter().map(|server| String::from_utf8_lossy(&server.name)).collect();
        let name = String::from_utf8_lossy(&proxy.name);
        writeln!(out, "{:?} {name}, mode {:?}: {}", proxy.kind, proxy.mode, servers.join(", "))?;
    }
    Ok(())
}
