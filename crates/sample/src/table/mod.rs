//! Stick tables: what is remembered of clients by key (manual, section 11).
//!
//! A look-up takes the lock of one shard and allocates nothing. What makes or drops entries also holds the lock of
//! `order`, which has one place for each entry, so that the table's size and its oldest entry are known. A use only
//! moves the entry's own time; its place is corrected when it comes up as the oldest. Who tracks an entry has hold of
//! it and needs no look-up any more.

pub(crate) mod ask;
mod entry;
mod key;
mod rate;
mod spec;
mod track;

pub use entry::{Entry, Event, Field, Open, Shown, is_stored};
pub use key::Key;
pub use spec::{DATA_TYPES, Data, KeyType, MAX_ARRAY, ServerKey, Shape, Spec, Stored};
pub use track::{Counters, Tracked};

use crate::value::Value;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, binary_heap::PeekMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

/// A table. Times are in microseconds of its clock, see [`Table::now`].
#[derive(Debug)]
pub struct Table {
    pub spec: Spec,
    expire: Option<u64>,
    shards: [RwLock<Shard>; SHARDS],
    order: Mutex<Order>,
    /// When its clock began.
    epoch: Instant,
}

type Shard = HashMap<Arc<[u8]>, Arc<Entry>>;

const SHARDS: usize = 16;

/// Entries that are dropped before others have their turn.
const PART: usize = 1000;

/// The places of all entries, the one unused for longest on top.
#[derive(Debug, Default)]
struct Order {
    places: BinaryHeap<Reverse<Place>>,
    /// The id of the newest entry.
    last: u64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// When the entry was used, or earlier.
    used: u64,
    key: Arc<[u8]>,
}

impl Table {
    pub fn new(spec: Spec) -> Table {
        Table {
            expire: spec.expire.map(|time| time.as_micros() as u64),
            spec,
            shards: Default::default(),
            order: Mutex::default(),
            epoch: Instant::now(),
        }
    }

    /// The time of its clock.
    pub fn now(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }

