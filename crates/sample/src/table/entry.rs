//! An entry and what it holds.

use super::{
    Table,
    rate::Rate,
    spec::{Data, Shape, Stored},
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
};

/// An entry of a table.
#[derive(Debug)]
pub struct Entry {
    /// Tells it from others of the same key, before or after.
    pub id: u64,
    pub key: Arc<[u8]>,
    /// When it was used last, in microseconds of the table's clock.
    pub(super) used: AtomicU64,
    /// Who tracks it: it is kept as long as there is one.
    pub(super) trackers: AtomicU32,
    slots: Mutex<Box<[Slot]>>,
}

/// One number of an entry, or what stands for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot {
    /// 64 bits for bytes, else the lower 32 bits.
    Number(u64),
    Rate(Rate),
    Name(Option<Arc<Box<[u8]>>>),
}

/// A number of an entry: a data type, and which element where that is an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub data: Data,
    pub index: usize,
}

impl From<Data> for Field {
    fn from(data: Data) -> Field {
        Field { data, index: 0 }
    }
}

/// What happens to those that are tracked: it is counted, and so is how often it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Connection,
    Session,
    Request,
    /// The client's fault: `http_err_cnt`.
    Error,
    /// The server's fault: `http_fail_cnt`.
    Failure,
    BytesIn,
    BytesOut,
}

impl Event {
    /// What a server's answer with this status is.
    pub fn of_status(status: u16) -> Option<Event> {
        match status {
            400..=499 => Some(Event::Error),
            501 | 505 => None,
            500..=599 => Some(Event::Failure),
            _ => None,
        }
    }

    fn fields(self) -> [Data; 2] {
        match self {
            Event::Connection => [Data::ConnCnt, Data::ConnRate],
            Event::Session => [Data::SessCnt, Data::SessRate],
            Event::Request => [Data::HttpReqCnt, Data::HttpReqRate],
            Event::Error => [Data::HttpErrCnt, Data::HttpErrRate],
            Event::Failure => [Data::HttpFailCnt, Data::HttpFailRate],
            Event::BytesIn => [Data::BytesInCnt, Data::BytesInRate],
            Event::BytesOut => [Data::BytesOutCnt, Data::BytesOutRate],
        }
    }
}

impl Entry {
    pub(super) fn new(id: u64, key: Arc<[u8]>, now: u64, store: &[Stored]) -> Entry {
        let slots = Mutex::new(blank(store));
        Entry { id, key, used: AtomicU64::new(now), trackers: AtomicU32::new(0), slots }
    }

    /// A use: what is left of its life begins anew.
    pub fn touch(&self, now: u64) {
        self.used.fetch_max(now, Relaxed);
    }

    /// Who tracks it at this moment.
    pub fn trackers(&self) -> u32 {
        self.trackers.load(Relaxed)
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }

    /// Forgets what it holds.
    pub(super) fn clear(&self, store: &[Stored]) {
        *self.slots() = blank(store);
    }

    fn slots(&self) -> MutexGuard<'_, Box<[Slot]>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it holds, to be read and changed at a time. Nobody else can, as long as that is kept.
    pub fn open<'e>(&'e self, table: &'e Table, now: u64) -> Open<'e> {
        Open {
            store: &table.spec.store,
            factor: table.spec.bytes_factor,
            slots: self.slots(),
            now: (now / 1000) as u32,
        }
    }
}

/// What an entry holds before anything is known: zeroes and nothing.
fn blank(store: &[Stored]) -> Box<[Slot]> {
    let blank = |stored: &Stored| {
        let slot = match stored.data {
            Data::ServerKey => Slot::Name(None),
            data if data.shape().is_rate() => Slot::Rate(Rate::default()),
            _ => Slot::Number(0),
        };
        std::iter::repeat_n(slot, stored.count)
    };
    store.iter().flat_map(blank).collect()
}

/// An entry whose data is read and changed.
#[derive(Debug)]
pub struct Open<'e> {
    store: &'e [Stored],
    factor: u32,
    slots: MutexGuard<'e, Box<[Slot]>>,
    /// In milliseconds, which wrap.
    now: u32,
}

