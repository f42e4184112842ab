//! Who is tracked: the counters of `track-sc0` and its like (manual, section 4.4).

use super::{Entry, Event, Table, spec::Data};
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// An entry that is tracked, and therefore kept and in use, as long as this lives.
#[derive(Debug)]
pub struct Tracked {
    pub table: Arc<Table>,
    pub entry: Arc<Entry>,
}

impl Tracked {
    /// Begins to track the entry under a key. That counts a connection, and what has happened already; `None` where there is
    /// no room for it.
    pub fn start(table: &Arc<Table>, key: &[u8], happened: &[Option<Event>]) -> Option<Tracked> {
        let now = table.now();
        let entry = table.enter(key, now, |entry| {
            // Under the look-up's lock, so that it cannot be dropped in between.
            entry.trackers.fetch_add(1, Relaxed);
            let mut open = entry.open(table, now);
            open.add(Data::ConnCur.into(), 1);
            open.count(Event::Connection, 1);
            happened.iter().flatten().for_each(|event| open.count(*event, 1));
            entry.clone()
        })?;
        Some(Tracked { table: table.clone(), entry })
    }

    /// Counts what happened, each as often as it says.
    pub fn count(&self, events: &[(Event, u64)]) {
        let now = self.table.now();
        self.entry.touch(now);
        let mut open = self.entry.open(&self.table, now);
        events.iter().for_each(|(event, n)| open.count(*event, *n));
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        let now = self.table.now();
        self.entry.touch(now);
        self.entry.open(&self.table, now).one_less();
        self.entry.trackers.fetch_sub(1, Relaxed);
    }
}

/// What a stream tracks by itself, and what its session tracks for all its streams: by number.
#[derive(Debug, Default)]
pub struct Counters {
    own: Vec<Option<Tracked>>,
    session: Option<Arc<Vec<Option<Tracked>>>>,
}

impl Counters {
    /// The counter of a number: the stream's own goes before that of the session.
    pub fn get(&self, number: usize) -> Option<&Tracked> {
        let of_session = || self.session.as_ref().and_then(|counters| counters.get(number));
        self.own.get(number).and_then(Option::as_ref).or_else(|| of_session().and_then(Option::as_ref))
    }

    pub fn track(&mut self, number: usize, tracked: Tracked) {
        if self.own.len() <= number {
            self.own.resize_with(number + 1, || None);
        }
        if let Some(slot) = self.own.get_mut(number) {
            *slot = Some(tracked);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.session.is_none()
    }

    /// Counts something that happened, for everyone who is tracked.
    pub fn count(&self, event: Event) {
        self.count_all(&[(event, 1)]);
    }

    /// Counts what happened, each as often as it says, for everyone who is tracked.
    pub fn count_all(&self, events: &[(Event, u64)]) {
        let session = self.session.as_ref().map_or(0, |counters| counters.len());
        (0..self.own.len().max(session)).filter_map(|number| self.get(number)).for_each(|t| t.count(events));
    }

    /// The counters of another stream of the same session, which begins with those that were kept for it.
    pub fn for_stream(&mut self) -> Counters {
        Counters { own: std::mem::take(&mut self.own), session: self.session.clone() }
    }

    /// The counters of one of many streams that a session has at a time.
    pub fn shared(&self) -> Counters {
        Counters { own: Vec::new(), session: self.session.clone() }
    }

    /// The end of a stream: what it tracked is let go.
    pub fn end(&mut self) {
        self.own.clear();
        self.session = None;
    }

    /// Takes over the memory of the counters of a stream that has ended.
    pub fn reuse(&mut self, mut ended: Counters) {
        if self.own.is_empty() {
            ended.end();
            self.own = ended.own;
        }
    }

    /// Takes what a stream tracks by itself, for the session's next stream.
    pub fn keep(&mut self, stream: &mut Counters) {
        self.own = std::mem::take(&mut stream.own);
    }

    /// Takes what the rules on connections and sessions track: that is the session's, for all its streams.
    pub fn settle(&mut self, stream: &mut Counters) {
        // The stream shares what the session had before.
        stream.session = None;
        if stream.own.is_empty() {
            return;
        }
        let mut all = self.session.take().and_then(Arc::into_inner).unwrap_or_default();
        all.resize_with(all.len().max(stream.own.len()), || None);
        for (slot, tracked) in all.iter_mut().zip(stream.own.drain(..)) {
            *slot = tracked.or(slot.take());
        }
        self.session = Some(Arc::new(all));
    }
}
