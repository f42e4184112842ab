//! Clients that are idle between two requests, where there are many: they hold neither a task nor a timer, but a place in a
//! list, until something comes.

use super::{
    Session,
    accept::{self, Counted},
    h1::Conn,
};
use crate::{deadline::Deadline, io::Ends, io::Io, upstream::own::Own, worker::Worker};
use rustix::event::{Timespec, epoll};
use sample::{stream::Vars, table::Counters};
use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeSet,
    io,
    os::fd::OwnedFd,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};
use tokio::{net::unix::pipe::Receiver as Readable, sync::Notify};

/// How long a client is idle before it gives its task up. One that goes on at once, as most do, is not worth the calls to the
/// kernel.
pub const PATIENCE: Duration = Duration::from_millis(20);

/// Connections of a thread below which none is worth it.
pub const CROWD: u32 = 256;

/// Those that are ready and taken in one call to the kernel.
const BATCH: usize = 64;

/// The idle clients of one thread.
#[derive(Debug, Default)]
pub struct Lounge {
    seats: RefCell<Seats>,
    /// Made when the first client comes; `None` where the kernel gives none.
    poll: OnceCell<Option<Rc<OwnedFd>>>,
    /// A deadline has come that is before all others.
    sooner: Notify,
}

/// Who sits where, and until when.
#[derive(Debug, Default)]
struct Seats {
    taken: Vec<Option<Box<Resting>>>,
    free: Vec<u32>,
    deadlines: BTreeSet<(Instant, u32)>,
}

/// A session between two requests, and its connection.
#[derive(Debug)]
pub struct Idle {
    pub session: Box<Session>,
    pub conn: Conn,
}

/// What is kept of them.
#[derive(Debug)]
struct Resting {
    socket: OwnedFd,
    ends: Option<Ends>,
    counted: Counted,
    client: sample::Conn,
    accepted: Instant,
    accept_date: SystemTime,
    until: Option<Instant>,
    last_server: Option<(usize, usize)>,
    requests: u32,
}

impl Lounge {
    /// Takes a client in, or gives it back. It returns with a task of its own when something has come, or is over: the
    /// deadline, or the process.
    pub fn rest(&self, idle: Box<Idle>, counted: Counted) -> Option<(Box<Idle>, Counted)> {
        let Idle { session, conn } = *idle;
        let poll = self.poll.get_or_init(|| open(&session.worker)).as_ref();
        let Some(poll) = poll.filter(|_| !session.worker.process.is_stopping()) else {
            return Some((Box::new(Idle { session, conn }), counted));
        };
        let (socket, ends) = match conn.into_idle() {
            // One that the runtime does not give back is closed.
            Ok(socket) => socket.ok()?,
            Err(conn) => return Some((Box::new(Idle { session, conn: *conn }), counted)),
        };
        let Session { client, accepted, accept_date, last_server, requests, ref deadline, .. } = *session;
        let until = deadline.at();
        self.seat(poll, Resting { socket, ends, counted, client, accepted, accept_date, until, last_server, requests });
        None
    }

    fn seat(&self, poll: &OwnedFd, resting: Resting) {
        let mut seats = self.seats.borrow_mut();
        let number = seats.free.pop().unwrap_or(seats.taken.len() as u32);
        let flags = epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
        let added = epoll::add(poll, &resting.socket, epoll::EventData::new_u64(number.into()), flags);
        if added.is_err() {
            seats.free.push(number);
            drop(seats);
            return wake(resting);
        }
        if let Some(until) = resting.until {
            if seats.deadlines.first().is_none_or(|(first, _)| until < *first) {
                self.sooner.notify_one();
            }
            seats.deadlines.insert((until, number));
        }
        let resting = Some(Box::new(resting));
        match seats.taken.get_mut(number as usize) {
            Some(seat) => *seat = resting,
            None => seats.taken.push(resting),
        }
    }

