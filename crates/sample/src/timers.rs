//! The timers of logs, in milliseconds; -1 for a phase that was not reached (manual, section 8.4).

use crate::stream::Times;
use std::time::{Duration, Instant};

impl Times {
    /// `%Th`: handshakes.
    pub fn th(&self) -> i64 {
        ms(self.handshake)
    }

    /// `%Ti`: waiting for the request's first byte.
    pub fn ti(&self) -> i64 {
        ms(self.idle)
    }

    /// `%TR`: receiving the request's head.
    pub fn tr_request(&self) -> i64 {
        since(self.request, Some(self.first_byte()))
    }

    /// `%Tq`: from the accept to the request's whole head.
    pub fn tq(&self) -> i64 {
        since(self.request, Some(self.accepted))
    }

    /// `%Tw`: in the queues.
    pub fn tw(&self) -> i64 {
        since(self.queued, Some(self.request.unwrap_or(self.first_byte())))
    }

    /// `%Tc`: connecting.
    pub fn tc(&self) -> i64 {
        since(self.connected, self.queued)
    }

    /// `%Tr`: waiting for the response's head.
    pub fn tr(&self) -> i64 {
        since(self.response, self.connected)
    }

    /// `%Td`: the response's body; nothing where no response came.
    pub fn td(&self) -> i64 {
        since(self.end(), self.response.or(self.connected))
    }

    /// `%Ta`: from the request's first byte to the end.
    pub fn ta(&self) -> i64 {
        since(self.end(), Some(self.first_byte()))
    }

    /// `%Tt`: everything.
    pub fn tt(&self) -> i64 {
        since(self.end(), Some(self.accepted))
    }

    /// `%Tu`: everything but the idle time, as the user felt it.
    pub fn tu(&self) -> i64 {
        since(self.end(), Some(self.accepted + self.idle))
    }

    /// The end, or now while the stream lives.
    fn end(&self) -> Option<Instant> {
        self.closed.or_else(|| Some(Instant::now()))
    }

    fn first_byte(&self) -> Instant {
        self.accepted + self.handshake + self.idle
    }
}

fn ms(duration: Duration) -> i64 {
    duration.as_millis() as i64
}

fn since(end: Option<Instant>, start: Option<Instant>) -> i64 {
    match (end, start) {
        (Some(end), Some(start)) => ms(end.saturating_duration_since(start)),
        _ => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn phases_add_up_and_unreached_ones_are_minus_one() {
        let start = Instant::now();
        let at = |ms| Some(start + Duration::from_millis(ms));
        let mut times = Times::new(start, SystemTime::UNIX_EPOCH);
        times.handshake = Duration::from_millis(3);
        times.idle = Duration::from_millis(7);
        (times.request, times.queued, times.connected) = (at(15), at(20), at(31));
        (times.response, times.closed) = (at(50), at(90));
        let all = |t: &Times| {
            [t.th(), t.ti(), t.tr_request(), t.tq(), t.tw(), t.tc(), t.tr(), t.td(), t.ta(), t.tt(), t.tu()]
        };
        assert_eq!(all(&times), [3, 7, 5, 15, 5, 11, 19, 40, 80, 90, 83]);
        (times.queued, times.connected, times.response) = (None, None, None);
        assert_eq!(all(&times), [3, 7, 5, 15, -1, -1, -1, -1, 80, 90, 83]);
    }
}
