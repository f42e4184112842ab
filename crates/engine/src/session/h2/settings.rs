//! What a connection is told at its beginning, and what it is held to: `tune.h2.*` (manual, section 3.2).

use super::mux::Peer;
use config::{
    ir::Tune,
    keyword::h2::{LogErrors, Side},
};
use wire::http2::{
    Limits,
    frame::{self, setting},
};

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub header_table_size: u32,
    pub initial_window: u32,
    pub max_streams: u32,
    pub max_frame: usize,
    /// Streams after which a connection is to end; 0 = any number.
    pub max_total: u32,
    /// Bytes of payload that all streams may have waiting.
    pub buffers: u32,
    pub glitches: u32,
    pub log: LogErrors,
    pub frames_at_once: u32,
    pub resets_at_once: u32,
    /// Bytes that a header block may have.
    pub block: usize,
    pub limits: Limits,
}

impl Settings {
    /// Those of connections that clients open.
    pub fn front(tune: &Tune, accept_unsafe_violations: bool) -> Settings {
        let said = Settings::of(tune, tune.h2.front(), accept_unsafe_violations);
        let (max_total, resets_at_once) = (tune.h2.max_total_streams, tune.h2.max_rst_at_once);
        Settings { max_total, resets_at_once, ..said }
    }

    /// Those of connections to servers.
    pub fn back(tune: &Tune, accept_unsafe_violations: bool) -> Settings {
        Settings::of(tune, tune.h2.back(), accept_unsafe_violations)
    }

    fn of(tune: &Tune, side: Side, accept_unsafe_violations: bool) -> Settings {
        let Side { streams, window, rxbuf, glitches, frames_at_once } = side;
        let streams = if streams == 0 { u32::MAX } else { streams };
        let size = tune.bufsize.saturating_sub(tune.maxrewrite);
        Settings {
            header_table_size: tune.h2.header_table_size,
            initial_window: window.unwrap_or(tune.bufsize as u32),
            max_streams: streams,
            max_frame: largest_frame(tune),
            max_total: 0,
            buffers: rxbuf.unwrap_or(100 * tune.bufsize as u32),
            glitches,
            log: tune.h2.log_errors,
            frames_at_once,
            resets_at_once: 0,
            block: tune.bufsize,
            limits: Limits { fields: tune.http_maxhdr, size, accept_unsafe_violations },
        }
    }

    /// Writes the first frame: what differs from the protocol's defaults.
    pub fn announce(&self, peer: Peer, out: &mut Vec<u8>) {
        let mut list = match peer {
            Peer::Client => vec![(setting::ENABLE_CONNECT_PROTOCOL, 1)],
            Peer::Server => {
                out.extend_from_slice(frame::PREFACE);
                vec![(setting::ENABLE_PUSH, 0)]
            }
        };
        if self.header_table_size != 4096 {
            list.push((setting::HEADER_TABLE_SIZE, self.header_table_size));
        }
        if i64::from(self.initial_window) != 65535 {
            list.push((setting::INITIAL_WINDOW_SIZE, self.initial_window));
        }
        if peer == Peer::Client && self.max_streams != u32::MAX {
            list.push((setting::MAX_CONCURRENT_STREAMS, self.max_streams));
        }
        if self.max_frame != frame::PAYLOAD {
            list.push((setting::MAX_FRAME_SIZE, self.max_frame as u32));
        }
        frame::write_settings(&list, out);
    }

    /// How much one of `open` streams may have on its way to us: its share of the buffers, 7/8 of which may be shared.
    pub fn window(&self, open: usize) -> u32 {
        let share = self.buffers / 8 * 7 / open.max(1) as u32;
        share.clamp(self.initial_window, LARGEST.max(self.initial_window))
    }
}

/// Frames are at most as large as a buffer, but never smaller than every peer may send them.
fn largest_frame(tune: &Tune) -> usize {
    let buffer = tune.bufsize.max(frame::PAYLOAD);
    tune.h2.max_frame.map_or(buffer, |said| buffer.min(said as usize))
}

/// The window of a connection: only those of its streams are to hold a client back.
pub const CONNECTION: i64 = 1 << 30;

/// More than this on its way makes no upload faster.
const LARGEST: u32 = 1 << 20;
