//! `cfg-check check`.

use super::{
    CLEAN, FINDINGS, Outcome,
    args::Args,
    fixes,
    toml_file::{self, FromFile},
};
use anyhow::{Context, Result, anyhow, bail};
use cfg_check::{
    Finding, Settings, baseline, check, choose,
    environment::{self, Environment},
    format::{self, Format},
    input, settings, template, with_haproxy,
};
use source::{FileId, Files};
use std::{fs, io::IsTerminal, path::PathBuf};

/// Everything that a run needs to know.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) settings: Settings,
    format: Format,
    color: bool,
    baseline: Option<PathBuf>,
    with_haproxy: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    let plan = plan(args)?;
    let (files, ids) = input::read(&args.inputs)?;
    if args.has("--fix") || args.has("--unsafe-fixes") || args.has("--diff") {
        anyhow::ensure!(!args.has("--template-ignore"), "a template has to be mended by hand");
        return fixes::run(args, &plan, files, ids);
    }
    let found = found(args, &plan, &files, &ids)?;
    show(args, &plan, found, &files)
}

/// The findings that are asked for, those of a real HAProxy among them.
pub(super) fn found(args: &Args, plan: &Plan, files: &Files, ids: &[FileId]) -> Result<Vec<Finding>> {
    let template = args.has("--template-ignore");
    let painted = template.then(|| template::painted(files));
    let judged = painted.as_ref().unwrap_or(files);
    let mut found = check(judged, ids);
    let environment = Environment {
        files: args.has("--check-files"),
        names: args.has("--check-dns"),
        accounts: args.has("--check-accounts"),
    };
    found.extend(environment::check(judged, ids, environment));
    if let Some(path) = &plan.with_haproxy {
        with_haproxy::merge(path, &args.inputs, files, ids, &mut found)?;
    }
    if template {
        found = template::sure(found, files);
    }
    Ok(choose(judged, ids, found, &plan.settings))
}

/// Prints findings, but for those of the baseline.
pub(super) fn show(args: &Args, plan: &Plan, found: Vec<Finding>, files: &Files) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    if let Some(path) = args.last("--write-baseline") {
        fs::write(path, baseline::write(&found, files)).with_context(|| format!("cannot write {path}"))?;
        outcome.notes = format!("cfg-check: {} findings are in {path}\n", found.len());
        return Ok(outcome);
    }
    let found = match &plan.baseline {
        Some(path) => {
            let shown = path.display();
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
            let rest = baseline::apply(&text, found, files).with_context(|| shown.to_string())?;
            if rest.stale > 0 {
                outcome.notes = format!("cfg-check: {} findings of {shown} are no more\n", rest.stale);
            }
            rest.found
        }
        None => found,
    };
    let text = plan.format.print(&found, files, plan.color);
    match args.last("--output-file") {
        Some(path) => fs::write(path, text).with_context(|| format!("cannot write {path}"))?,
        None => outcome.text = text.into_bytes(),
    }
    outcome.status = if plan.settings.fails(&found) { FINDINGS } else { CLEAN };
    Ok(outcome)
}

/// What findings are wanted.
pub(super) fn settings(args: &Args) -> Result<Settings> {
    plan(args).map(|plan| plan.settings)
}

/// The settings of the file, and over them those of the command line.
fn plan(args: &Args) -> Result<Plan> {
    let FromFile { mut settings, format, baseline, with_haproxy } = from_file(args)?;
    if let Some(name) = args.last("--profile") {
        settings.profile = settings::profile(name)?;
    }
    if args.has("--select") {
        settings.select = names(args, "--select")?;
    }
    settings.extend_select.extend(names(args, "--extend-select")?);
    settings.ignore.extend(names(args, "--ignore")?);
    if let Some(level) = args.last("--min-confidence") {
        settings.min_confidence = settings::confidence(level)?;
    }
    if let Some(level) = args.last("--fail-on") {
        settings.fail_on = settings::fail_on(level)?;
    }
    for (rule, level) in pairs(args, "--severity")? {
        settings.severity.insert(rule, settings::severity(&level)?);
    }
    for (rule, level) in pairs(args, "--confidence")? {
        settings.confidence.insert(rule, settings::confidence(&level)?);
    }
    let format = args
        .last("--format")
        .or(format.as_deref())
        .map_or(Ok(Format::Full), |name| settings::named("format", format::NAMES, name))?;
    Ok(Plan {
        settings,
        format,
        color: color(args)?,
        baseline: args.last("--baseline").map(PathBuf::from).or(baseline),
        with_haproxy: args.last("--with-haproxy").map(str::to_string).or(with_haproxy),
    })
}

fn from_file(args: &Args) -> Result<FromFile> {
    if args.has("--no-config") {
        return Ok(FromFile::default());
    }
    let said = args.last("--config").map(PathBuf::from);
    let path = said.or_else(|| toml_file::find(args.inputs.first()?));
    path.map_or_else(|| Ok(FromFile::default()), |path| toml_file::read(&path))
}

fn names(args: &Args, option: &str) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for list in args.all(option) {
        out.extend(settings::names(list)?);
    }
    Ok(out)
}

/// `RULE:LEVEL`, any number of them, parted by commas.
fn pairs(args: &Args, option: &str) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    for pair in args.all(option).flat_map(|list| list.split(',')) {
        let (rule, level) = pair.split_once([':', '=']).ok_or_else(|| anyhow!("{option} takes RULE:LEVEL"))?;
        settings::known(rule)?;
        out.push((rule.to_string(), level.to_string()));
    }
    Ok(out)
}

fn color(args: &Args) -> Result<bool> {
    match args.last("--color") {
        Some("always") => Ok(true),
        Some("never") => Ok(false),
        None | Some("auto") => {
            Ok(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() && !args.has("--output-file"))
        }
        Some(other) => bail!("unknown colour '{other}': it is one of auto, always, never"),
    }
}
