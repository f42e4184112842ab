//! The patterns of ACLs: those of one file are one set, whichever ACLs name it (manual, section 7.1).

use crate::{draft::Draft, ir::AclSet};
use rules::acl::Live;
use sample::{map::Map, row::Name};
use source::{Diagnostic, Files, Span};
use std::{collections::HashMap, sync::Arc};

/// The sets so far.
#[derive(Debug, Default)]
pub(super) struct AclSets {
    pub(super) list: Vec<AclSet>,
    /// By the names of files.
    numbers: HashMap<Vec<u8>, usize>,
}

impl AclSets {
    /// Gathers the sets of every ACL, and lets those that name the same file share it.
    pub(super) fn of(draft: &mut Draft, files: &Files, findings: &mut source::Diagnostics) -> AclSets {
        let mut sets = AclSets::default();
        for live in draft.proxies.iter_mut().flat_map(|proxy| proxy.acls.live()) {
            if let Err(why) = sets.gather(live, files) {
                let help = "correct the pattern in the file, or match another way";
                findings.push(Diagnostic::alert("acl-pattern", live.span, why).help(help));
            }
        }
        sets
    }

    fn gather(&mut self, live: &mut Live, files: &Files) -> Result<(), String> {
        let place = files.place(live.span);
        let at = format!("file '{}' line {}", place.file, place.line);
        let (keyword, number, span) = (String::from_utf8_lossy(&live.keyword).into_owned(), live.number, live.span);
        let changeable = live.is_changeable();
        live.sets(&mut |set| match set.name.is_empty() {
            true => {
                let text = format!("acl '{keyword}' {at}.");
                self.list.push(AclSet { map: set.clone(), number, text, used: Vec::new(), span, changeable });
            }
            false => {
                let shared = self.shared(&set.name.clone(), || (set.clone(), span));
                if let Some(shared) = self.list.get_mut(shared) {
                    shared.used.push(format!("by acl at {at}"));
                    *set = shared.map.clone();
                }
            }
        })
    }

    /// The set of a file.
    fn shared(&mut self, name: &[u8], make: impl FnOnce() -> (Arc<Map>, Span)) -> usize {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let (map, span) = make();
        let text = format!("pattern loaded from file '{}'", String::from_utf8_lossy(name));
        self.numbers.insert(name.to_vec(), self.list.len());
        self.list.push(AclSet { map, number: None, text, used: Vec::new(), span, changeable: true });
        self.list.len() - 1
    }

    /// The set that a rule names: one that no ACL uses is a new one.
    pub(super) fn find(&mut self, name: &Name) -> usize {
        let path = super::maps::identity(&name.text);
        self.shared(path, || (Arc::new(Map::new(path)), name.span))
    }

    /// Numbers sets and maps in the order in which the configuration names them.
    pub(super) fn number(&mut self, maps: &mut [Map]) {
        let taken: Vec<u32> = self.list.iter().filter_map(|set| set.number).collect();
        let mut all: Vec<(Span, bool, &mut Option<u32>)> =
            self.list.iter_mut().map(|set| (set.span, set.map.name.is_empty(), &mut set.number)).collect();
        let mut numbers: Vec<Option<u32>> = vec![None; maps.len()];
        all.extend(maps.iter().zip(&mut numbers).map(|(map, number)| (map.span, false, number)));
        // The file of an ACL comes before what its line says itself.
        all.sort_by_key(|(span, own, _)| (span.file, span.start, *own));
        let mut next = (0..).filter(|number| !taken.contains(number));
        for (_, _, number) in all {
            if number.is_none() {
                *number = next.next();
            }
        }
        maps.iter_mut().zip(numbers).for_each(|(map, number)| map.number = number.unwrap_or_default());
    }
}
