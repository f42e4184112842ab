//! What finds an entry of a map by a value: one index a way of matching, each of which keeps the numbers of entries.
//!
//! All ways that compare texts share one idea: a table of the keys, and the lengths that keys have. A part of the text
//! matches if it is in the table, and only parts of such lengths can be. So keys come and go without anything being built
//! anew, and a million of them cost no more than a few.

use super::{
    Match,
    pattern::{self, Net, Range},
};
use crate::{regexes, value::Value};
use regex::bytes::Regex;
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    hash::Hash,
    net::{Ipv4Addr, Ipv6Addr},
};

/// The number of an entry; those that came earlier have lower ones.
pub(super) type Id = u64;

/// What finds entries in one way. Where case is ignored, keys and texts are compared in lower case.
#[derive(Debug)]
pub(super) struct Index {
    how: Match,
    fold: bool,
    kind: Kind,
}

impl Index {
    pub(super) fn new(how: Match, fold: bool) -> Index {
        Index { how, fold, kind: Kind::new(how) }
    }

    pub(super) fn how(&self) -> Match {
        self.how
    }

    /// Whether case is ignored.
    pub(super) fn folds(&self) -> bool {
        self.fold
    }

    /// Takes a key up; an error says why it is no pattern.
    pub(super) fn add(&mut self, key: &[u8], id: Id) -> Result<(), String> {
        self.kind.add(&self.folded(key), id, self.fold)
    }

    pub(super) fn remove(&mut self, key: &[u8], id: Id) {
        let key = self.folded(key).into_owned();
        self.kind.remove(&key, id);
    }

    /// The entry that a value matches: the first, but of `beg` and `ip` the one that fits best.
    pub(super) fn find(&self, value: &Value<'_>) -> Option<Id> {
        match value {
            Value::Str(text) if self.fold && self.how != Match::Reg => {
                let mut buffer = [0; 256];
                let Some(folded) = buffer.get_mut(..text.len()) else {
                    return self.kind.find(&Value::string(text.to_ascii_lowercase()));
                };
                folded.copy_from_slice(text);
                folded.make_ascii_lowercase();
                self.kind.find(&Value::str(folded))
            }
            value => self.kind.find(value),
        }
    }

    /// The expression of an entry.
    pub(super) fn regex(&self, id: Id) -> Option<&Regex> {
        match &self.kind {
            Kind::Reg(list) => list.get(&id),
            _ => None,
        }
    }

    /// A key as it is kept. An expression ignores case by itself.
    fn folded<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        match self.fold && self.how != Match::Reg {
            true => Cow::Owned(key.to_ascii_lowercase()),
            false => Cow::Borrowed(key),
        }
    }
}

#[derive(Debug)]
enum Kind {
    /// `beg`, `end`, `str`, `sub`.
    Text(Match, Words),
    /// `dir`, `dom`: words between delimiters.
    Word(Match, Words),
    Int(Ints),
    Ip(Nets),
    Reg(BTreeMap<Id, Regex>),
}

impl Kind {
    fn new(how: Match) -> Kind {
        match how {
            Match::Beg | Match::End | Match::Str | Match::Sub => Kind::Text(how, Words::default()),
            Match::Dir | Match::Dom => Kind::Word(how, Words::default()),
            Match::Int | Match::Len => Kind::Int(Ints::default()),
            Match::Ip => Kind::Ip(Nets::default()),
            Match::Reg => Kind::Reg(BTreeMap::new()),
        }
    }

    /// Takes a key up; an error says why it is no pattern.
    fn add(&mut self, key: &[u8], id: Id, fold: bool) -> Result<(), String> {
        match self {
            Kind::Text(_, words) => words.add(key, id),
            Kind::Word(how, words) => words.add(bare(key, how.delimiters()), id),
            Kind::Int(ints) => ints.add(pattern::range(key)?, id),
            Kind::Ip(nets) => nets.add(net(key)?, id),
            Kind::Reg(list) => drop(list.insert(id, regexes::compile(key, fold)?)),
        }
        Ok(())
    }

    fn remove(&mut self, key: &[u8], id: Id) {
        match self {
            Kind::Text(_, words) => words.remove(key, id),
            Kind::Word(how, words) => words.remove(bare(key, how.delimiters()), id),
            Kind::Int(ints) => {
                if let Ok(range) = pattern::range(key) {
                    ints.remove(range, id);
                }
            }
            Kind::Ip(nets) => {
                if let Ok(net) = net(key) {
                    nets.remove(net, id);
                }
            }
            Kind::Reg(list) => drop(list.remove(&id)),
        }
    }

