//! The statistics page.

use crate::session::{
    exchange::Exchange,
    transport::{Sink, Source},
};
use config::keyword::stats::Stats;
use message::Head;
use rules::Reply;

/// Whether a request asks for the statistics page.
pub fn asked_for(stats: &Stats, req: &Head) -> bool {
    req.target().starts_with(&stats.uri)
}

/// The page, for a request that [`asked_for`] it.
pub fn reply<R: Source, K: Sink>(exchange: &Exchange<'_, R, K>, _proxy: usize) -> Reply {
    exchange.error_reply(503)
}
