//! Maps: keys with values, found by a way of matching (manual, section 2.7 and `map` in 7.3.1). The patterns of ACLs are
//! kept as keys alone.
//!
//! A map has its entries once and an index for each way in which the configuration asks for them. It may be changed
//! while it is used: a look-up holds a lock for as long as it takes, a change of one entry too, and a new version is
//! prepared beside the map and takes its place at once.

mod index;
pub mod pattern;

use crate::{convert::regsub, value::Value};
use index::{Id, Index, Words};
use source::Span;
use std::{
    collections::BTreeMap,
    sync::{
        RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// How keys are compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Beg,
    Dir,
    Dom,
    End,
    Int,
    Ip,
    /// The length of a text.
    Len,
    Reg,
    Str,
    Sub,
}

impl Match {
    /// What parts words.
    fn delimiters(self) -> &'static [u8] {
        match self {
            Match::Dir => b"/?",
            _ => b"/?.:",
        }
    }
}

/// A map by its name.
#[derive(Debug)]
pub struct Map {
    /// The file's name without a prefix, or `virt@` and a name.
    pub name: Vec<u8>,
    /// By whom, and where: `by map at file 'f' line 7`.
    pub used: Vec<String>,
    /// The number that commands know it by, and where it was named first.
    pub number: u32,
    pub span: Span,
    /// Whether what is in it is still what the configuration says.
    changed: AtomicBool,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    /// The ways in which the map is used, and whether case is ignored.
    ways: Vec<(Match, bool)>,
    live: Content,
    /// The number of the version that is live, and of the last one.
    version: u32,
    last_version: u32,
    prepared: BTreeMap<u32, Content>,
}

/// The entries of one version.
#[derive(Debug, Default)]
struct Content {
    entries: BTreeMap<Id, Entry>,
    next: Id,
    keys: Words,
    indices: Vec<Index>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: Box<[u8]>,
    value: Box<[u8]>,
}

/// A copy of an entry, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: u64,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// An entry by its key, of which there may be several, or by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'k> {
    Key(&'k [u8]),
    Id(u64),
}

impl Map {
    /// A map without entries.
    pub fn new(name: &[u8]) -> Map {
        let state = State {
            ways: Vec::new(),
            live: Content::default(),
            version: 0,
            last_version: 0,
            prepared: BTreeMap::new(),
        };
        Map {
            name: name.to_vec(),
            used: Vec::new(),
            number: 0,
            span: Span::default(),
            changed: AtomicBool::new(false),
            state: RwLock::new(state),
        }
    }

    /// A map of the lines of a file.
    pub fn of_text(name: &[u8], text: &[u8]) -> Map {
        let map = Map::new(name);
        let mut state = map.write();
        for (key, value) in text.split(|b| *b == b'\n').filter_map(line) {
            // Without an index every key is fine.
            let _ = state.live.add(key, value);
        }
        drop(state);
        map
    }