    fn leave(&self, poll: &OwnedFd, number: u32) -> Option<Resting> {
        let mut seats = self.seats.borrow_mut();
        let resting = *seats.taken.get_mut(number as usize)?.take()?;
        seats.free.push(number);
        if let Some(until) = resting.until {
            seats.deadlines.remove(&(until, number));
        }
        let _ = epoll::delete(poll, &resting.socket);
        Some(resting)
    }

    fn first_deadline(&self) -> Option<Instant> {
        self.seats.borrow().deadlines.first().map(|(until, _)| *until)
    }

    /// Those whose time is over.
    fn late(&self, now: Instant) -> Vec<u32> {
        let seats = self.seats.borrow();
        seats.deadlines.iter().take_while(|(until, _)| *until <= now).map(|(_, number)| *number).collect()
    }

    fn all(&self) -> Vec<u32> {
        let seats = self.seats.borrow();
        let taken = seats.taken.iter().enumerate().filter(|(_, seat)| seat.is_some());
        taken.map(|(number, _)| number as u32).collect()
    }
}

/// Opens the list of the kernel's, and has a task look after it.
fn open(worker: &Rc<Worker>) -> Option<Rc<OwnedFd>> {
    let poll = Rc::new(epoll::create(epoll::CreateFlags::CLOEXEC).ok()?);
    // What the runtime has for pipes takes any descriptor that becomes readable.
    let readable = Readable::from_owned_fd_unchecked(poll.try_clone().ok()?).ok()?;
    tokio::task::spawn_local(attend(worker.clone(), poll.clone(), readable));
    Some(poll)
}

/// Sends back into the world whom something has come for.
async fn attend(worker: Rc<Worker>, poll: Rc<OwnedFd>, readable: Readable) {
    let (lounge, process) = (&worker.lounge, &worker.process);
    loop {
        let stop = process.stop.notified();
        let numbers = if process.is_stopping() { lounge.all() } else { lounge.late(Instant::now()) };
        for number in numbers {
            lounge.leave(&poll, number).into_iter().for_each(wake);
        }
        let until = lounge.first_deadline();
        tokio::select! {
            ready = readable.readable() => {
                if ready.is_err() {
                    return;
                }
                let mut numbers = Vec::new();
                // Fewer than there is room for are all, until the runtime says otherwise.
                let _ = readable.try_io(|| match came(&poll, &mut numbers)? {
                    BATCH => Ok(()),
                    _ => Err(io::ErrorKind::WouldBlock.into()),
                });
                for number in numbers {
                    lounge.leave(&poll, number).into_iter().for_each(wake);
                }
            }
            () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now).into()), if until.is_some() => {}
            () = lounge.sooner.notified() => {}
            () = stop => {}
        }
    }
}

/// Whom something has come for, and how many they are.
fn came(poll: &OwnedFd, numbers: &mut Vec<u32>) -> io::Result<usize> {
    let mut events = Vec::with_capacity(BATCH);
    let none = Timespec { tv_sec: 0, tv_nsec: 0 };
    epoll::wait(poll, rustix::buffer::spare_capacity(&mut events), Some(&none))?;
    numbers.extend(events.iter().map(|event| event.data.u64() as u32));
    Ok(events.len())
}

/// Gives a client a task again.
fn wake(resting: Resting) {
    let Resting { socket, ends, counted, client, accepted, accept_date, until: _, last_server, requests } = resting;
    let (worker, entry) = counted.parts();
    let mut session = Box::new(Session {
        config: worker.process.config.clone(),
        frontend: entry.frontend,
        bind: entry.bind,
        client,
        accepted,
        accept_date,
        deadline: Deadline::default(),
        private: Own::default(),
        last_server,
        requests,
        vars: Vars::default(),
        counters: Counters::default(),
        upgrade: None,
        restless: false,
        worker: worker.clone(),
    });
    let conn = accept::conn(&mut session, Rc::new(Io::fresh(socket, ends)));
    accept::resume(worker, session, conn, counted);
}
