//! The open connections to servers, known by the thread so that a command can end them: `shutdown sessions server`.

use crate::io::Io;
use config::Config;
use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    sync::{Mutex, PoisonError},
};
use tokio::sync::Notify;

/// The connections of a thread by proxy and server. Those that are closed are forgotten when their list has doubled.
#[derive(Debug)]
pub struct Live {
    servers: Vec<Vec<RefCell<List>>>,
    /// Those that a command has ended, until their sessions have seen it.
    ended: RefCell<Vec<Weak<Io>>>,
}

#[derive(Debug, Default)]
struct List {
    connections: Vec<Weak<Io>>,
    /// Wakes those that are still connecting.
    ending: Rc<Notify>,
    /// The length at which closed connections are looked for.
    full: usize,
}

/// Lists shorter than this are not tidied.
const FEW: usize = 16;

impl Live {
    pub fn new(config: &Config) -> Live {
        let lists = |p: &config::Proxy| p.servers.iter().map(|_| RefCell::default()).collect();
        Live { servers: config.proxies.iter().map(lists).collect(), ended: RefCell::default() }
    }

    /// Takes note of a connection that was opened.
    pub fn add(&self, at: (usize, usize), io: &Rc<Io>) {
        let Some(list) = self.list(at) else { return };
        let mut list = list.borrow_mut();
        if list.connections.len() >= list.full.max(FEW) {
            list.connections.retain(|io| io.strong_count() > 0);
            list.full = list.connections.len() * 2;
        }
        list.connections.push(Rc::downgrade(io));
    }

    /// Ends every connection to a server, whatever it is doing: its session sees an end, asks and closes it.
    pub fn end(&self, at: (usize, usize)) {
        let Some(list) = self.list(at) else { return };
        list.borrow().ending.notify_waiters();
        for io in list.borrow_mut().connections.drain(..).filter_map(|io| io.upgrade()) {
            let _ = io.shutdown_read();
            self.ended.borrow_mut().push(Rc::downgrade(&io));
        }
    }

    /// Waits for a command to end the sessions of a server.
    pub async fn ending(&self, at: (usize, usize)) {
        match self.list(at).map(|list| list.borrow().ending.clone()) {
            Some(ending) => ending.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Whether a command has ended this connection.
    pub fn was_ended(&self, io: &Io) -> bool {
        let mut ended = self.ended.borrow_mut();
        let found = ended.iter().any(|weak| std::ptr::eq(weak.as_ptr(), io));
        ended.retain(|weak| weak.strong_count() > 0);
        found
    }

    fn list(&self, (proxy, server): (usize, usize)) -> Option<&RefCell<List>> {
        self.servers.get(proxy).and_then(|p| p.get(server))
    }
}

/// The servers whose sessions are to end, for all threads to read.
#[derive(Debug, Default)]
pub struct Kills {
    list: Mutex<Vec<(usize, usize)>>,
    pub notify: Notify,
}

impl Kills {
    pub fn give(&self, at: (usize, usize)) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push(at);
        self.notify.notify_waiters();
    }

    /// Carries out those that this thread has not seen yet; `seen` counts them.
    pub fn obey(&self, seen: &mut usize, live: &Live) {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().skip(*seen).for_each(|at| live.end(*at));
        *seen = list.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use std::{io::Read, os::unix::net::UnixStream};

    #[test]
    fn connections_end_at_a_word() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _entered = runtime.enter();
        let process = testing::process("listen l\n bind :1\n server a 127.0.0.1:1\n server b 127.0.0.1:2\n");
        let (live, kills, mut seen) = (Live::new(&process.config), Kills::default(), 0);
        let open = |server| {
            let (ours, theirs) = UnixStream::pair().expect("a pair");
            ours.set_nonblocking(true).expect("not to wait");
            let io = Rc::new(Io::fresh(ours.into(), None));
            live.add((0, server), &io);
            (io, theirs)
        };
        let ((a, _to_a), (b, to_b)) = (open(0), open(1));
        kills.give((0, 0));
        kills.obey(&mut seen, &live);
        assert_eq!(a.peek(&mut [0]).expect("the end"), 0);
        assert!(live.was_ended(&a) && !live.was_ended(&b));
        to_b.set_nonblocking(true).expect("not to wait");
        assert!((&to_b).read(&mut [0]).is_err(), "the other server's connection lives");
        (0..1000).for_each(|_| drop(open(1)));
        let kept = live.servers[0][1].borrow().connections.len();
        assert!(kept <= 2 * FEW, "{kept} of 1000 closed connections are remembered");
    }
}
