//! Exports a configuration as JSON, with places and defaults resolved: `cargo run --example json -- FILE`.

use cfg_check::{dump, input};
use std::io::Write;

fn main() -> anyhow::Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let (files, ids) = input::read(&names)?;
    Ok(std::io::stdout().write_all(dump::dump(&files, &ids).as_bytes())?)
}
