//! A panic is a fault of ours. It ends the one connection whose task it happens in, and says so once.

use crate::{
    log::{level, state::report},
    worker::Worker,
};
use std::{
    any::Any,
    cell::{Cell, RefCell},
    future::poll_fn,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    rc::Rc,
    task::Poll,
};

thread_local! {
    /// A task that is contained is being polled.
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
    /// How often the task that is being polled was polled before.
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic of such a task was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the standard library from telling of panics that are told of here, and remembers where they were. For programs.
pub fn take_over_reports() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if CONTAINED.get() {
            PLACE.set(info.location().map(ToString::to_string));
        } else {
            usual(info);
        }
    }));
}

/// Runs a task of a proxy to its end, or to a panic. What the task holds is dropped then, as at any end: gauges come down.
pub async fn contained(worker: Rc<Worker>, proxy: usize, task: impl Future<Output = ()>) {
    let mut task = pin!(task);
    let mut calls = 0u32;
    let end = poll_fn(|cx| {
        let outer = CONTAINED.replace(true);
        calls = calls.wrapping_add(1);
        CALLS.set(calls);
        let polled = panic::catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(cx)));
        CONTAINED.set(outer);
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
            Err(cause) => Poll::Ready(Err(cause)),
        }
    });
    if let Err(cause) = end.await {
        let name = worker.process.config.proxies.get(proxy).map(|p| String::from_utf8_lossy(&p.name).into_owned());
        let place = PLACE.take().map(|place| format!(" at {place}")).unwrap_or_default();
        let text = format!("Proxy {} panicked{place}: {}", name.unwrap_or_default(), words(&*cause));
        report(&worker, proxy, level::ALERT, &text);
    }
}

/// How often the task that is running was called: `cpu_calls`.
pub fn calls() -> u32 {
    CALLS.get()
}

/// What a panic says.
fn words(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no words")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        listener,
        session::accept::{Counted, Entry},
    };
    use std::{io, net::UdpSocket, time::Duration};

    #[test]
    fn a_panic_ends_its_own_task_and_is_told_once() -> io::Result<()> {
        let target = UdpSocket::bind("127.0.0.1:0")?;
        target.set_read_timeout(Some(Duration::from_secs(5)))?;
        let config = format!(
            "defaults\n mode http\n timeout client 1s\nfrontend f\n bind 127.0.0.1:1\n log {} local0\n",
            target.local_addr()?
        );
        let worker = crate::testing::worker(&config);
        let entry = Entry { frontend: 0, bind: 0 };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default())?;
        let others = runtime.block_on(async {
            let task = |panics: bool| {
                let worker = worker.clone();
                listener::count(&worker.process, entry, &worker);
                async move {
                    let _counted = Counted::new(worker, entry);
                    tokio::task::yield_now().await;
                    assert!(!panics, "on purpose");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let bad = tokio::task::spawn_local(contained(worker.clone(), 0, task(true)));
            let good = tokio::task::spawn_local(contained(worker.clone(), 0, task(false)));
            assert_eq!(worker.process.connections.get(), 2);
            bad.await.expect("the panic stays within");
            let others = (worker.process.connections.get(), worker.process.proxies[0].front.sessions.get());
            good.await.expect("no panic");
            others
        });
        assert_eq!(others, (1, 1));
        assert_eq!(worker.process.connections.get(), 0);
        let mut line = [0; 500];
        let len = target.recv(&mut line)?;
        let line = String::from_utf8_lossy(&line[..len]).into_owned();
        assert!(
            line.starts_with("<129>") && line.contains("Proxy f panicked") && line.contains("on purpose"),
            "{line}"
        );
        target.set_nonblocking(true)?;
        assert!(target.recv(&mut [0; 500]).is_err(), "it is told once");
        Ok(())
    }
}
