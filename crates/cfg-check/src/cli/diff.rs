//! `cfg-check diff`.

use super::{CLEAN, FINDINGS, Outcome, args::Args};
use anyhow::{Result, bail};
use cfg_check::{
    changes::{self, TOPICS},
    input, settings,
};

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let [old, new] = args.inputs.as_slice() else {
        bail!("'diff' takes two inputs, the old configuration and the new one");
    };
    let read = |input: &String| {
        let (files, ids) = input::read(std::slice::from_ref(input))?;
        anyhow::Ok(changes::meaning(files, &ids))
    };
    let (old, new) = (read(old)?, read(new)?);
    let mut found = changes::compare(&old, &new);
    if args.has("--topic") {
        let names = args.all("--topic").flat_map(|list| list.split(','));
        let wanted = names.map(|name| settings::named("topic", TOPICS, name)).collect::<Result<Vec<_>>>()?;
        found.retain(|change| wanted.contains(&change.topic));
    }
    let text = match args.last("--format") {
        None | Some("full") => changes::text(&found, &old.files, &new.files),
        Some("json") => changes::json(&found, &old.files, &new.files),
        Some(other) => bail!("'diff' has no format '{other}': it is one of full, json"),
    };
    Ok(Outcome { status: if found.is_empty() { CLEAN } else { FINDINGS }, ..Outcome::text(text) })
}
