//! Stick tables: what is remembered of clients by key (manual, section 11).
//!
//! A look-up takes the lock of one shard and allocates nothing. What makes or drops entries also holds the lock of
//! `order`, which has one place for each entry, so that the table's size and its oldest entry are known. A use only
//! moves the entry's own time; its place is corrected when it comes up as the oldest.

use config::keyword::stick_table::{Data, KeyType, StickTable};
use dashmap::DashMap;
use sample::Value;
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// A table. Times are in microseconds since the process started.
#[derive(Debug)]
pub struct Table {
    key: KeyType,
    size: usize,
    expire: Option<u64>,
    nopurge: bool,
    /// What an entry holds, in this order.
    store: Vec<Data>,
    entries: DashMap<Arc<[u8]>, Entry>,
    order: Mutex<Order>,
}

#[derive(Debug)]
struct Entry {
    /// Tells it from others of the same key, before or after.
    id: u64,
    used: AtomicU64,
    data: Box<[Datum]>,
}

/// What an entry holds of one data type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datum {
    ServerId(i32),
    ServerKey(Option<Arc<[u8]>>),
}

/// The places of all entries, the one unused for longest on top.
#[derive(Debug, Default)]
struct Order {
    places: BinaryHeap<Reverse<Place>>,
    /// The id of the next entry.
    next: u64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// When the entry was used, or earlier.
    used: u64,
    key: Arc<[u8]>,
}

/// A copy of an entry, to be shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub id: u64,
    pub key: Arc<[u8]>,
    /// What is left of its life; nothing where entries do not expire.
    pub left: Duration,
    pub data: Box<[Datum]>,
}

impl Table {
    pub fn new(said: &StickTable) -> Table {
        Table {
            key: said.key,
            size: said.size,
            expire: said.expire.map(|time| time.as_micros() as u64),
            nopurge: said.nopurge,
            store: said.store.clone(),
            entries: DashMap::new(),
            order: Mutex::default(),
        }
    }

    /// The key that a value makes, if it is of use here.
    pub fn key<'v>(&self, value: Value<'v>) -> Option<Key<'v>> {
        key(self.key, value)
    }

    /// Reads what is stored under a key, which is a use of it.
    pub fn find<T>(&self, key: &[u8], now: u64, read: impl FnOnce(&[Datum]) -> T) -> Option<T> {
        let entry = self.entries.get(key).filter(|entry| !self.is_over(entry, now))?;
        entry.used.fetch_max(now, Relaxed);
        Some(read(&entry.data))
    }

    /// Changes what is stored under a key, perhaps for the first time; false where it was not known and had no room.
    pub fn store(&self, key: &[u8], now: u64, write: impl Fn(&mut [Datum])) -> bool {
        self.change(key, now, &write) || self.add(key, now, &write)
    }

    fn change(&self, key: &[u8], now: u64, write: impl Fn(&mut [Datum])) -> bool {
        let Some(mut entry) = self.entries.get_mut(key) else { return false };
        if self.is_over(&entry, now) {
            entry.data = self.blank();
        }
        entry.used.fetch_max(now, Relaxed);
        write(&mut entry.data);
        true
    }

    fn add(&self, key: &[u8], now: u64, write: impl Fn(&mut [Datum])) -> bool {
        let mut order = self.order();
        // Another thread may have come first.
        if self.change(key, now, &write) {
            return true;
        }
        if order.places.len() >= self.size && !self.make_room(&mut order, now) {
            return false;
        }
        let (key, mut data): (Arc<[u8]>, _) = (key.into(), self.blank());
        write(&mut data);
        order.next += 1;
        order.places.push(Reverse(Place { used: now, key: key.clone() }));
        self.entries.insert(key, Entry { id: order.next, used: AtomicU64::new(now), data });
        true
    }

    /// An entry's data before anything is known: zeroes and nothing.
    fn blank(&self) -> Box<[Datum]> {
        let blank = |data: &Data| match data {
            Data::ServerId => Datum::ServerId(0),
            Data::ServerKey => Datum::ServerKey(None),
        };
        self.store.iter().map(blank).collect()
    }

    fn make_room(&self, order: &mut Order, now: u64) -> bool {
        self.drop_oldest(order, |used| !self.nopurge || self.lapsed(used, now))
    }

    /// Drops what has not been used for too long.
    pub fn purge(&self, now: u64) {
        if self.expire.is_some() {
            let mut order = self.order();
            while self.drop_oldest(&mut order, |used| self.lapsed(used, now)) {}
        }
    }

    /// Drops the entry unused for longest, if its time says that it may go.
    fn drop_oldest(&self, order: &mut Order, may_go: impl Fn(u64) -> bool) -> bool {
        while let Some(mut first) = order.places.peek_mut() {
            let Place { used, key } = &mut first.0;
            match self.entries.get(key).map(|entry| entry.used.load(Relaxed)) {
                // It was used since: its place is further down.
                Some(now) if now != *used => *used = now,
                Some(_) if !may_go(*used) => return false,
                Some(_) if self.entries.remove_if(key, |_, entry| entry.used.load(Relaxed) == *used).is_none() => {}
                _ => {
                    PeekMut::pop(first);
                    return true;
                }
            }
        }
        false
    }

    /// Drops the entry under a key.
    pub fn remove(&self, key: &[u8]) {
        self.retain(|row_key, _, _| row_key != key);
    }

    /// Drops all entries but those for which `keep` holds: it is shown key, id and data.
    pub fn retain(&self, keep: impl Fn(&[u8], u64, &[Datum]) -> bool) {
        let mut order = self.order();
        self.entries.retain(|key, entry| keep(key, entry.id, &entry.data));
        order.places.retain(|Reverse(place)| self.entries.contains_key(&place.key));
    }

    /// Copies of the entries for which `wanted` holds, in the order of their keys.
    pub fn rows(&self, now: u64, wanted: impl Fn(&[u8], u64, &[Datum]) -> bool) -> Vec<Row> {
        let live = self.entries.iter().filter(|entry| !self.is_over(entry, now));
        let wanted = live.filter(|entry| wanted(entry.key(), entry.id, &entry.data));
        let mut rows: Vec<_> = wanted.map(|entry| self.row(entry.key(), &entry, now)).collect();
        rows.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        rows
    }

    fn row(&self, key: &Arc<[u8]>, entry: &Entry, now: u64) -> Row {
        let end = self.expire.map_or(now, |life| entry.used.load(Relaxed).saturating_add(life));
        let left = Duration::from_micros(end.saturating_sub(now));
        Row { id: entry.id, key: key.clone(), left, data: entry.data.clone() }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.order().places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self, entry: &Entry, now: u64) -> bool {
        self.lapsed(entry.used.load(Relaxed), now)
    }

    fn lapsed(&self, used: u64, now: u64) -> bool {
        self.expire.is_some_and(|life| now >= used.saturating_add(life))
    }
}

