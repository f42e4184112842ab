//! `cfg-check fmt`.

use super::{FINDINGS, Outcome, args::Args};
use anyhow::{Context, Result};
use cfg_check::{diff, input, layout::layout};
use std::fs;

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let (files, ids) = input::read(&args.inputs)?;
    let mut outcome = Outcome::default();
    for id in ids {
        let (name, old, new) = (files.name(id), files.text(id), layout(&files, id));
        let changed = old != new;
        if args.has("--diff") {
            outcome.text.extend(diff::unified(name, old, &new).into_bytes());
        } else if args.has("--check") {
            outcome.text.extend(if changed { format!("{name}\n").into_bytes() } else { Vec::new() });
        } else if name == "<stdin>" {
            outcome.text.extend(new);
            continue;
        } else if changed {
            fs::write(name, new).with_context(|| format!("cannot write {name}"))?;
            continue;
        }
        if changed {
            outcome.status = FINDINGS;
        }
    }
    Ok(outcome)
}
