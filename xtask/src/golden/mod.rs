//! `cargo xtask golden`: replays recorded rows against a proxy binary.

mod acl;
mod actions;
mod balance;
mod checks;
mod chunks;
mod client;
mod collector;
mod cookies;
mod exchange;
mod h2;
mod hpack;
mod logformat;
mod origin;
mod pattern;
mod peer;
mod place;
mod proxy;
mod report;
mod response;
mod row;
mod sample;
mod scene;
mod stage;
mod step;
mod text;
mod timers;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};

use proxy::Binary;
use row::{Row, Verdict};

const USAGE: &str = "\
cargo xtask golden DIR [--binary PATH] [--file NAME]... [--id ID]... [--failing] [--verbose] [--jobs N]

  DIR        a folder of .jsonl files of golden rows
  --binary   what to test, driven as `BINARY -f FILE -db` (default: the newer of target/release/evenkeel
             and target/debug/evenkeel)
  --file     only this file (name without .jsonl); unstable rows are played only when named here
  --id       only this row; a trailing `*` stands for any end
  --failing  lists the rows that failed
  --verbose  for each row that failed, what was recorded and what came
  --jobs     rows played at the same time (default 8)";

/// What the command line asks for.
#[derive(Debug, Default)]
struct Options {
    dir: PathBuf,
    binary: Option<PathBuf>,
    files: Vec<String>,
    ids: Vec<String>,
    failing: bool,
    verbose: bool,
    jobs: usize,
}

/// Runs the command; true when no row failed.
pub(crate) fn run(args: &[String]) -> anyhow::Result<bool> {
    let options = options(args)?;
    let binary = Binary::new(options.binary.clone().map_or_else(newest_build, Ok)?)?;
    let rows = rows(&options)?;
    if rows.is_empty() {
        bail!("no row to play in {}", options.dir.display());
    }
    let verdicts = play_all(&rows, &binary, options.jobs);
    report::print(&binary, &rows, &verdicts, options.failing, options.verbose)
}

fn options(args: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { jobs: 8, ..Options::default() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().with_context(|| format!("{arg} needs a value\n\n{USAGE}"));
        match arg.as_str() {
            "--binary" => options.binary = Some(std::path::absolute(value()?)?),
            "--file" => options.files.push(value()?.trim_end_matches(".jsonl").to_owned()),
            "--id" => options.ids.push(value()?),
            "--failing" => options.failing = true,
            "--verbose" => options.verbose = true,
            "--jobs" => options.jobs = value()?.parse().context("--jobs needs a number")?,
            _ if arg.starts_with('-') || options.dir != Path::new("") => bail!("unknown argument {arg}\n\n{USAGE}"),
            dir => options.dir = PathBuf::from(dir),
        }
    }
    if options.dir == Path::new("") {
        bail!("which folder?\n\n{USAGE}");
    }
    Ok(options)
}

fn newest_build() -> anyhow::Result<PathBuf> {
    let own = || crate::root().join("target");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(own, PathBuf::from);
    let built = ["release", "debug"].map(|profile| target.join(profile).join("evenkeel"));
    let modified = |path: &PathBuf| path.metadata().and_then(|m| m.modified()).ok();
    let newest = built.into_iter().filter_map(|path| Some((modified(&path)?, path))).max();
    let (_, path) =
        newest.context("no evenkeel is built yet: run `cargo build --release`, or name one with --binary")?;
    Ok(std::path::absolute(path)?)
}

fn rows(options: &Options) -> anyhow::Result<Vec<Row>> {
    let list = std::fs::read_dir(&options.dir).with_context(|| format!("cannot read {}", options.dir.display()))?;
    let mut paths: Vec<PathBuf> = list.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    paths.retain(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if options.files.is_empty() { !name.starts_with("unstable") } else { options.files.contains(&name) }
    });
    paths.sort();
    let mut rows = Vec::new();
    for path in paths {
        rows.extend(Row::read_all(&path)?);
    }
    rows.retain(|row| options.ids.is_empty() || options.ids.iter().any(|id| names(id, &row.id)));
    Ok(rows)
}

fn names(wanted: &str, id: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == id, |start| id.starts_with(start))
}

/// Plays the rows in `jobs` threads; the verdicts are in the rows' order.
fn play_all(rows: &[Row], binary: &Binary, jobs: usize) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let verdicts: Vec<Mutex<Option<Verdict>>> = rows.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, rows.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(row) = rows.get(at) else { return };
                    report::progress(at, rows.len(), &row.id);
                    *peer::lock(&verdicts[at]) = Some(play(row, binary));
                }
            });
        }
    });
    let taken = |slot: Mutex<Option<Verdict>>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
    let missing = || Verdict::failed("row", "played", "not played");
    verdicts.into_iter().map(|slot| taken(slot).unwrap_or_else(missing)).collect()
}

/// Rows that need the very ports that were recorded are played one after the other.
static VERY_PORTS: Mutex<()> = Mutex::new(());

fn play(row: &Row, binary: &Binary) -> Verdict {
    let alone = stage::needs_very_ports(row).then(|| peer::lock(&VERY_PORTS));
    let played = kind(row).and_then(|kind| kind(row, binary));
    drop(alone);
    played.unwrap_or_else(|e| Verdict::failed("row", "played", &format!("{e:#}")))
}

type Kind = fn(&Row, &Binary) -> anyhow::Result<Verdict>;

/// A row is known by its fields.
fn kind(row: &Row) -> anyhow::Result<Kind> {
    const KINDS: [(&str, Kind); 9] = [
        ("picks", balance::play),
        ("server_chosen", cookies::play),
        ("client", scene::play),
        ("state_fields", checks::play),
        ("expr", sample::play),
        ("converter", sample::play),
        ("acls", acl::play),
        ("rules", actions::play),
        ("where", logformat::play),
    ];
    let found = KINDS.iter().find(|(field, _)| row.has(field));
    found.map(|(_, kind)| *kind).with_context(|| format!("{}: no kind of row that this runner knows", row.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_named_whole_or_by_their_start() {
        assert!(names("a/b", "a/b") && !names("a", "a/b") && names("a/*", "a/b"));
    }
}
