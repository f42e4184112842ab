//! The rules, one file each. A test compares this list with the folder.

use crate::rule::Rule;

/// In the order of their names.
pub static ALL: &[&Rule] = &[];

pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.name == name).copied()
}
