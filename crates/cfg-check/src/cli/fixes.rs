//! `--fix`, `--unsafe-fixes` and `--diff`.

use super::{
    CLEAN, FINDINGS, Outcome,
    args::Args,
    check::{self, Plan},
};
use anyhow::{Context, Result};
use cfg_check::{diff, fix, report};
use source::{FileId, Files};
use std::fs;

/// A fix may make room for another. So many rounds are made at most.
const ROUNDS: usize = 10;

pub(super) fn run(args: &Args, plan: &Plan, old: Files, ids: Vec<FileId>) -> Result<Outcome> {
    let with_unsafe = args.has("--unsafe-fixes");
    let (files, made) = mend(&old, &ids, plan, with_unsafe);
    let changed: Vec<FileId> = ids.iter().copied().filter(|id| old.text(*id) != files.text(*id)).collect();
    if args.has("--diff") {
        let texts = changed.iter().map(|id| diff::unified(old.name(*id), old.text(*id), files.text(*id)));
        let status = if changed.is_empty() { CLEAN } else { FINDINGS };
        return Ok(Outcome { status, ..Outcome::text(texts.collect::<String>()) });
    }
    let mut stdin = None;
    for id in ids.iter().copied() {
        match files.name(id) {
            "<stdin>" => stdin = Some(files.text(id).to_vec()),
            name if changed.contains(&id) => {
                fs::write(name, files.text(id)).with_context(|| format!("cannot write {name}"))?;
            }
            _ => {}
        }
    }
    let found = check::found(args, plan, &files, &ids)?;
    let mut outcome = check::show(args, plan, found, &files)?;
    outcome.notes += &format!("cfg-check: {made} fixes made\n");
    // What came from the standard input goes to the standard output, and the findings make way for it.
    if let Some(text) = stdin {
        outcome.notes = format!("{}{}", String::from_utf8_lossy(&outcome.text), outcome.notes);
        outcome.text = text;
    }
    Ok(outcome)
}

/// The files after all fixes, and how many were made.
fn mend(old: &Files, ids: &[FileId], plan: &Plan, with_unsafe: bool) -> (Files, usize) {
    let (mut files, mut made) = (old.clone(), 0);
    for _ in 0..ROUNDS {
        let found = report(&files, ids, &plan.settings);
        let fixes = fix::compatible(&found, with_unsafe);
        if fixes.is_empty() {
            break;
        }
        made += fixes.len();
        let mut next = Files::default();
        // The numbers stay the same, since every file is added again, in order.
        for id in files.ids() {
            let text = fix::fixed(&files, id, &fixes);
            next.add(files.name(id), text.as_deref().unwrap_or(files.text(id)));
        }
        files = next;
    }
    (files, made)
}