impl Open<'_> {
    /// A number; a rate is that at this moment. `None` = it is not stored.
    pub fn get(&self, field: Field) -> Option<i64> {
        let (at, stored) = place(self.store, field)?;
        match self.slots.get(at)? {
            Slot::Number(number) if stored.data == Data::ServerId => Some(i64::from(*number as i32)),
            Slot::Number(number) => Some(*number as i64),
            Slot::Rate(rate) => Some(rate.read(stored.period, self.now).into()),
            Slot::Name(_) => None,
        }
    }

    /// Adds to a number, or to what a rate counts; the new one, if it is stored.
    pub fn add(&mut self, field: Field, n: u64) -> Option<i64> {
        let (at, stored) = place(self.store, field)?;
        match self.slots.get_mut(at)? {
            Slot::Number(number) => *number = fit(stored.data, number.wrapping_add(n)),
            Slot::Rate(rate) => rate.add(u32::try_from(n).unwrap_or(u32::MAX), stored.period, self.now),
            Slot::Name(_) => {}
        }
        self.get(field)
    }

    /// Sets a number, or makes a rate read as it; false if it is not stored.
    pub fn set(&mut self, field: Field, value: i64) -> bool {
        let place = place(self.store, field);
        match place.and_then(|(at, stored)| Some((self.slots.get_mut(at)?, stored))) {
            Some((Slot::Number(number), stored)) => *number = fit(stored.data, value as u64),
            Some((Slot::Rate(rate), _)) => rate.set(value as u32, self.now),
            Some((Slot::Name(_), _)) | None => return false,
        }
        true
    }

    /// Sets a number to zero; what it was, if it is stored.
    pub fn clear(&mut self, field: Field) -> Option<i64> {
        let before = self.get(field)?;
        self.set(field, 0);
        Some(before)
    }

    /// Adds to a counter and to its rate. The new value of the first of them that is stored.
    pub fn add_both(&mut self, [counter, rate]: [Field; 2], n: u64) -> Option<i64> {
        let (counter, rate) = (self.add(counter, n), self.add(rate, n));
        counter.or(rate)
    }

    /// Counts something that happened `n` times.
    pub fn count(&mut self, event: Event, n: u64) {
        let [counter, rate] = event.fields();
        self.add(counter.into(), n);
        let blocks = match event {
            Event::BytesIn | Event::BytesOut => n.div_ceil(u64::from(self.factor.max(1))),
            _ => n,
        };
        self.add(rate.into(), blocks);
    }

    /// One connection fewer tracks it. What an administrator has set may be less than that.
    pub(super) fn one_less(&mut self) {
        if self.get(Data::ConnCur.into()).is_some_and(|current| current > 0) {
            self.add(Data::ConnCur.into(), u64::MAX);
        }
    }

    /// The name or address of a server.
    pub fn server_key(&self) -> Option<&[u8]> {
        let (at, _) = place(self.store, Data::ServerKey.into())?;
        match self.slots.get(at)? {
            Slot::Name(name) => name.as_ref().map(|name| &***name),
            Slot::Number(_) | Slot::Rate(_) => None,
        }
    }

    /// Remembers a server; a name that is there already is not copied again.
    pub fn set_server(&mut self, id: u32, name: &[u8]) {
        self.set(Data::ServerId.into(), i64::from(id));
        if self.server_key() != Some(name)
            && let Some((at, _)) = place(self.store, Data::ServerKey.into())
            && let Some(Slot::Name(slot)) = self.slots.get_mut(at)
        {
            *slot = Some(Arc::new(Box::from(name)));
        }
    }
}

/// A number with as many bits as its type has.
fn fit(data: Data, number: u64) -> u64 {
    match data {
        Data::BytesInCnt | Data::BytesOutCnt => number,
        _ => u64::from(number as u32),
    }
}

/// Where a field is among the slots of an entry.
fn place(store: &[Stored], field: Field) -> Option<(usize, &Stored)> {
    let mut at = 0;
    for stored in store {
        if stored.data == field.data {
            return (field.index < stored.count).then(|| (at + field.index, stored));
        }
        at += stored.count;
    }
    let (data, index) = field.data.element()?;
    place(store, Field { data, index })
}

/// Whether entries of this shape have an element of this number.
pub fn is_stored(store: &[Stored], field: Field) -> bool {
    place(store, field).is_some()
}

/// A copy of what an entry holds, to be shown: each number by its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Number(i64),
    Name(Option<Vec<u8>>),
}

impl Open<'_> {
    /// Everything, in order: what it is called, with the index in an array and the period of a rate, and its value.
    pub fn show(&self) -> Vec<(String, Shown)> {
        let fields = self.store.iter().flat_map(|stored| (0..stored.count).map(move |index| (stored, index)));
        fields.map(|(stored, index)| (label(stored, index), self.shown(stored.data, index))).collect()
    }

    fn shown(&self, data: Data, index: usize) -> Shown {
        match self.get(Field { data, index }) {
            Some(number) => Shown::Number(number),
            None => Shown::Name(self.server_key().map(<[u8]>::to_vec)),
        }
    }
}

/// `http_req_rate(10000)`, `gpc2`, `gpc1_rate(60000)`.
fn label(stored: &Stored, index: usize) -> String {
    let Stored { data, period, .. } = stored;
    match data.shape() {
        Shape::Plain => data.name().to_owned(),
        Shape::Array => format!("{}{index}", data.name()),
        Shape::Rate => format!("{}({period})", data.name()),
        Shape::ArrayOfRates => format!("gpc{index}_rate({period})"),
    }
}