    /// The patterns of an ACL.
    pub fn of_keys<'k>(name: &[u8], keys: impl Iterator<Item = &'k [u8]>) -> Map {
        let map = Map::new(name);
        let mut state = map.write();
        keys.for_each(|key| _ = state.live.add(key, b""));
        drop(state);
        map
    }

    /// The same map, with the place where it is named first.
    pub fn at(self, span: Span) -> Map {
        Map { span, ..self }
    }

    /// Lets the map be asked in one more way; an error is about a key that is no pattern of this kind.
    pub fn use_as(&self, how: Match, fold: bool) -> Result<(), String> {
        let mut state = self.write();
        if state.ways.contains(&(how, fold)) {
            return Ok(());
        }
        let mut index = Index::new(how, fold);
        for (id, entry) in &state.live.entries {
            index.add(&entry.key, *id)?;
        }
        state.live.indices.push(index);
        state.ways.push((how, fold));
        Ok(())
    }

    /// Finds an entry, and gives what `read` makes of its key and its value.
    pub fn find<T>(&self, how: Match, value: &Value<'_>, read: impl FnOnce(&[u8], &[u8]) -> T) -> Option<T> {
        let state = self.read();
        let index = state.live.index(how, false)?;
        let entry = state.live.entries.get(&index.find(value)?)?;
        Some(read(&entry.key, &entry.value))
    }

    /// Whether a value of the type that the way takes matches any key.
    pub fn matches(&self, how: Match, fold: bool, value: &Value<'_>) -> bool {
        self.read().live.index(how, fold).is_some_and(|index| index.find(value).is_some())
    }

    /// Whether it was changed since it was loaded.
    pub fn has_changed(&self) -> bool {
        self.changed.load(Relaxed)
    }

    /// The ways in which it is asked, and whether they ignore case.
    pub fn ways(&self) -> Vec<(Match, bool)> {
        self.read().ways.clone()
    }

    /// Finds the first regular expression, and gives the entry's value with its references to groups replaced.
    pub fn substitute(&self, text: &[u8]) -> Option<Vec<u8>> {
        let state = self.read();
        let index = state.live.index(Match::Reg, false)?;
        let id = index.find(&Value::str(text))?;
        let captures = index.regex(id)?.captures(text)?;
        let mut out = Vec::new();
        regsub::expand(&state.live.entries.get(&id)?.value, &captures, &mut out);
        Some(out)
    }

    // === Changes ===

    /// Adds an entry, to a version that is being prepared or to the live one.
    pub fn add(&self, version: Option<u32>, key: &[u8], value: &[u8]) -> Result<(), String> {
        let mut state = self.change();
        let content = state.version_mut(version).ok_or("Version number in the past or not prepared")?;
        content.add(key, value)
    }

    /// Gives entries another value; says how many.
    pub fn set(&self, which: Which<'_>, value: &[u8]) -> usize {
        let mut state = self.change();
        let ids = state.live.ids(which);
        for id in &ids {
            if let Some(entry) = state.live.entries.get_mut(id) {
                entry.value = value.into();
            }
        }
        ids.len()
    }

    /// Gives an entry this value, and makes one if there is none: the action `set-map`.
    pub fn put(&self, key: &[u8], value: &[u8]) -> Result<(), String> {
        match self.set(Which::Key(key), value) {
            0 => self.add(None, key, value),
            _ => Ok(()),
        }
    }

    /// Drops entries; says how many.
    pub fn remove(&self, which: Which<'_>) -> usize {
        let mut state = self.change();
        let ids = state.live.ids(which);
        ids.iter().for_each(|id| state.live.remove(*id));
        ids.len()
    }

    /// Drops every entry of a version; false if there is no such version.
    pub fn clear(&self, version: Option<u32>) -> bool {
        let mut state = self.change();
        let ways = state.ways.clone();
        match state.version_mut(version) {
            Some(content) => {
                *content = Content::for_ways(&ways, content.next);
                true
            }
            None => false,
        }
    }

    /// The number of a new version without entries.
    pub fn prepare(&self) -> u32 {
        let mut state = self.write();
        state.last_version += 1;
        let (version, content) = (state.last_version, Content::for_ways(&state.ways, state.live.next));
        state.prepared.insert(version, content);
        version
    }

    /// Puts a prepared version in the place of the live one; those before it are forgotten. False if there is none.
    pub fn commit(&self, version: u32) -> bool {
        let mut state = self.change();
        let Some(content) = state.prepared.remove(&version) else { return false };
        state.live = content;
        state.version = version;
        state.prepared.retain(|other, _| *other > version);
        true
    }

    // === What is shown ===

    /// The numbers of the live version and of the last that was prepared, and how many entries all have.
    pub fn version(&self) -> (u32, u32, usize) {
        let state = self.read();
        let prepared: usize = state.prepared.values().map(|content| content.entries.len()).sum();
        (state.version, state.last_version, state.live.entries.len() + prepared)
    }

    /// Copies of the entries of a version, in their order.
    pub fn rows(&self, version: Option<u32>) -> Option<Vec<Row>> {
        let state = self.read();
        let content = match version.filter(|version| *version != state.version) {
            Some(version) => state.prepared.get(&version)?,
            None => &state.live,
        };
        Some(content.entries.iter().map(|(id, entry)| entry.row(*id)).collect())
    }

    /// Asks in every way in which the map is used: how, whether case is ignored, and the entry that was found.
    pub fn ask(&self, text: &[u8]) -> Vec<(Match, bool, Option<Row>)> {
        let state = self.read();
        let ask = |index: &Index| {
            let value = match index.how() {
                Match::Int => Value::str(text).cast(crate::Type::Int),
                Match::Ip => Value::str(text).cast(crate::Type::Addr),
                _ => Some(Value::str(text)),
            };
            let found = value.and_then(|value| index.find(&value));
            (index.how(), index.folds(), found.and_then(|id| Some(state.live.entries.get(&id)?.row(id))))
        };
        state.live.indices.iter().map(ask).collect()
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        // What is said by somebody who holds the lock is seen by who takes it next.
        let state = self.write();
        self.changed.store(true, Relaxed);
        state
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn version_mut(&mut self, version: Option<u32>) -> Option<&mut Content> {
        match version.filter(|version| *version != self.version) {
            Some(version) => self.prepared.get_mut(&version),
            None => Some(&mut self.live),
        }
    }
}

impl Content {
    fn for_ways(ways: &[(Match, bool)], next: Id) -> Content {
        let indices = ways.iter().map(|(how, fold)| Index::new(*how, *fold)).collect();
        Content { next, indices, ..Content::default() }
    }

    fn index(&self, how: Match, fold: bool) -> Option<&Index> {
        self.indices.iter().find(|index| index.how() == how && index.folds() == fold)
    }

    /// A key that one index cannot take is taken by none.
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let id = self.next;
        for at in 0..self.indices.len() {
            let Some(index) = self.indices.get_mut(at) else { break };
            if let Err(why) = index.add(key, id) {
                self.indices.iter_mut().take(at).for_each(|index| index.remove(key, id));
                return Err(why);
            }
        }
        self.next += 1;
        self.keys.add(key, id);
        self.entries.insert(id, Entry { key: key.into(), value: value.into() });
        Ok(())
    }

    fn remove(&mut self, id: Id) {
        let Some(entry) = self.entries.remove(&id) else { return };
        self.keys.remove(&entry.key, id);
        self.indices.iter_mut().for_each(|index| index.remove(&entry.key, id));
    }

    fn ids(&self, which: Which<'_>) -> Vec<Id> {
        match which {
            Which::Key(key) => self.keys.all(key).to_vec(),
            Which::Id(id) => self.entries.contains_key(&id).then_some(id).into_iter().collect(),
        }
    }
}

impl Entry {
    fn row(&self, id: Id) -> Row {
        Row { id, key: self.key.to_vec(), value: self.value.to_vec() }
    }
}

/// Key and value of a file's line; comments and empty lines have none.
pub fn line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if line.first() == Some(&b'#') {
        return None;
    }
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.get(line.iter().position(|b| !blank(b))?..)?;
    let (key, rest) = line.split_at_checked(line.iter().position(blank).unwrap_or(line.len()))?;
    let start = rest.iter().position(|b| !blank(b)).unwrap_or(rest.len());
    let end = rest.iter().rposition(|b| !blank(b)).map_or(start, |last| last + 1);
    Some((key, rest.get(start..end).unwrap_or_default()))
}