    /// The key that a value makes, if it is of use here.
    pub fn key<'v>(&self, value: Value<'v>) -> Option<Key<'v>> {
        key::key(self.spec.key, value)
    }

    /// The value that a key was made of.
    pub fn value<'k>(&self, key: &'k [u8]) -> Option<Value<'k>> {
        key::value(self.spec.key, key)
    }

    /// Looks at the entry under a key, which is no use of it.
    pub fn find<T>(&self, key: &[u8], now: u64, look: impl FnOnce(&Arc<Entry>) -> T) -> Option<T> {
        self.read(key).get(key).filter(|entry| !self.is_over(entry, now)).map(look)
    }

    /// Uses the entry under a key, which is made where there is none; `None` where it was not known and had no room.
    pub fn enter<T>(&self, key: &[u8], now: u64, work: impl Fn(&Arc<Entry>) -> T) -> Option<T> {
        let known = self.find(key, now, |entry| {
            entry.touch(now);
            work(entry)
        });
        known.or_else(|| self.add(key, now, &work))
    }

    /// Uses an entry that may have expired: then it begins anew.
    fn renew<T>(&self, key: &[u8], now: u64, work: impl Fn(&Arc<Entry>) -> T) -> Option<T> {
        let shard = self.read(key);
        let entry = shard.get(key)?;
        if self.is_over(entry, now) {
            entry.clear(&self.spec.store);
        }
        entry.touch(now);
        Some(work(entry))
    }

    fn add<T>(&self, key: &[u8], now: u64, work: impl Fn(&Arc<Entry>) -> T) -> Option<T> {
        let mut order = self.order();
        // Another thread may have come first.
        if let Some(done) = self.renew(key, now, &work) {
            return Some(done);
        }
        if order.places.len() >= self.spec.size && !self.make_room(&mut order, now) {
            return None;
        }
        let key: Arc<[u8]> = key.into();
        order.last += 1;
        let entry = Arc::new(Entry::new(order.last, key.clone(), now, &self.spec.store));
        order.places.push(Reverse(Place { used: now, key: key.clone() }));
        let done = work(&entry);
        self.write(&key).insert(key.clone(), entry);
        Some(done)
    }

    fn make_room(&self, order: &mut Order, now: u64) -> bool {
        self.drop_oldest(order, now, |used| !self.spec.nopurge || self.lapsed(used, now))
    }

    /// Drops what has not been used for too long, a part at a time; true if there is more.
    pub fn purge_some(&self, now: u64) -> bool {
        if self.expire.is_none() {
            return false;
        }
        let mut order = self.order();
        (0..PART).all(|_| self.drop_oldest(&mut order, now, |used| self.lapsed(used, now)))
    }

    /// Drops all that has not been used for too long.
    pub fn purge(&self, now: u64) {
        while self.purge_some(now) {}
    }

    /// Drops the entry unused for longest, if its time says that it may go. One that is tracked is in use now, and
    /// where all of them are, none goes.
    fn drop_oldest(&self, order: &mut Order, now: u64, may_go: impl Fn(u64) -> bool) -> bool {
        while let Some(mut first) = order.places.peek_mut() {
            let Place { used, key } = &mut first.0;
            let mut shard = self.write(key);
            match shard.get(key).map(|entry| (entry.used(), entry.trackers() > 0)) {
                Some((_, true)) if *used >= now => return false,
                Some((_, true)) => *used = now,
                // It was used since: its place is further down.
                Some((later, false)) if later != *used => *used = later,
                Some(_) if !may_go(*used) => return false,
                _ => {
                    shard.remove(key);
                    drop(shard);
                    PeekMut::pop(first);
                    return true;
                }
            }
        }
        false
    }

    /// Drops the entry under a key; false if it is tracked.
    pub fn remove(&self, key: &[u8]) -> bool {
        self.retain(|entry| entry.key[..] != *key)
    }

    /// Drops all entries but those for which `keep` holds and those that are tracked; false if there was one of these.
    pub fn retain(&self, keep: impl Fn(&Entry) -> bool) -> bool {
        let (mut order, mut all) = (self.order(), true);
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|_, entry| {
                let (kept, tracked) = (keep(entry), entry.trackers() > 0);
                all &= kept || !tracked;
                kept || tracked
            });
        }
        order.places.retain(|Reverse(place)| self.read(&place.key).contains_key(&place.key));
        all
    }

    /// The entries for which `wanted` holds, in the order of their keys.
    pub fn entries(&self, now: u64, wanted: impl Fn(&Entry) -> bool) -> Vec<Arc<Entry>> {
        let mut entries = Vec::new();
        for shard in &self.shards {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            entries.extend(shard.values().filter(|entry| !self.is_over(entry, now) && wanted(entry)).cloned());
        }
        entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        entries
    }

    /// What is left of an entry's life; nothing where entries do not expire.
    pub fn left(&self, entry: &Entry, now: u64) -> Duration {
        let end = self.expire.map_or(now, |life| entry.used().saturating_add(life));
        Duration::from_micros(end.saturating_sub(now))
    }

    /// How long an entry was not used.
    pub fn idle(&self, entry: &Entry, now: u64) -> Duration {
        Duration::from_micros(now.saturating_sub(entry.used()))
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

    fn shard(&self, key: &[u8]) -> &RwLock<Shard> {
        let mixed = key.iter().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        &self.shards[mixed % SHARDS]
    }

    fn read(&self, key: &[u8]) -> RwLockReadGuard<'_, Shard> {
        self.shard(key).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &[u8]) -> RwLockWriteGuard<'_, Shard> {
        self.shard(key).write().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self, entry: &Entry, now: u64) -> bool {
        self.lapsed(entry.used(), now) && entry.trackers() == 0
    }

    fn lapsed(&self, used: u64, now: u64) -> bool {
        self.expire.is_some_and(|life| now >= used.saturating_add(life))
    }
}

#[cfg(test)]
mod tests;
