//! What changes in meaning between two configurations.
//!
//! Each becomes its [`Meaning`]: defaults resolved, conditions with their ACLs put in, values in one unit. What only
//! layout, comments, names of ACLs and an order without a meaning tell apart is the same then.

mod meaning;
mod normal;
mod print;
mod sequence;

pub use meaning::{Meaning, Thing, meaning};
pub use print::{json, text};

use meaning::{Entry, Part};
use source::Span;
use std::collections::BTreeSet;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is about, for those who want to see a part of the differences.
    pub topic: Topic,
    /// The section: `backend 'b'`.
    pub object: String,
    /// The part of it: `server s1`, `timeout client`, `http-request`.
    pub subject: String,
    pub what: What,
}

/// How something differs. The texts are those of the lines in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Added(Side),
    Changed {
        old: Side,
        new: Side,
        /// What of it: `weight 10 -> 20`; empty where the texts tell all.
        how: Vec<String>,
    },
    /// The same line before or behind others.
    Moved {
        old: Side,
        new: Side,
    },
    Removed(Side),
}

/// A line in one of the two configurations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Checks,
    Headers,
    Listeners,
    Logs,
    Routes,
    Rules,
    Servers,
    #[default]
    Settings,
    Timeouts,
}

/// Each topic by its name.
pub const TOPICS: &[(&str, Topic)] = &[
    ("checks", Topic::Checks),
    ("headers", Topic::Headers),
    ("listeners", Topic::Listeners),
    ("logs", Topic::Logs),
    ("routes", Topic::Routes),
    ("rules", Topic::Rules),
    ("servers", Topic::Servers),
    ("settings", Topic::Settings),
    ("timeouts", Topic::Timeouts),
];

/// The differences, section by section in the order of their names.
pub fn compare(old: &Meaning, new: &Meaning) -> Vec<Change> {
    let names: BTreeSet<&String> = old.things.keys().chain(new.things.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        match (old.things.get(name), new.things.get(name)) {
            (Some(old), Some(new)) => thing(name, old, new, &mut changes),
            (old, new) => changes.extend(whole(name, old, new)),
        }
    }
    changes
}

/// A section that is there only once.
fn whole(name: &str, old: Option<&Thing>, new: Option<&Thing>) -> Option<Change> {
    let side = |thing: &Thing| Side { text: thing.header.clone(), span: thing.span };
    let what = match (old, new) {
        (Some(old), _) => What::Removed(side(old)),
        (None, new) => What::Added(side(new?)),
    };
    let topic = if name.starts_with("frontend") { Topic::Listeners } else { Topic::Settings };
    Some(Change { topic, object: name.into(), subject: String::new(), what })
}

fn thing(name: &str, old: &Thing, new: &Thing, changes: &mut Vec<Change>) {
    let subjects: BTreeSet<&String> = old.parts.keys().chain(new.parts.keys()).collect();
    for subject in subjects {
        let empty = Part::default();
        let (left, right) = (old.parts.get(subject), new.parts.get(subject));
        let topic = left.or(right).map_or(Topic::Settings, |part| part.topic);
        let (left, right) = (left.unwrap_or(&empty), right.unwrap_or(&empty));
        let differences = match left.ordered || right.ordered {
            true => sequence::compare(&left.entries, &right.entries),
            false => unordered(&left.entries, &right.entries),
        };
        changes.extend(differences.into_iter().map(|what| {
            let topic = header_topic(topic, &what);
            Change { topic, object: name.into(), subject: subject.clone(), what }
        }));
    }
}

/// Rules that change headers are a topic of their own.
fn header_topic(topic: Topic, what: &What) -> Topic {
    let (What::Added(side) | What::Removed(side) | What::Changed { new: side, .. } | What::Moved { new: side, .. }) =
        what;
    if topic == Topic::Rules && side.text.contains("-header ") { Topic::Headers } else { topic }
}

/// Entries whose order means nothing. Where one is left on either side, it has changed.
fn unordered(old: &[Entry], new: &[Entry]) -> Vec<What> {
    let lacks = |list: &[Entry], entry: &Entry| !list.iter().any(|other| other.same(entry));
    let gone: Vec<&Entry> = old.iter().filter(|entry| lacks(new, entry)).collect();
    let come: Vec<&Entry> = new.iter().filter(|entry| lacks(old, entry)).collect();
    match (gone.as_slice(), come.as_slice()) {
        ([one], [other]) => vec![changed(one, other)],
        _ => {
            let gone = gone.into_iter().map(|entry| What::Removed(entry.side()));
            gone.chain(come.into_iter().map(|entry| What::Added(entry.side()))).collect()
        }
    }
}

fn changed(old: &Entry, new: &Entry) -> What {
    let mut how = parameters(old, new);
    if old.text == new.text {
        let shared = old.acls.iter().filter_map(|(name, text)| Some((name, text, new.acls.get(name)?)));
        let differ = shared.filter(|(_, old, new)| old != new);
        how.extend(differ.map(|(name, old, new)| format!("acl {name}: {old} -> {new}")));
    }
    What::Changed { old: old.side(), new: new.side(), how }
}

/// The parameters that differ.
fn parameters(old: &Entry, new: &Entry) -> Vec<String> {
    let names: BTreeSet<&String> = old.params.keys().chain(new.params.keys()).collect();
    let show = |value: Option<&String>, name: &str| match value.map(String::as_str) {
        None => format!("no {name}"),
        Some("") => name.to_string(),
        Some(value) => format!("{name} {value}"),
    };
    let differ = names.into_iter().filter(|name| old.params.get(*name) != new.params.get(*name));
    differ
        .map(|name| match (old.params.get(name), new.params.get(name)) {
            (Some(old), Some(new)) => format!("{name} {old} -> {new}"),
            (old, new) => format!("{} -> {}", show(old, name), show(new, name)),
        })
        .collect()
}