/// The bytes of a key: those of the sample, or a few of its own.
#[derive(Debug)]
pub enum Key<'v> {
    Sample(Cow<'v, [u8]>),
    Short([u8; SHORT], usize),
}

/// Keys up to this length are padded in place.
const SHORT: usize = 32;

impl Key<'_> {
    /// A key of some bytes and as many zeroes as it takes.
    fn padded(bytes: &[u8], len: usize) -> Key<'static> {
        let mut short = [0; SHORT];
        match short.get_mut(..bytes.len()) {
            Some(start) if len <= SHORT => {
                start.copy_from_slice(bytes);
                Key::Short(short, len)
            }
            _ => {
                let mut long = bytes.to_vec();
                long.resize(len, 0);
                Key::Sample(Cow::Owned(long))
            }
        }
    }
}

impl Deref for Key<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Key::Sample(bytes) => bytes,
            Key::Short(bytes, len) => bytes.get(..*len).unwrap_or(bytes),
        }
    }
}

/// Strings are cut to their length, blocks padded to it too; integers are those modulo 2^32.
fn key(kind: KeyType, value: Value<'_>) -> Option<Key<'_>> {
    Some(match (kind, value.cast(kind.sample())?) {
        (KeyType::Integer, Value::Int(number)) => Key::padded(&(number as u32).to_be_bytes(), 4),
        (KeyType::Ipv4, Value::Ipv4(address)) => Key::padded(&address.octets(), 4),
        (KeyType::Ipv6, Value::Ipv6(address)) => Key::padded(&address.octets(), 16),
        (KeyType::String(len), Value::Str(text)) => Key::Sample(cut(text, len)),
        (KeyType::Binary(len), Value::Bin(block)) if block.len() < len => Key::padded(&block, len),
        (KeyType::Binary(len), Value::Bin(block)) => Key::Sample(cut(block, len)),
        _ => return None,
    })
}

fn cut(bytes: Cow<'_, [u8]>, len: usize) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..len).unwrap_or(bytes)),
        Cow::Owned(mut bytes) => {
            bytes.truncate(len);
            Cow::Owned(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::keyword::stick_table::ServerKey;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn table(size: usize, expire: Option<u64>, nopurge: bool) -> Table {
        Table::new(&StickTable {
            name: b"t".to_vec(),
            key: KeyType::String(8),
            size,
            expire: expire.map(Duration::from_micros),
            nopurge,
            server_key: ServerKey::Name,
            store: vec![Data::ServerId],
        })
    }

    /// Plays `key@time` (store), `?key@time` (find) and `-key`; says which keys are left at the end.
    fn play(table: &Table, story: &str) -> String {
        let mut last = 0;
        for step in story.split(' ') {
            let (key, time) = step.split_once('@').unwrap_or((step, ""));
            last = time.parse().unwrap_or(last);
            match (key.strip_prefix('?'), key.strip_prefix('-')) {
                (Some(key), _) => drop(table.find(key.as_bytes(), last, |_| ())),
                (_, Some(key)) => table.remove(key.as_bytes()),
                _ => drop(table.store(key.as_bytes(), last, |_| {})),
            }
        }
        let rows = table.rows(last, |_, _, _| true);
        rows.iter().map(|row| String::from_utf8_lossy(&row.key).into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_full_table_forgets_what_was_unused_for_longest() {
        assert_eq!(play(&table(3, None, false), "a@1 b@2 c@3 d@4"), "b c d");
        assert_eq!(play(&table(3, None, false), "a@1 b@2 c@3 ?a@4 d@5 e@6"), "a d e");
        assert_eq!(play(&table(3, None, false), "a@1 b@2 c@3 a@4 b@5 d@6"), "a b d");
        assert_eq!(play(&table(3, None, false), "a@1 b@2 -a a@3 c@4 d@5"), "a c d");
        assert_eq!(play(&table(1, None, false), "a@1 a@2 b@3"), "b");
    }

    #[test]
    fn a_full_table_without_purges_takes_no_more() {
        assert_eq!(play(&table(2, None, true), "a@1 b@2 c@3 a@4"), "a b");
        assert_eq!(play(&table(2, Some(10), true), "a@1 b@2 c@11 b@12"), "b c");
        assert!(!table(0, None, true).store(b"a", 0, |_| {}));
    }

    #[test]
    fn entries_expire_unless_they_are_used() {
        let table = table(9, Some(10), false);
        assert_eq!(play(&table, "a@1 b@2 ?a@10 c@12"), "a c");
        assert_eq!((table.len(), table.find(b"b", 12, |_| ())), (3, None));
        table.purge(12);
        assert_eq!(table.len(), 2);
        assert_eq!(table.rows(13, |key, _, _| key == b"a").first().map(|row| row.left.as_micros()), Some(7));
        table.purge(22);
        assert!(table.is_empty());
    }

    #[test]
    fn an_entry_that_has_expired_begins_anew() {
        let table = table(9, Some(10), false);
        let set = |data: &mut [Datum]| data.fill(Datum::ServerId(7));
        assert!(table.store(b"a", 0, set));
        assert_eq!(table.find(b"a", 9, <[Datum]>::to_vec), Some(vec![Datum::ServerId(7)]));
        assert!(table.store(b"a", 19, |_| {}));
        assert_eq!(table.find(b"a", 19, <[Datum]>::to_vec), Some(vec![Datum::ServerId(0)]));
    }

    #[test]
    fn many_threads_may_use_a_table() {
        let table = table(50, Some(1000), false);
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let table = &table;
                scope.spawn(move || {
                    for i in 0..2000 {
                        let key = (i * (thread + 1) % 97).to_string();
                        table.store(key.as_bytes(), i, |_| {});
                        let _ = table.find(key.as_bytes(), i, |_| ());
                        if i % 100 == 0 {
                            table.purge(i);
                        }
                    }
                });
            }
        });
        assert!(table.len() <= 50);
        assert_eq!(table.len(), table.entries.len());
    }

    /// As observed on HAProxy 2.8.
    #[test]
    fn keys_are_made_as_haproxy_makes_them() {
        let show = |kind, value| key(kind, value).map(|key| key.to_vec());
        assert_eq!(show(KeyType::Integer, Value::Int(-1)), Some(vec![255; 4]));
        assert_eq!(show(KeyType::Integer, Value::str(b"4294967297")), Some(vec![0, 0, 0, 1]));
        assert_eq!(show(KeyType::Integer, Value::str(b"abc")), Some(vec![0; 4]));
        assert_eq!(show(KeyType::Integer, Value::str(b"")), None);
        assert_eq!(show(KeyType::Integer, Value::Ipv4(Ipv4Addr::LOCALHOST)), Some(vec![127, 0, 0, 1]));
        assert_eq!(show(KeyType::Ipv4, Value::str(b"1.2.3.4:80")), Some(vec![1, 2, 3, 4]));
        assert_eq!(show(KeyType::Ipv4, Value::Ipv6(Ipv6Addr::LOCALHOST)), Some(vec![0, 0, 0, 1]));
        assert_eq!(show(KeyType::Ipv6, Value::str(b"abc")), None);
        assert_eq!(show(KeyType::Binary(4), Value::str(b"ab")), Some(b"ab\0\0".to_vec()));
        assert_eq!(show(KeyType::Binary(4), Value::str(b"abcde")), Some(b"abcd".to_vec()));
        assert_eq!(show(KeyType::Binary(9), Value::Int(258)), Some(vec![0, 0, 0, 0, 0, 0, 1, 2, 0]));
        assert_eq!(show(KeyType::Binary(40), Value::str(b"ab")).map(|key| key.len()), Some(40));
        assert_eq!(show(KeyType::String(3), Value::str(b"abcde")), Some(b"abc".to_vec()));
        assert_eq!(show(KeyType::String(32), Value::bin(b"a\0b")), Some(b"a".to_vec()));
    }
}
