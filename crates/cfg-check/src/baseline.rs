//! Findings that were there before and are to be left alone, in a file.

use crate::{fingerprint, rule::Finding};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use source::Files;
use std::collections::BTreeSet;

/// The text of a baseline: the fingerprint of each finding, with enough beside it for a reader to know it again.
pub fn write(found: &[Finding], files: &Files) -> String {
    let prints = fingerprint::all(found, files);
    let rows = found.iter().zip(prints).map(|(finding, print)| {
        let file = finding.span.map(|span| files.place(span).file);
        json!({ "fingerprint": print, "rule": finding.code, "file": file, "message": finding.message })
    });
    format!("{:#}\n", json!({ "version": 1, "findings": rows.collect::<Vec<Value>>() }))
}

/// What a baseline leaves.
#[derive(Debug)]
pub struct Rest {
    pub found: Vec<Finding>,
    /// How many findings it hides.
    pub hidden: usize,
    /// How many of its entries are no more.
    pub stale: usize,
}

/// The findings that are not in the baseline.
pub fn apply(text: &str, found: Vec<Finding>, files: &Files) -> Result<Rest> {
    let object: Value = serde_json::from_str(text).context("the baseline is no JSON")?;
    let rows = object["findings"].as_array().context("the baseline has no 'findings'")?;
    let known: BTreeSet<&str> = rows.iter().filter_map(|row| row["fingerprint"].as_str()).collect();
    let prints = fingerprint::all(&found, files);
    let all = found.len();
    let fresh = found.into_iter().zip(&prints).filter(|(_, print)| !known.contains(print.as_str()));
    let found: Vec<Finding> = fresh.map(|(finding, _)| finding).collect();
    let hidden = all - found.len();
    let stale = known.iter().filter(|known| !prints.iter().any(|print| print == **known)).count();
    Ok(Rest { found, hidden, stale })
}