    /// The entry that a value matches: the first, but of `beg` and `ip` the one that fits best.
    fn find(&self, value: &Value<'_>) -> Option<Id> {
        match (self, value) {
            (Kind::Int(ints), Value::Int(number)) => ints.find(*number),
            (Kind::Int(ints), Value::Str(text)) => ints.find(i64::try_from(text.len()).unwrap_or(i64::MAX)),
            (Kind::Ip(nets), Value::Ipv4(address)) => nets.v4(*address).or_else(|| nets.v6(address.to_ipv6_mapped())),
            (Kind::Ip(nets), Value::Ipv6(address)) => {
                nets.v6(*address).or_else(|| carried(*address).and_then(|address| nets.v4(address)))
            }
            (Kind::Text(how, words), Value::Str(text)) => match how {
                Match::Beg => words.longest_start(text),
                Match::End => words.first_end(text),
                Match::Sub => words.first_part(text, |_, _| true),
                _ => words.get(text),
            },
            (Kind::Word(how, words), Value::Str(text)) => words.first_word(text, how.delimiters()),
            (Kind::Reg(list), Value::Str(text)) => {
                list.iter().find(|(_, regex)| regex.is_match(text)).map(|(id, _)| *id)
            }
            _ => None,
        }
    }
}

fn net(key: &[u8]) -> Result<Net, String> {
    let fault = || format!("'{}' is not a valid IPv4 or IPv6 address", String::from_utf8_lossy(key));
    pattern::net(key, |_| None).ok_or_else(fault)
}

/// A key without the delimiters around it.
fn bare<'k>(key: &'k [u8], delimiters: &[u8]) -> &'k [u8] {
    let is_delimiter = |b: &u8| delimiters.contains(b);
    let start = key.iter().position(|b| !is_delimiter(b)).unwrap_or(key.len());
    let end = key.iter().rposition(|b| !is_delimiter(b)).map_or(start, |last| last + 1);
    key.get(start..end).unwrap_or(key)
}

/// The entries of one key, in order; mostly there is one.
#[derive(Debug)]
enum Slots {
    One(Id),
    Many(Vec<Id>),
}

impl Slots {
    fn first(&self) -> Option<Id> {
        match self {
            Slots::One(id) => Some(*id),
            Slots::Many(list) => list.first().copied(),
        }
    }

    fn add(&mut self, id: Id) {
        match self {
            Slots::One(first) => *self = Slots::Many(vec![*first, id]),
            Slots::Many(list) => list.push(id),
        }
    }

    /// Whether none is left.
    fn remove(&mut self, id: Id) -> bool {
        match self {
            Slots::One(only) => *only == id,
            Slots::Many(list) => {
                list.retain(|other| *other != id);
                list.is_empty()
            }
        }
    }
}

fn insert<K: Hash + Eq>(table: &mut HashMap<K, Slots>, key: K, id: Id) {
    table.entry(key).and_modify(|slots| slots.add(id)).or_insert(Slots::One(id));
}

/// Keys, and how many there are of each length.
#[derive(Debug, Default)]
pub(super) struct Words {
    table: HashMap<Box<[u8]>, Slots>,
    lengths: BTreeMap<usize, usize>,
}

impl Words {
    pub(super) fn add(&mut self, key: &[u8], id: Id) {
        *self.lengths.entry(key.len()).or_default() += 1;
        insert(&mut self.table, key.into(), id);
    }

