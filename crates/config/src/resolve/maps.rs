//! Maps by name: each is read once, however many converters and actions name it (manual, section 2.7).

use crate::host::Host;
use sample::{
    map::{Map, Match},
    row::{ArgKind, Name},
};
use source::Diagnostic;
use std::collections::HashMap;

/// The maps named so far.
pub(super) struct Maps<'h> {
    host: &'h dyn Host,
    pub(super) list: Vec<Map>,
    numbers: HashMap<Vec<u8>, usize>,
}

impl<'h> Maps<'h> {
    pub(super) fn new(host: &'h dyn Host) -> Maps<'h> {
        Maps { host, list: Vec::new(), numbers: HashMap::new() }
    }

    /// The number of a map, which is read if it is new and can be asked in this way from now on.
    pub(super) fn find(
        &mut self,
        name: &Name,
        how: Option<Match>,
        place: source::Place<'_>,
    ) -> Result<usize, Diagnostic> {
        let number = match self.numbers.get(identity(&name.text)) {
            Some(number) => *number,
            None => self.read(name, how.is_none())?,
        };
        let (Some(map), Some(how)) = (self.list.get_mut(number), how) else { return Ok(number) };
        map.used.push(format!("by map at file '{}' line {}", place.file, place.line));
        map.use_as(how, false).map(|()| number).map_err(|why| {
            let message = format!("{why} in map '{}'", String::from_utf8_lossy(identity(&name.text)));
            Diagnostic::alert("map-key", name.span, message).help("correct the key in the file, or match another way")
        })
    }

    fn read(&mut self, name: &Name, changed_only: bool) -> Result<usize, Diagnostic> {
        let path = identity(&name.text);
        let read = if path.starts_with(VIRTUAL) { Ok(Vec::new()) } else { self.host.read(path) };
        let text = match read {
            Ok(text) => text,
            // Who only changes it begins with nothing.
            Err(_) if changed_only || name.text.starts_with(OPTIONAL) => Vec::new(),
            Err(why) => {
                let message = format!("failed to open pattern file <{}>", String::from_utf8_lossy(path));
                let help = format!("{why}; write 'opt@' before the name if it may be missing");
                return Err(Diagnostic::alert("map-file", name.span, message).help(help));
            }
        };
        self.numbers.insert(path.to_vec(), self.list.len());
        self.list.push(Map::of_text(path, &text).at(name.span));
        Ok(self.list.len() - 1)
    }
}

const VIRTUAL: &[u8] = b"virt@";
const OPTIONAL: &[u8] = b"opt@";

/// What a map is known by: a file's name without its prefix; that of a virtual one is part of its name.
pub(super) fn identity(name: &[u8]) -> &[u8] {
    name.strip_prefix(OPTIONAL).or_else(|| name.strip_prefix(b"file@")).unwrap_or(name)
}

/// How the map of a name is asked, if it is a map's name and is asked at all.
#[allow(clippy::option_option)]
pub(super) fn way(name: &Name) -> Option<Option<Match>> {
    match name.kind {
        ArgKind::AnyMap => Some(None),
        ArgKind::Map(how) => Some(Some(how)),
        _ => None,
    }
}

impl std::fmt::Debug for Maps<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Maps").field("list", &self.list).finish_non_exhaustive()
    }
}
