//! `cfg-check route`.

use super::{FINDINGS, Outcome, args::Args};
use anyhow::{Context, Result, bail};
use cfg_check::{
    input,
    route::{self, Request},
};

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let url = args.last("--url").context("'route' needs a URL: say '--url http://HOST/PATH'")?;
    let mut request = Request::new(args.last("--method").unwrap_or("GET"), url)?;
    args.all("--header").try_for_each(|line| request.header(line))?;
    let src = args.last("--src").map(|src| src.parse().with_context(|| format!("'{src}' is no IP address")));
    request.src = src.transpose()?;
    request.frontend = args.last("--frontend").map(str::to_string);
    let (files, ids) = input::read(&args.inputs)?;
    let report = route::route(&files, &ids, request)?;
    let text = match args.last("--format") {
        None | Some("full") => report.text(&files),
        Some("json") => report.json(&files),
        Some(other) => bail!("'route' has no format '{other}': it is one of full, json"),
    };
    let status = if report.paths.is_empty() { FINDINGS } else { super::CLEAN };
    Ok(Outcome { status, ..Outcome::text(text) })
}
