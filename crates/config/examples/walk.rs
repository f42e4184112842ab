//! Reads a configuration and prints the first words of its lines, with their places: `cargo run --example walk -- FILE`.

use config::host::Plain;
use source::Files;
use std::io::{self, Write};

fn main() -> io::Result<()> {
    let name = std::env::args().nth(1).ok_or_else(|| io::Error::other("usage: walk FILE"))?;
    let mut files = Files::default();
    let id = files.add(&name, &std::fs::read(&name)?);
    let parsed = config::parse(&files, &[id], &Plain { lenient: true, ..Plain::default() });
    let mut out = io::stdout().lock();
    for section in &parsed.sections {
        for line in std::iter::once(&section.header).chain(&section.lines) {
            let place = files.place(line.span);
            writeln!(out, "{}:{}:{}: {}", place.file, place.line, place.column, line.keyword().show())?;
        }
    }
    Ok(())
}
