//! `cfg-check.toml`: the settings of a project.

use anyhow::{Context, Result, bail};
use cfg_check::settings::{self, Settings};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Settings, and the options that are no settings of the linter itself.
#[derive(Debug, Default)]
pub(crate) struct FromFile {
    pub(crate) settings: Settings,
    pub(crate) format: Option<String>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) with_haproxy: Option<String>,
}

const NAMES: &[&str] = &["cfg-check.toml", ".cfg-check.toml"];

/// The file beside an input, or in a folder above it.
pub(crate) fn find(input: &str) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let start = if input == "-" { here } else { here.join(input) };
    start.ancestors().flat_map(|folder| NAMES.iter().map(|name| folder.join(name))).find(|path| path.is_file())
}

pub(crate) fn read(path: &Path) -> Result<FromFile> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let table: Table = text.parse().with_context(|| format!("{shown} is no TOML"))?;
    let mut out = FromFile::default();
    for (key, value) in &table {
        set(&mut out, key, value, path).with_context(|| format!("{shown}: {key}"))?;
    }
    Ok(out)
}

fn set(out: &mut FromFile, key: &str, value: &Value, path: &Path) -> Result<()> {
    let settings = &mut out.settings;
    match key {
        "profile" => settings.profile = settings::profile(text(value)?)?,
        "select" => settings.select = list(value)?,
        "extend-select" => settings.extend_select = list(value)?,
        "ignore" => settings.ignore = list(value)?,
        "fail-on" => settings.fail_on = settings::fail_on(text(value)?)?,
        "min-confidence" => settings.min_confidence = settings::confidence(text(value)?)?,
        "severity" => {
            for (rule, level) in table(value)? {
                settings::known(rule)?;
                settings.severity.insert(rule.clone(), settings::severity(text(level)?)?);
            }
        }
        "confidence" => {
            for (rule, level) in table(value)? {
                settings::known(rule)?;
                settings.confidence.insert(rule.clone(), settings::confidence(text(level)?)?);
            }
        }
        "format" => out.format = Some(text(value)?.into()),
        // A relative name counts from the file that has it.
        "baseline" => out.baseline = Some(path.parent().unwrap_or(Path::new("")).join(text(value)?)),
        "with-haproxy" => out.with_haproxy = Some(text(value)?.into()),
        _ => bail!("unknown key: 'cfg-check --help' lists them"),
    }
    Ok(())
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("a string is wanted")
}

fn table(value: &Value) -> Result<&Table> {
    value.as_table().context("a table is wanted")
}

/// A list of names, or one string with commas.
fn list(value: &Value) -> Result<Vec<String>> {
    match value {
        Value::Array(items) => {
            let mut names = Vec::new();
            for item in items {
                names.extend(settings::names(text(item)?)?);
            }
            Ok(names)
        }
        other => settings::names(text(other)?),
    }
}
