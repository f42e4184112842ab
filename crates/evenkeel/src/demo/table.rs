//! The demo's live table of servers.

use engine::state::{Process, server::Health};
use std::fmt::Write;

/// A table that is drawn over its last drawing.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Lines of the last drawing.
    drawn: usize,
}

impl Table {
    /// The text that replaces the last drawing by the servers as they are now.
    pub(super) fn refresh(&mut self, process: &Process) -> String {
        let table = draw(process);
        let mut out = String::new();
        if self.drawn > 0 {
            // Up by so many lines, and clear what is below.
            let _ = write!(out, "\x1b[{}A\x1b[J", self.drawn);
        }
        self.drawn = table.lines().count();
        out + &table
    }
}

fn draw(process: &Process) -> String {
    let mut out = format!(
        "{:<16} {:<14} {:<16} {:<6} {:>8} {:>8} {:>8} {:>10} {:>10}\n",
        "backend", "server", "address", "state", "sessions", "total", "requests", "bytes in", "bytes out"
    );
    for (proxy, state) in process.config.proxies.iter().zip(&process.proxies) {
        for (server, now) in proxy.servers.iter().zip(&state.servers) {
            let shown = match now.health() {
                _ if now.in_maintenance() => "MAINT",
                Health::Down => "DOWN",
                Health::Stopping => "NOLB",
                Health::Up => "UP",
            };
            let address = now.addr().map_or_else(String::new, |a| a.to_string());
            let _ = writeln!(
                out,
                "{:<16} {:<14} {address:<16} {shown:<6} {:>8} {:>8} {:>8} {:>10} {:>10}",
                String::from_utf8_lossy(&proxy.name),
                String::from_utf8_lossy(&server.name),
                now.served.get(),
                now.counts.sum(|c| &c.stot),
                now.counts.sum(|c| &c.req_tot),
                now.counts.sum(|c| &c.bin),
                now.counts.sum(|c| &c.bout),
            );
        }
    }
    out
}
