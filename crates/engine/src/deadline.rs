//! A timer that is cheap to move: a request sets many deadlines and meets almost none of them.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::time::Sleep;

/// One deadline of a task. Moving it later costs a store: the timer underneath fires early and is armed again.
#[derive(Debug, Default)]
pub struct Deadline {
    at: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    spare: Spare,
}

/// What can wait a little, and is mostly never done.
#[derive(Debug, Default, Clone, Copy)]
enum Spare {
    #[default]
    Unasked,
    Until(Instant),
    Over,
}

/// How long what can wait does.
const SPARED: Duration = Duration::from_millis(50);

impl Deadline {
    /// Sets the deadline to `after` from `now`; `None` removes it.
    pub fn set(&mut self, now: Instant, after: Option<Duration>) {
        self.at = after.and_then(|d| now.checked_add(d));
    }

    /// Sets it to an instant.
    pub fn set_at(&mut self, at: Option<Instant>) {
        self.at = at;
    }

    pub fn at(&self) -> Option<Instant> {
        self.at
    }

    /// Whether what can wait does not have to be done yet, which is so for 50 ms from the first time that this is asked.
    /// Then the task is woken, if it polls the deadline.
    pub fn spares(&mut self) -> bool {
        if let Spare::Unasked = self.spare {
            self.spare = Spare::Until(Instant::now() + SPARED);
        }
        matches!(self.spare, Spare::Until(_))
    }

    /// Ready once the deadline has passed. Without one, never.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let spare = match self.spare {
                Spare::Until(at) => Some(at),
                Spare::Unasked | Spare::Over => None,
            };
            let Some(next) = self.at.into_iter().chain(spare).min() else { return Poll::Pending };
            let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(next.into())));
            if timer.deadline().into_std() > next || timer.is_elapsed() {
                timer.as_mut().reset(next.into());
            }
            std::task::ready!(timer.as_mut().poll(cx));
            let now = Instant::now();
            if self.at.is_some_and(|at| now >= at) {
                return Poll::Ready(());
            }
            if spare.is_some_and(|at| now >= at) {
                self.spare = Spare::Over;
                // What is due now is asked for before the deadline is.
                cx.waker().wake_by_ref();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn moves_both_ways() {
        let start = tokio::time::Instant::now();
        let mut deadline = Deadline::default();
        deadline.set(start.into_std(), Some(Duration::from_secs(5)));
        let soon = std::future::poll_fn(|cx| deadline.poll(cx));
        assert!(tokio::time::timeout(Duration::from_secs(1), soon).await.is_err());
        deadline.set(start.into_std(), Some(Duration::from_secs(2)));
        assert!(deadline.at().is_some());
        deadline.set_at(None);
        let never = std::future::poll_fn(|cx| deadline.poll(cx));
        assert!(tokio::time::timeout(Duration::from_secs(9), never).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_wait_is_done_before_long() {
        let start = tokio::time::Instant::now();
        let mut deadline = Deadline::default();
        for at in [None, Some(start.into_std() + Duration::from_secs(5))] {
            deadline.set_at(at);
            let due = std::future::poll_fn(|cx| match deadline.spares() {
                true => deadline.poll(cx).map(|()| false),
                false => Poll::Ready(true),
            });
            assert!(due.await, "the deadline is not reached");
            // The runtime's timers go by whole milliseconds.
            assert!((SPARED..SPARED + Duration::from_millis(3)).contains(&start.elapsed()), "{:?}", start.elapsed());
        }
    }
}
