//! Files, directories and standard input, in the order in which they are given.

use anyhow::{Context, Result};
use source::{FileId, Files};
use std::{io::Read, path::Path};

/// Positions in a file are 32 bits wide.
const MAX_BYTES: usize = u32::MAX as usize / 2;

/// Reads the inputs. A directory stands for its configuration files, as for `haproxy -f`; `-` for standard input.
pub fn read(inputs: &[String]) -> Result<(Files, Vec<FileId>)> {
    let (mut files, mut ids) = (Files::default(), Vec::new());
    for input in inputs {
        for name in names(input)? {
            let text = if name == "-" { stdin()? } else { file(&name)? };
            anyhow::ensure!(text.len() < MAX_BYTES, "{name}: the file is larger than 2 GB");
            ids.push(files.add(if name == "-" { "<stdin>" } else { &name }, &text));
        }
    }
    Ok((files, ids))
}

fn names(input: &str) -> Result<Vec<String>> {
    let path = Path::new(input);
    if !path.is_dir() {
        return Ok(vec![input.to_string()]);
    }
    let mut found = Vec::new();
    for entry in path.read_dir().with_context(|| format!("cannot read the directory {input}"))? {
        let entry = entry.with_context(|| format!("cannot read the directory {input}"))?;
        if entry.path().is_file() {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    let names = syntax::load::order(found.iter().map(String::as_str));
    Ok(names.into_iter().map(|name| path.join(name).to_string_lossy().into_owned()).collect())
}

fn file(name: &str) -> Result<Vec<u8>> {
    std::fs::read(name).with_context(|| format!("cannot read {name}"))
}

fn stdin() -> Result<Vec<u8>> {
    let mut text = Vec::new();
    std::io::stdin().take(MAX_BYTES as u64).read_to_end(&mut text).context("cannot read the standard input")?;
    Ok(text)
}
