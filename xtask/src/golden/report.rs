//! What is printed: a line of counts for each file, failing ids and differences on demand.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use super::proxy::Binary;
use super::row::{Diff, Row, Verdict};

/// Counts of one file or group.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    passed: usize,
    failed: usize,
    unsupported: usize,
}

impl Tally {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Unsupported(_) => self.unsupported += 1,
        }
    }

    fn line(&self, name: &str) -> String {
        let total = self.passed + self.failed + self.unsupported;
        format!("{name:<36} {:>7} {:>7} {:>14} {total:>7}", self.passed, self.failed, self.unsupported)
    }
}

/// Prints everything; true when no row failed.
pub(crate) fn print(
    binary: &Binary,
    rows: &[Row],
    verdicts: &[Verdict],
    failing: bool,
    verbose: bool,
) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    if verbose {
        for (row, verdict) in rows.iter().zip(verdicts) {
            details(&mut out, row, verdict)?;
        }
    } else if failing {
        list(&mut out, rows, verdicts)?;
        groups(&mut out, rows, verdicts)?;
    }
    writeln!(out, "{} ({})", binary.path.display(), binary.version)?;
    writeln!(out, "{:<36} {:>7} {:>7} {:>14} {:>7}", "file", "passed", "failed", "not supported", "rows")?;
    let mut all = Tally::default();
    for (file, tally) in tallies(rows, verdicts, |row| row.file.clone()) {
        writeln!(out, "{}", tally.line(&file))?;
        all.passed += tally.passed;
        all.failed += tally.failed;
        all.unsupported += tally.unsupported;
    }
    writeln!(out, "{}", all.line("total"))?;
    Ok(all.failed == 0)
}

fn tallies(rows: &[Row], verdicts: &[Verdict], key: impl Fn(&Row) -> String) -> BTreeMap<String, Tally> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (row, verdict) in rows.iter().zip(verdicts) {
        tallies.entry(key(row)).or_default().add(verdict);
    }
    tallies
}

fn list(out: &mut impl Write, rows: &[Row], verdicts: &[Verdict]) -> std::io::Result<()> {
    for (row, verdict) in rows.iter().zip(verdicts) {
        match verdict {
            Verdict::Passed => {}
            Verdict::Failed(diffs) => {
                let what: Vec<&str> = diffs.iter().map(|d| d.what.as_str()).collect();
                writeln!(out, "failed        {}  {}", row.id, what.join("; "))?;
            }
            Verdict::Unsupported(said) => {
                writeln!(out, "not supported {}  {}", row.id, alert(said))?;
            }
        }
    }
    Ok(())
}

/// The first line of what a binary said that is an alert.
fn alert(said: &str) -> &str {
    said.lines().find(|line| line.contains("[ALERT]")).or(said.lines().next()).unwrap_or_default()
}

fn groups(out: &mut impl Write, rows: &[Row], verdicts: &[Verdict]) -> std::io::Result<()> {
    writeln!(out, "\n{:<36} {:>7} {:>7} {:>14} {:>7}", "group", "passed", "failed", "not supported", "rows")?;
    for (group, tally) in tallies(rows, verdicts, |row| format!("{}/{}", row.file, row.group())) {
        if tally.failed + tally.unsupported > 0 {
            writeln!(out, "{}", tally.line(&group))?;
        }
    }
    writeln!(out)
}

fn details(out: &mut impl Write, row: &Row, verdict: &Verdict) -> std::io::Result<()> {
    match verdict {
        Verdict::Passed => Ok(()),
        Verdict::Unsupported(said) => writeln!(out, "== {} is not supported\n{}\n", row.id, indent(said)),
        Verdict::Failed(diffs) => {
            writeln!(out, "== {} failed: {}\n{}", row.id, row.text("note"), scene(row))?;
            diffs.iter().try_for_each(|diff| difference(out, diff))
        }
    }
}

/// The row without what is compared below.
fn scene(row: &Row) -> String {
    const RECORDED: [&str; 4] = ["id", "note", "group", "family"];
    let compared =
        |key: &str| key.ends_with("_received") || ["log", "log_timers", "picks", "inputs", "states"].contains(&key);
    let mut out = String::new();
    for (key, value) in row.value.as_object().into_iter().flatten() {
        if compared(key) || RECORDED.contains(&key.as_str()) {
            continue;
        }
        match value.as_array().filter(|_| key == "config") {
            Some(lines) => lines.iter().filter_map(|l| l.as_str()).for_each(|l| out.push_str(&format!("  | {l}\n"))),
            None => out.push_str(&format!("  {key}: {value}\n")),
        }
    }
    out
}

fn difference(out: &mut impl Write, diff: &Diff) -> std::io::Result<()> {
    writeln!(out, "-- {}\nrecorded:\n{}\ngot:\n{}", diff.what, indent(&diff.expected), indent(&diff.got))?;
    let first = diff.expected.lines().zip(diff.got.lines()).find(|(e, g)| e != g);
    match first {
        Some((e, g)) => writeln!(out, "first difference:\n    - {e}\n    + {g}\n"),
        None => writeln!(out),
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Shows on a terminal how far the run is.
pub(crate) fn progress(at: usize, count: usize, id: &str) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        drop(write!(err, "\r{at}/{count} {id:<60.60}"));
    }
}
