//! The oracle: small stories are played through real HAProxy and through evenkeel, and everything that clients, servers,
//! the log and the counters saw must be the same. `tests/oracle/README.md` tells how a case is written.

mod case;
mod outcome;
mod play;
mod script;
mod server;

use std::path::PathBuf;
use std::sync::Mutex;

use crate::harness::logs::renewed;
use crate::harness::{binary, files, say};
use case::Case;

/// Cases played at the same time; most of their time is waiting.
const AT_ONCE: usize = 4;

#[test]
fn cases_agree() {
    let only = std::env::var("CASE").ok();
    let mut paths = files("tests/oracle", ".case");
    paths.retain(|p| only.as_ref().is_none_or(|o| p.to_string_lossy().contains(o.as_str())));
    let count = paths.len();
    assert!(count > 0, "no case to play");
    paths.reverse();
    let (left, failures) = (Mutex::new(paths), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(count) {
            scope.spawn(|| work(&left, &failures));
        }
    });
    let mut failures = failures.into_inner().expect("no worker panics");
    failures.sort();
    say(&format!("oracle: {} of {count} cases agree", count - failures.len()));
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(only.is_some() || count >= 500, "the oracle wants 500 cases, these are {count}");
}

fn work(left: &Mutex<Vec<PathBuf>>, failures: &Mutex<Vec<String>>) {
    while let Some(path) = left.lock().ok().and_then(|mut l| l.pop()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let play = || Case::parse(&text).map_err(|e| anyhow::anyhow!(e)).and_then(|case| judge(&case));
        // What is else going on on the machine may knock at a port of a story, or take its time. Such a thing does not come
        // twice; a difference does.
        let judged = play().or_else(|why| {
            say(&format!("{name} is played once more"));
            play().map_err(|again| if again.to_string() == why.to_string() { again } else { again.context(why) })
        });
        if let Err(why) = judged {
            failures.lock().expect("no worker panics").push(format!("--- {name}\n{why:#}"));
        }
    }
}

/// Plays a case through both proxies; the error shows where they part.
fn judge(case: &Case) -> anyhow::Result<()> {
    let reference = play::play(case, &case.reference.path())?;
    if std::env::var_os("SHOW").is_some() {
        say(&reference);
    }
    for text in &case.expect {
        anyhow::ensure!(reference.contains(text), "HAProxy's story lacks `{text}`:\n{reference}");
    }
    let renew = |line: &str| if line.starts_with("log ") { renewed(line) } else { line.to_owned() } + "\n";
    let mut wanted: String = reference.lines().map(renew).collect();
    for (old, new) in &case.differs {
        anyhow::ensure!(wanted.contains(old), "HAProxy's story lacks `{old}`, which should differ:\n{wanted}");
        wanted = wanted.replace(old, new);
    }
    let seen = play::play(case, &binary::evenkeel())?;
    anyhow::ensure!(seen == wanted, "{}", outcome::difference(&wanted, &seen));
    Ok(())
}
