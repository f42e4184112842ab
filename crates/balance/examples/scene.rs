//! Plays scenes (see `balance::sim::script`) from standard input, one after the other, each ended by a line `.`.

use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let mut script = String::new();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line != "." {
            script.push_str(&line);
            script.push('\n');
            continue;
        }
        match balance::sim::script::play(&script) {
            Ok(printed) => writeln!(out, "{printed}.")?,
            Err(wrong) => writeln!(out, "{wrong}\n.")?,
        }
        out.flush()?;
        script.clear();
    }
    Ok(())
}
