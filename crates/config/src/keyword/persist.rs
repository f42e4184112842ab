//! `retries`, `option redispatch`, `force-persist` and their kin: which server a request may go to, and how often
//! (manual, section 4.2).

use crate::{
    draft::ProxyDraft,
    ir::RetryOn,
    keyword::rules,
    line::{Line, Polarity},
    row::ProxyRow,
};
use sample::Places;

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("retries", |line, proxy| {
        let retries = line.natural("'retries' expects an integer argument (dispatch counts for one).")?;
        line.end()?;
        proxy.retries = Some(retries);
        Some(())
    })
    .ok(&["retries 0"])
    .bad(&["retries", "retries 3 4"]),
    ProxyRow::full("retry-on", retry_on)
        .ok(&["retry-on none", "retry-on all-retryable-errors", "retry-on conn-failure empty-response 503 429"])
        .bad(&["retry-on", "retry-on foo", "retry-on 200"]),
    ProxyRow::full("option redispatch", |line, proxy| {
        let interval = match line.peek() {
            Some(_) => line.int(i64::from(i32::MIN), i64::from(i32::MAX), "")?,
            None => -1,
        };
        line.end()?;
        proxy.redispatch = (line.polarity == Polarity::Yes && interval != 0).then_some(interval);
        Some(())
    })
    .ok(&["option redispatch 1", "option redispatch -2", "no option redispatch"])
    .bad(&["option redispatch x"]),
    ProxyRow::full("force-persist", |line, proxy| {
        let cond = rules::condition(line, proxy, "'force-persist'", Places::BE_HTTP_REQ.and(Places::BE_REQ_CONTENT))?;
        proxy.force_persist.push(cond);
        Some(())
    })
    .bad(&["force-persist", "force-persist if nope"]),
    ProxyRow::full("ignore-persist", |line, proxy| {
        let cond = rules::condition(line, proxy, "'ignore-persist'", Places::BE_HTTP_REQ.and(Places::BE_REQ_CONTENT))?;
        proxy.ignore_persist.push(cond);
        Some(())
    }),
    ProxyRow::parsed("max-keep-alive-queue"),
    ProxyRow::parsed("max-session-srv-conns"),
    ProxyRow::refused("force-be-switch"),
    ProxyRow::refused("persist rdp-cookie"),
];

const NAMES: &[(&str, RetryOn)] = &[
    ("0rtt-rejected", RetryOn::ZeroRttRejected),
    ("conn-failure", RetryOn::ConnFailure),
    ("empty-response", RetryOn::EmptyResponse),
    ("junk-response", RetryOn::JunkResponse),
    ("response-timeout", RetryOn::ResponseTimeout),
];

/// What `all-retryable-errors` stands for.
const ALL: [RetryOn; 9] = [
    RetryOn::ConnFailure,
    RetryOn::EmptyResponse,
    RetryOn::JunkResponse,
    RetryOn::ResponseTimeout,
    RetryOn::ZeroRttRejected,
    RetryOn::Status(500),
    RetryOn::Status(502),
    RetryOn::Status(503),
    RetryOn::Status(504),
];

/// The statuses that can be retried on.
const STATUSES: [u16; 12] = [401, 403, 404, 408, 421, 425, 429, 500, 501, 502, 503, 504];

fn retry_on(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    let first = line.need("'retry-on' needs at least one keyword to specify when to retry")?;
    let mut list = Vec::new();
    for word in std::iter::once(first).chain(line.rest()) {
        let status = word.str().and_then(|text| text.parse().ok()).filter(|status| STATUSES.contains(status));
        match (NAMES.iter().find(|(name, _)| word.is(name)), status) {
            (Some((_, on)), _) => list.push(*on),
            (_, Some(status)) => list.push(RetryOn::Status(status)),
            _ if word.is("all-retryable-errors") => list.extend(ALL),
            _ if word.is("none") => list.clear(),
            _ => return line.fail("bad-argument", format!("'retry-on': unknown keyword '{}'", word.show())),
        }
    }
    proxy.retry_on = Some(list);
    Some(())
}
