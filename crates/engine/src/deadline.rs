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
}

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

    /// Ready once the deadline has passed. Without one, never.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at.into())));
        if timer.deadline().into_std() > at || timer.is_elapsed() {
            timer.as_mut().reset(at.into());
        }
        loop {
            std::task::ready!(timer.as_mut().poll(cx));
            if Instant::now() >= at {
                return Poll::Ready(());
            }
            timer.as_mut().reset(at.into());
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
}
