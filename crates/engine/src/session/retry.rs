//! Trying again: `retries`, `retry-on`, `option redispatch` (manual, section 4.2).

use super::{
    answer::End,
    exchange::Exchange,
    transport::{Sink, Source},
};
use crate::{
    fault::{Kind, Phase},
    state::{Count, server::ServerCounts},
    upstream::assign::Wish,
};
use config::ir::RetryOn;
use std::task::{Context, Poll, Waker};

/// What an attempt has to know of those before it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Retry {
    /// Where this attempt goes, or the last one went.
    pub wish: Wish,
    /// A request that was sent before is to go out again.
    pub resent: bool,
    /// The last try ended with its connection: the kept ones are not to be trusted either.
    pub failed_connection: bool,
    /// The server that the last try failed on, until this one has its own.
    pub failed: Option<usize>,
    /// All of the request is at hand, so that it can be sent once more.
    pub whole: bool,
}

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Whether another try is allowed for this reason.
    pub fn retries(&self, on: RetryOn) -> bool {
        let be = self.backend();
        self.stream.counts.retries < self.most_retries() && be.retry_on.contains(&on)
    }

    /// How many tries may follow the first: a rule goes before `retries`.
    fn most_retries(&self) -> u32 {
        self.stream.retries.unwrap_or(self.backend().retries)
    }

    /// Whether a request that has been sent may be sent again for this reason.
    pub fn resends(&self, on: RetryOn) -> bool {
        let allowed = !self.stream.no_l7_retry || on == RetryOn::ConnFailure;
        self.retry.whole && allowed && self.retries(on)
    }

    /// Whether a request lost with a kept connection would be sent again.
    pub fn replaceable(&self) -> bool {
        let on = &self.backend().retry_on;
        [RetryOn::ConnFailure, RetryOn::EmptyResponse, RetryOn::ResponseTimeout].iter().all(|why| on.contains(why))
    }

    /// Another try behind a failure of `server`: it goes there again or, where redispatching is due, elsewhere.
    pub fn try_again(&mut self, server: usize) {
        self.stream.counts.retries += 1;
        self.retry.failed = Some(server);
        if self.redispatches() {
            self.unpin();
            self.retry.wish = Wish { pinned: None, avoid: Some(server), ..self.retry.wish };
        } else {
            self.retry.wish.pinned = Some(server);
        }
    }

    /// The server that was wanted has no room, or is gone: any other one will do.
    pub fn redispatch(&mut self, from: usize) {
        self.unpin();
        self.retry.wish.pinned = None;
        self.retry.failed = Some(from);
    }

    /// Whether this retry goes to another server: at once where the algorithm may choose any, else at the retry that
    /// `option redispatch` names.
    fn redispatches(&self) -> bool {
        let be = self.backend();
        let Some(interval) = be.redispatch else { return false };
        let number = self.stream.counts.retries as i32;
        let free = !be.balance.is_hash() && self.backend_state().usable() > 1;
        free || match interval {
            n if n > 0 => number % n == 0,
            n => number == self.most_retries() as i32 + 1 + n,
        }
    }

    /// Counts a try that follows a failure, now that its server is known.
    pub fn count_try(&mut self, server: usize) {
        match self.retry.failed.take() {
            Some(failed) if failed == server => self.count_both(failed, |c| &c.wretr),
            Some(failed) => {
                self.stream.counts.redispatched = true;
                self.count_both(failed, |c| &c.wredis);
            }
            None => {}
        }
    }

    /// Counts for the server and for its backend.
    pub fn count_both(&self, server: usize, pick: fn(&ServerCounts) -> &Count) {
        if let Some(state) = self.server_state(server) {
            pick(state.counts.mine()).one();
        }
        if let Some(counts) = &self.backend_state().back.counts {
            pick(&counts.mine().common).one();
        }
    }

    /// Keeps what has come of the payload, if the request may have to be sent again; only one that is whole by now will be.
    pub fn keep_request(&mut self) {
        let be = self.backend();
        let wanted = !self.stream.no_l7_retry && be.retry_on.iter().any(|on| *on != RetryOn::ConnFailure);
        let bare = self.reader.ended() && self.stream.req_body.bytes.is_empty();
        self.retry.whole = bare || (wanted && self.buffer_rest());
    }

    /// Moves what has come of the payload into the stream. True if that is all of it, and fits a buffer.
    fn buffer_rest(&mut self) -> bool {
        let (room, body) = (self.config.global.tune.bufsize, &mut self.stream.req_body.bytes);
        let mut cx = Context::from_waker(Waker::noop());
        while !self.reader.ended() && body.len() < room {
            let Poll::Ready(Ok(())) = self.reader.poll_data(&mut cx) else { return false };
            body.extend_from_slice(self.reader.data());
            self.reader.consume(self.reader.data().len());
        }
        self.reader.ended() && body.len() <= room
    }

    /// Whether what the server did with the request stands; false when it is to be sent once more.
    pub fn settled(&mut self, head: Result<(), End>) -> Result<bool, End> {
        // What a server has not looked at was as good as never sent.
        let refused = head.is_err() && self.server.as_ref().is_some_and(|s| s.conn.reader.was_refused());
        let reason = match &head {
            Err(_) if refused => Some(RetryOn::ConnFailure),
            Ok(()) => Some(RetryOn::Status(self.stream.status)),
            Err(End::Fault(fault)) if fault.phase == Phase::Headers => match fault.kind {
                Kind::ServerAbort => Some(RetryOn::EmptyResponse),
                Kind::ServerProtocol => Some(RetryOn::JunkResponse),
                Kind::ServerTimeout => Some(RetryOn::ResponseTimeout),
                _ => None,
            },
            Err(_) => None,
        };
        let server = self.stream.target.filter(|_| reason.is_some_and(|reason| self.resends(reason)));
        let Some(server) = server else { return head.map(|()| true) };
        self.discard_response();
        self.try_again(server);
        self.retry.resent = true;
        self.retry.failed_connection = head.is_err() && !refused;
        self.stream.has_res = false;
        self.stream.res.clear();
        (self.stream.status, self.stream.server_status, self.stream.times.response) = (0, 0, None);
        self.stream.counts.from_server = 0;
        Ok(false)
    }
}