    pub(super) fn remove(&mut self, key: &[u8], id: Id) {
        let Some(slots) = self.table.get_mut(key) else { return };
        if slots.remove(id) {
            self.table.remove(key);
        }
        if let Some(count) = self.lengths.get_mut(&key.len()) {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&key.len());
            }
        }
    }

    fn get(&self, text: &[u8]) -> Option<Id> {
        self.table.get(text).and_then(Slots::first)
    }

    /// Every entry of a key.
    pub(super) fn all(&self, key: &[u8]) -> &[Id] {
        match self.table.get(key) {
            Some(Slots::One(id)) => std::slice::from_ref(id),
            Some(Slots::Many(list)) => list,
            None => &[],
        }
    }

    fn longest_start(&self, text: &[u8]) -> Option<Id> {
        self.lengths.range(..=text.len()).rev().find_map(|(len, _)| self.get(text.get(..*len)?))
    }

    fn first_end(&self, text: &[u8]) -> Option<Id> {
        let ends = self.lengths.range(..=text.len()).filter_map(|(len, _)| self.get(text.get(text.len() - len..)?));
        ends.min()
    }

    /// The first entry whose key is a part of the text that is wanted: `wanted` is told where it starts and ends.
    fn first_part(&self, text: &[u8], wanted: impl Fn(usize, usize) -> bool) -> Option<Id> {
        let part = |start: usize| {
            let ends = self.lengths.range(..=text.len() - start).map(move |(len, _)| start + len);
            ends.filter(|end| wanted(start, *end)).filter_map(|end| self.get(text.get(start..end)?)).min()
        };
        (0..=text.len()).filter_map(part).min()
    }

    /// A word stands between delimiters or the text's ends. One of delimiters alone, which is empty here, stands in a text
    /// that is empty or ends with one.
    fn first_word(&self, text: &[u8], delimiters: &[u8]) -> Option<Id> {
        let parted = |at: Option<usize>| at.and_then(|at| text.get(at)).is_none_or(|b| delimiters.contains(b));
        let word =
            |start: usize, end: usize| end > start && (start == 0 || parted(Some(start - 1))) && parted(Some(end));
        let none = if parted(text.len().checked_sub(1)) { self.get(&[]) } else { None };
        self.first_part(text, word).into_iter().chain(none).min()
    }
}

/// Single numbers, which are looked up, and ranges, which are gone through.
#[derive(Debug, Default)]
pub(super) struct Ints {
    single: HashMap<i64, Slots>,
    ranges: BTreeMap<Id, Range>,
}

impl Ints {
    fn add(&mut self, range: Range, id: Id) {
        match range.min == range.max {
            true => insert(&mut self.single, range.min, id),
            false => drop(self.ranges.insert(id, range)),
        }
    }

    fn remove(&mut self, range: Range, id: Id) {
        self.ranges.remove(&id);
        if self.single.get_mut(&range.min).is_some_and(|slots| slots.remove(id)) {
            self.single.remove(&range.min);
        }
    }

    fn find(&self, number: i64) -> Option<Id> {
        let single = self.single.get(&number).and_then(Slots::first);
        let before = single.unwrap_or(Id::MAX);
        let range = self.ranges.range(..before).find(|(_, range)| range.has(number));
        range.map(|(id, _)| *id).or(single)
    }
}

/// Networks by mask, the longest first: as many look-ups as there are masks.
#[derive(Debug, Default)]
pub(super) struct Nets {
    v4: BTreeMap<Reverse<u32>, HashMap<u32, Slots>>,
    v6: BTreeMap<Reverse<u128>, HashMap<u128, Slots>>,
}

impl Nets {
    fn add(&mut self, net: Net, id: Id) {
        match net {
            Net::V4(mask, address) => insert(self.v4.entry(Reverse(mask)).or_default(), address, id),
            Net::V6(mask, address) => insert(self.v6.entry(Reverse(mask)).or_default(), address, id),
        }
    }

    fn remove(&mut self, net: Net, id: Id) {
        match net {
            Net::V4(mask, address) => forget(&mut self.v4, mask, address, id),
            Net::V6(mask, address) => forget(&mut self.v6, mask, address, id),
        }
    }

    fn v4(&self, address: Ipv4Addr) -> Option<Id> {
        let bits = address.to_bits();
        self.v4.iter().find_map(|(Reverse(mask), list)| list.get(&(bits & mask)).and_then(Slots::first))
    }

    fn v6(&self, address: Ipv6Addr) -> Option<Id> {
        let bits = address.to_bits();
        self.v6.iter().find_map(|(Reverse(mask), list)| list.get(&(bits & mask)).and_then(Slots::first))
    }
}

fn forget<T: Ord + Hash + Copy>(nets: &mut BTreeMap<Reverse<T>, HashMap<T, Slots>>, mask: T, address: T, id: Id) {
    let Some(list) = nets.get_mut(&Reverse(mask)) else { return };
    if list.get_mut(&address).is_some_and(|slots| slots.remove(id)) {
        list.remove(&address);
    }
    if list.is_empty() {
        nets.remove(&Reverse(mask));
    }
}

/// The IPv4 address inside a mapped, compatible or 6to4 one.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    Value::Ipv6(address).into_ipv4()
}
