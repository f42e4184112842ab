//! A golden row, and what became of playing it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::pattern::{self, Dialect, Known};
use super::proxy::Binary;
use super::text;

/// One line of a `.jsonl` file.
#[derive(Debug)]
pub(crate) struct Row {
    /// Name of the file without `.jsonl`.
    pub(crate) file: String,
    pub(crate) id: String,
    pub(crate) value: Value,
}

impl Row {
    /// Reads all rows of a file.
    pub(crate) fn read_all(path: &Path) -> anyhow::Result<Vec<Row>> {
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let parse = |(at, line): (usize, &str)| {
            let value: Value =
                serde_json::from_str(line).with_context(|| format!("{}:{}: not a row", path.display(), at + 1))?;
            let id = value["id"].as_str().unwrap_or_default().to_owned();
            Ok(Row { file: file.clone(), id, value })
        };
        lines.map(parse).collect()
    }

    /// Its group or family.
    pub(crate) fn group(&self) -> &str {
        self.value["group"].as_str().or(self.value["family"].as_str()).unwrap_or("-")
    }

    /// The lines of a list field, nothing when it has none.
    pub(crate) fn lines<'a>(&'a self, field: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value[field].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// A text field, empty when it has none.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.value[field].as_str().unwrap_or_default()
    }

    /// True when the row has the field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.value.get(field).is_some()
    }
}

/// One field that came out otherwise than recorded.
#[derive(Debug)]
pub(crate) struct Diff {
    pub(crate) what: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum Verdict {
    Passed,
    Failed(Vec<Diff>),
    /// The binary knows the word and says that it does not obey it yet; what it said.
    Unsupported(String),
}

impl Verdict {
    /// Passed when there is nothing to report.
    pub(crate) fn of(diffs: Vec<Diff>) -> Self {
        if diffs.is_empty() { Self::Passed } else { Self::Failed(diffs) }
    }

    /// A failure of one field.
    pub(crate) fn failed(what: &str, expected: &str, got: &str) -> Self {
        Self::Failed(vec![Diff { what: what.to_owned(), expected: expected.to_owned(), got: got.to_owned() }])
    }

    /// Judges a configuration that the binary refused although the row has it accepted.
    ///
    /// Ours says so when a word is not obeyed yet; another binary is of another version, which is no fault of it.
    pub(crate) fn refused(binary: &Binary, said: &str) -> Self {
        if !binary.ours || said.contains("not supported by evenkeel") {
            return Self::Unsupported(said.to_owned());
        }
        Self::failed("start", "accepted", said)
    }
}

/// Collects the differences of one row.
#[derive(Debug)]
pub(crate) struct Differ {
    dialect: Dialect,
    pub(crate) known: Known,
    diffs: Vec<Diff>,
}

impl Differ {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, known: Known::new(), diffs: Vec::new() }
    }

    /// Text with tokens against bytes.
    pub(crate) fn bytes(&mut self, what: &str, expected: &str, got: &[u8]) {
        if let Some(at) = pattern::differs(expected, got, self.dialect, &self.known) {
            let what = format!("{what} (from byte {at})");
            self.push(what, text::show(&text_bytes(expected)), text::show(got));
        }
    }

    /// True when the text matches; reports nothing.
    pub(crate) fn matches(&self, expected: &str, got: &[u8]) -> bool {
        pattern::matches(expected, got, self.dialect, &self.known)
    }

    /// Two words that must be equal.
    pub(crate) fn equal(&mut self, what: &str, expected: &str, got: &str) {
        if expected != got {
            self.push(what.to_owned(), expected.to_owned(), got.to_owned());
        }
    }

    /// Two JSON values, their strings with tokens.
    pub(crate) fn json(&mut self, what: &str, expected: &Value, got: &Value) {
        if !self.same(expected, got) {
            self.push(what.to_owned(), pretty(expected), pretty(got));
        }
    }

    fn same(&self, expected: &Value, got: &Value) -> bool {
        match (expected, got) {
            (Value::String(e), Value::String(g)) => self.matches(e, &text::latin1(g)),
            (Value::Array(e), Value::Array(g)) => e.len() == g.len() && e.iter().zip(g).all(|(e, g)| self.same(e, g)),
            (Value::Object(e), Value::Object(g)) => {
                e.len() == g.len() && e.iter().all(|(k, e)| g.get(k).is_some_and(|g| self.same(e, g)))
            }
            _ => expected == got,
        }
    }

    pub(crate) fn push(&mut self, what: String, expected: String, got: String) {
        self.diffs.push(Diff { what, expected, got });
    }

    pub(crate) fn verdict(self) -> Verdict {
        Verdict::of(self.diffs)
    }
}

/// Recorded text as it is shown: tokens stay as they are.
fn text_bytes(expected: &str) -> Vec<u8> {
    if expected.contains('⟦') { show_tokens(expected) } else { text::latin1(expected) }
}

fn show_tokens(expected: &str) -> Vec<u8> {
    let ascii = |part| match part {
        text::Part::Byte(b) => vec![b],
        text::Part::Run(b, n) => vec![b; n],
        text::Part::Token(name) => format!("[[{name}]]").into_bytes(),
    };
    text::parts(expected).into_iter().flat_map(ascii).collect()
}

/// A list gets a line for each item.
fn pretty(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|item| format!("{item}\n")).collect(),
        other => other.to_string(),
    }
}
