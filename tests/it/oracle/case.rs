//! What a case file says.

use std::collections::BTreeMap;

use super::script::{self, Step};
use crate::harness::binary::Reference;

/// A story: a configuration, what clients and servers do, and what is compared beyond what they saw.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) reference: Reference,
    /// Lines added to the common `global` and `defaults` sections.
    pub(crate) global: String,
    pub(crate) defaults: String,
    pub(crate) config: String,
    /// Name and text.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) client: Vec<Step>,
    /// Scripts by server; one for each connection in turn, the last for all later ones.
    pub(crate) servers: BTreeMap<String, Vec<Vec<Step>>>,
    /// `proxy/server` and a column of `show stat`.
    pub(crate) stats: Vec<(String, String)>,
    /// What an older HAProxy says, and what 3.4 says instead.
    pub(crate) differs: Vec<(String, String)>,
    /// Texts that the story must contain, so that it shows what it is about.
    pub(crate) expect: Vec<String>,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// The line that cannot be understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (head, sections) = sections(text);
        if !head.starts_with("# ") || sections.is_empty() {
            return Err("a case starts with its story in a `# ` line, then its sections".to_owned());
        }
        let mut case = Self {
            reference: if head.contains("# proxy: 2.8") { Reference::V2_8 } else { Reference::V2_6 },
            global: String::new(),
            defaults: String::new(),
            config: String::new(),
            files: Vec::new(),
            client: Vec::new(),
            servers: BTreeMap::new(),
            stats: Vec::new(),
            differs: Vec::new(),
            expect: Vec::new(),
        };
        for (title, body) in sections {
            case.section(&title, &body)?;
        }
        Ok(case)
    }

    fn section(&mut self, title: &str, body: &str) -> Result<(), String> {
        let lines = || body.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        match title.split_once(' ').unwrap_or((title, "")) {
            ("global", _) => self.global = body.to_owned(),
            ("defaults", _) => self.defaults = body.to_owned(),
            ("config", _) => self.config = body.to_owned(),
            ("file", name) => self.files.push((name.to_owned(), body.to_owned())),
            ("client", _) => self.client = script::parse(body)?.concat(),
            ("server", name) => drop(self.servers.insert(name.to_owned(), script::parse(body)?)),
            ("stats", _) => self.stats.extend(lines().flat_map(columns)),
            ("differs", _) => {
                let pairs = lines().map(|l| l.split_once(" => ").ok_or_else(|| format!("`{l}` lacks ` => `")));
                for pair in pairs {
                    let (old, new) = pair?;
                    self.differs.push((unescaped(old), unescaped(new)));
                }
            }
            ("expect", _) => self.expect.extend(lines().map(str::to_owned)),
            _ => return Err(format!("unknown section [{title}]")),
        }
        Ok(())
    }
}

/// Text before the first section, then each section's title and body.
fn sections(text: &str) -> (String, Vec<(String, String)>) {
    let mut head = String::new();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let title = line.strip_prefix('[').and_then(|l| l.strip_suffix(']'));
        match (title, found.last_mut()) {
            (Some(title), _) => found.push((title.to_owned(), String::new())),
            (None, Some((_, body))) => *body += &format!("{line}\n"),
            (None, None) => head += &format!("{line}\n"),
        }
    }
    (head, found)
}

/// `fe stot hrsp_2xx` names two columns of one row.
fn columns(line: &str) -> Vec<(String, String)> {
    let mut words = line.split_whitespace();
    let row = words.next().unwrap_or_default();
    words.map(|column| (row.to_owned(), column.to_owned())).collect()
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
}
