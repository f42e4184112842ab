//! The life of an HTTP request, in HAProxy's order (manual, sections 1.3 and 4.4).

use super::{
    answer::End,
    exchange::{After, Exchange},
    transport::{Sink, Source},
    unique_id,
};
use crate::log;
use sample::{Places, table::Event};
use std::time::Instant;

impl<R: Source, K: Sink> Exchange<'_, R, K> {
    /// Serves one request, whose head is there, and logs it; a tunnel that comes of it is logged when it ends.
    pub async fn run(&mut self) -> After {
        let served = self.serve().await;
        self.conclude(served).await
    }

    /// What is to be done when an exchange is over, for better or worse.
    pub async fn conclude(&mut self, served: Result<After, End>) -> After {
        let after = match served {
            Ok(After::Tunnel) => return After::Tunnel,
            Ok(after) => after,
            Err(end) => {
                let vanishes = matches!(end, End::Vanish);
                let after = Box::pin(self.finish(end)).await;
                if vanishes {
                    return after;
                }
                after
            }
        };
        self.stream.times.closed = Some(Instant::now());
        self.account();
        log::access(&self.session.worker, self.config, self.stream);
        after
    }

    /// Every step of a request that goes well. Each may end it early by an [`End`].
    async fn serve(&mut self) -> Result<After, End> {
        let fe = self.frontend();
        // The frontend sees the request as it came: health probes of others, then captures, then its rules.
        self.monitor()?;
        self.capture_request();
        unique_id::give(&self.session.worker, self.config, self.stream);
        if fe.options.http_buffer_request {
            Box::pin(self.buffer_request(fe)).await?;
        }
        self.content_rules(fe, Places::FE_REQ_CONTENT).await?;
        self.stream.counters.count(Event::Request);
        self.request_rules(&fe.rules.http_request, Places::FE_HTTP_REQ).await?;
        self.restrict_names(fe)?;
        self.stats_page(self.session.frontend).await?;

        // It is handed to a backend, which has rules of its own.
        let backend = self.choose_backend()?;
        let be = self.backend();
        if backend != self.session.frontend {
            if be.options.http_buffer_request && !fe.options.http_buffer_request {
                Box::pin(self.buffer_request(be)).await?;
            }
            self.content_rules(be, Places::BE_REQ_CONTENT).await?;
            self.request_rules(&be.rules.http_request, Places::BE_HTTP_REQ).await?;
            self.restrict_names(be)?;
            self.stats_page(backend).await?;
        }

        // A server is found, by persistence or by balancing, and the request is made ready for it.
        self.client_persistence();
        self.add_forwarding_fields();
        self.adapt_request();
        self.stick_request();
        loop {
            self.find_server().await?;
            if self.request.upgrade {
                Box::pin(self.may_upgrade()).await?;
            }
            self.send_request();
            let head = self.guarded(async |exchange| exchange.response_head().await).await;
            if self.settled(head)? {
                break;
            }
        }
        self.guarded(async |exchange| exchange.respond(backend).await).await
    }

    /// The way back: from the head of the server's response to its last byte.
    async fn respond(&mut self, backend: usize) -> Result<After, End> {
        let (fe, be) = (self.frontend(), self.backend());
        self.response_content_rules(be).await?;
        self.count_status();

        // The response meets the backend's rules first, then the frontend's.
        self.capture_response();
        self.stick_response();
        if backend != self.session.frontend {
            self.response_rules(&be.rules.http_response, Places::BE_HTTP_RES).await?;
        }
        self.response_rules(&fe.rules.http_response, Places::FE_HTTP_RES).await?;
        self.check_cache()?;
        self.server_persistence();
        self.after_response_rules();
        self.relay_response().await
    }
}
