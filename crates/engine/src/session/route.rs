//! Who answers a request: `monitor-uri`, the statistics page, or a backend by `use_backend` and `default_backend`.

use super::{
    answer::End,
    exchange::Exchange,
    transport::{Sink, Source},
};
use crate::{
    fault::{Fault, Kind, Phase},
    log,
};
use config::{
    Proxy,
    ir::{Mode, Target},
};
use sample::{Places, stream::Scope, table::Event};
use std::time::{Duration, Instant};

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// `monitor-uri`: answered at once, without a log line, by 200 or, where `monitor fail` says so, 503.
    pub fn monitor(&mut self) -> Result<(), End> {
        let fe = self.frontend();
        let asked = super::h2::origin_form(&self.stream.req);
        if fe.monitor_uri.as_deref().is_none_or(|uri| uri != asked) {
            return Ok(());
        }
        self.stream.log_level = Some(None);
        self.stream.counters.count(Event::Request);
        let cx = self.cx(Places::FE_HTTP_REQ);
        let fails = fe.monitor_fail.iter().any(|cond| cond.eval(&cx, true) == Ok(true));
        let reply = self.error_reply(if fails { 503 } else { 200 });
        Err(End::Answer(Box::new(reply), *b"LR"))
    }

    /// `capture request header` and `capture cookie`.
    pub fn capture_request(&mut self) {
        let fe = self.frontend();
        let stream = &mut *self.stream;
        if !fe.req_captures.is_empty() {
            stream.req_captures = fe.req_captures.iter().map(|c| captured(&stream.req, c)).collect();
        }
        if !fe.res_captures.is_empty() {
            stream.res_captures = vec![None; fe.res_captures.len()];
        }
        let most = self.config.global.tune.http_cookielen;
        if let Some(wanted) = &fe.cookie_capture {
            let found = super::persist::cookies(&stream.req).find(|c| named(c.pair(), wanted));
            stream.req_cookie = found.map(|c| cut(c.pair(), wanted.len.min(most)));
        }
    }

    /// `capture response header` and `capture cookie`.
    pub fn capture_response(&mut self) {
        let fe = self.frontend();
        let stream = &mut *self.stream;
        for (slot, wanted) in stream.res_captures.iter_mut().zip(&fe.res_captures) {
            if !wanted.name.is_empty() {
                *slot = captured(&stream.res, wanted);
            }
        }
        let most = self.config.global.tune.http_cookielen;
        if let Some(wanted) = &fe.cookie_capture {
            let set = stream.res.all(b"set-cookie").map(|v| v.split(|b| *b == b';').next().unwrap_or(v).trim_ascii());
            stream.res_cookie =
                set.into_iter().find(|pair| named(pair, wanted)).map(|pair| cut(pair, wanted.len.min(most)));
        }
    }

    /// `option http-buffer-request`: the payload is received before anything is decided.
    pub async fn buffer_request(&mut self, proxy: &Proxy) -> Result<(), End> {
        let wait = proxy.timeouts.http_request.or(self.frontend().timeouts.client).unwrap_or(Duration::MAX);
        self.wait_for_body(wait, 0, Phase::Request).await
    }

    /// `tcp-request content` rules see each HTTP request, whole.
    pub async fn content_rules(&mut self, proxy: &Proxy, place: Places) -> Result<(), End> {
        let rules = &proxy.rules.tcp_request_content;
        if rules.is_empty() || (place == Places::FE_REQ_CONTENT && self.session.inspected()) {
            return Ok(());
        }
        let passed = self.request_rules(rules, place).await;
        if passed.is_err() && place == Places::FE_REQ_CONTENT {
            // The request's line is not taken note of before.
            self.stream.request_line.clear();
        }
        passed
    }

    /// The statistics page, where the proxy has one and the request asks for it.
    pub async fn stats_page(&mut self, proxy: usize) -> Result<(), End> {
        let Some(stats) = self.config.proxies.get(proxy).and_then(|p| p.stats.as_ref()) else { return Ok(()) };
        if !crate::stats::page::asked_for(stats, &self.stream.req) {
            return Ok(());
        }
        self.request_rules(&stats.http_request, Places::FE_HTTP_REQ).await?;
        self.frontend_state().front.counts.mine().intercepted.one();
        if self.stream.req.method() == b"POST" && !stats.admin.is_empty() {
            self.wait_for_body(Duration::from_secs(10), 0, Phase::Request).await?;
        }
        Err(End::Stats(proxy))
    }

    /// The backend of an HTTP request.
    pub fn choose_backend(&mut self) -> Result<usize, End> {
        let chosen = self.session.upgrade.as_mut().and_then(|upgrade| upgrade.backend.take());
        let chosen = chosen.or_else(|| self.wanted_backend());
        let backend = self.enter(chosen)?;
        if self.backend().mode == Mode::Tcp {
            // Only a session that was switched to HTTP can get here: it cannot go back. That is said while it still counts.
            self.stream.times.request = None;
            self.stream.times.closed = Some(Instant::now());
            self.mark(*b"IR");
            log::access(&self.session.worker, self.config, self.stream);
            self.stream.log_level = Some(None);
            return Err(End::Reject(*b"IR"));
        }
        Ok(backend)
    }

    /// `use_backend` in order, then `default_backend`; a `listen` section is its own.
    pub fn wanted_backend(&mut self) -> Option<usize> {
        let fe = self.frontend();
        let own = fe.kind.is_backend().then_some(self.session.frontend);
        self.switched(fe).or(fe.default_backend).or(own)
    }

    /// Enters the backend, if there is one that may be used.
    pub fn enter(&mut self, chosen: Option<usize>) -> Result<usize, End> {
        let usable = |backend: &usize| self.config.proxies.get(*backend).is_some_and(|p| !p.disabled);
        let Some(backend) = chosen.filter(usable) else {
            // A request that nobody takes is logged as one that was never whole.
            self.stream.times.request = None;
            return Err(Fault::new(Kind::NoServer, Phase::Connect).into());
        };
        self.stream.backend = Some(backend);
        self.enter_backend(backend);
        Ok(backend)
    }

    fn switched(&mut self, fe: &Proxy) -> Option<usize> {
        for rule in &fe.switching {
            let cx = self.cx(Places::FE_SET_BACKEND);
            if !rule.cond.as_ref().is_none_or(|cond| cond.eval(&cx, true) == Ok(true)) {
                continue;
            }
            match &rule.target {
                Target::Fixed(backend) => return Some(*backend),
                Target::Named(format) => {
                    let mut name = Vec::new();
                    format.render(&cx, &mut name);
                    let found = self.config.proxies.iter().position(|p| p.kind.is_backend() && p.name == name);
                    // A name that is no backend ends the search: `default_backend` takes the request.
                    return found;
                }
            }
        }
        None
    }

    fn enter_backend(&mut self, backend: usize) {
        let state = &self.process.proxies[backend];
        state.back.sessions.up();
        let ms = self.session.worker.ms();
        state.back.session_rate.tick(ms);
        state.back.last_session.store(ms / 1000 + 1, std::sync::atomic::Ordering::Relaxed);
        if let Some(counts) = &state.back.counts {
            counts.mine().common.stot.one();
            counts.mine().common.req_tot.one();
        }
        self.stream.vars.end(Scope::Res);
        self.begin_persistence();
    }
}

fn captured(head: &message::Head, wanted: &config::ir::Capture) -> Option<Vec<u8>> {
    if wanted.name.is_empty() {
        return None;
    }
    head.all(&wanted.name).next_back().map(|value| cut(value, wanted.len))
}

fn cut(bytes: &[u8], len: usize) -> Vec<u8> {
    bytes.get(..len).unwrap_or(bytes).to_vec()
}

fn named(pair: &[u8], wanted: &config::ir::CookieCapture) -> bool {
    pair.starts_with(&wanted.name) && (wanted.prefix || pair.get(wanted.name.len()) == Some(&b'='))
}
