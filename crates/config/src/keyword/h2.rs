//! `tune.h2.*`: what HTTP/2 connections may do (manual, section 3.2).

use crate::{line::Line, row::GlobalRow};

/// The settings of both sides. What a side does not say is said for both.
#[derive(Debug, Clone)]
pub struct H2 {
    pub fe: SideSaid,
    pub be: SideSaid,
    pub header_table_size: u32,
    /// Bytes of payload that a frame may have; `None`: as large as a buffer.
    pub max_frame: Option<u32>,
    pub initial_window: Option<u32>,
    pub max_streams: u32,
    pub log_errors: LogErrors,
    /// `tune.h2.fe.max-rst-at-once`, `tune.h2.fe.max-total-streams`; 0 = any number.
    pub max_rst_at_once: u32,
    pub max_total_streams: u32,
}

/// What was said about one side.
#[derive(Debug, Clone, Default)]
pub struct SideSaid {
    pub glitches: u32,
    pub initial_window: Option<u32>,
    pub max_streams: Option<u32>,
    pub frames_at_once: u32,
    pub rxbuf: Option<u32>,
}

/// What holds for one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// 0 = any number.
    pub streams: u32,
    /// `None`: as large as a buffer.
    pub window: Option<u32>,
    /// Bytes; `None`: a hundred buffers.
    pub rxbuf: Option<u32>,
    /// 0 = no limit, as with the next.
    pub glitches: u32,
    pub frames_at_once: u32,
}

/// `tune.h2.log-errors`: which faults of clients are logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogErrors {
    Connection,
    None,
    #[default]
    Stream,
}

impl Default for H2 {
    fn default() -> H2 {
        H2 {
            fe: SideSaid::default(),
            be: SideSaid::default(),
            header_table_size: 4096,
            max_frame: None,
            initial_window: None,
            max_streams: 100,
            log_errors: LogErrors::Stream,
            max_rst_at_once: 0,
            max_total_streams: 0,
        }
    }
}

impl H2 {
    /// What holds for connections of clients.
    pub fn front(&self) -> Side {
        self.side(&self.fe)
    }

    /// What holds for connections to servers.
    pub fn back(&self) -> Side {
        self.side(&self.be)
    }

    fn side(&self, said: &SideSaid) -> Side {
        Side {
            streams: said.max_streams.unwrap_or(self.max_streams),
            window: said.initial_window.or(self.initial_window),
            rxbuf: said.rxbuf,
            glitches: said.glitches,
            frames_at_once: said.frames_at_once,
        }
    }
}

macro_rules! number {
    ($word:literal, $to:ident $(. $more:ident)*, $range:expr) => {
        GlobalRow::full($word, |line, draft| {
            let number = number(line, $range)?;
            draft.global.tune.h2.$to$(.$more)* = number.into();
            line.end()
        })
        .ok(&[concat!($word, " 20000")])
        .bad(&[$word, concat!($word, " x")])
    };
}

const ANY: (i64, i64) = (0, i32::MAX as i64);

pub static TABLE: &[GlobalRow] = &[
    number!("tune.h2.be.glitches-threshold", be.glitches, ANY),
    number!("tune.h2.be.initial-window-size", be.initial_window, ANY),
    number!("tune.h2.be.max-concurrent-streams", be.max_streams, ANY),
    number!("tune.h2.be.max-frames-at-once", be.frames_at_once, ANY),
    GlobalRow::full("tune.h2.be.rxbuf", |line, draft| {
        draft.global.tune.h2.be.rxbuf = Some(size(line)?);
        line.end()
    })
    .ok(&["tune.h2.be.rxbuf 1m"])
    .bad(&["tune.h2.be.rxbuf"]),
    number!("tune.h2.fe.glitches-threshold", fe.glitches, ANY),
    number!("tune.h2.fe.initial-window-size", fe.initial_window, ANY),
    GlobalRow::full("tune.h2.fe.max-concurrent-streams", |line, draft| {
        draft.global.tune.h2.fe.max_streams = Some(number(line, ANY)?);
        by_load(line)
    })
    .ok(&["tune.h2.fe.max-concurrent-streams 10", "tune.h2.fe.max-concurrent-streams 100 rq-load ignore min 15"])
    .bad(&["tune.h2.fe.max-concurrent-streams", "tune.h2.fe.max-concurrent-streams 10 rq-load x"]),
    number!("tune.h2.fe.max-frames-at-once", fe.frames_at_once, ANY),
    number!("tune.h2.fe.max-rst-at-once", max_rst_at_once, ANY),
    number!("tune.h2.fe.max-total-streams", max_total_streams, ANY),
    GlobalRow::full("tune.h2.fe.rxbuf", |line, draft| {
        draft.global.tune.h2.fe.rxbuf = Some(size(line)?);
        line.end()
    })
    .ok(&["tune.h2.fe.rxbuf 1m"])
    .bad(&["tune.h2.fe.rxbuf"]),
    number!("tune.h2.header-table-size", header_table_size, (0, 65536)),
    number!("tune.h2.initial-window-size", initial_window, ANY),
    GlobalRow::full("tune.h2.log-errors", |line, draft| {
        let word = line.need("'tune.h2.log-errors' expects 'none', 'connection', or 'stream'")?;
        draft.global.tune.h2.log_errors = match word.bytes() {
            b"none" => LogErrors::None,
            b"connection" => LogErrors::Connection,
            b"stream" => LogErrors::Stream,
            _ => return line.fail("bad-argument", "'tune.h2.log-errors' expects 'none', 'connection', or 'stream'"),
        };
        line.end()
    })
    .ok(&["tune.h2.log-errors none", "tune.h2.log-errors connection", "tune.h2.log-errors stream"])
    .bad(&["tune.h2.log-errors", "tune.h2.log-errors all"]),
    number!("tune.h2.max-concurrent-streams", max_streams, ANY),
    number!("tune.h2.max-frame-size", max_frame, (16384, 16_777_215)),
];

fn number(line: &mut Line<'_, '_>, (low, high): (i64, i64)) -> Option<u32> {
    let missing = format!("'{}' expects a positive numeric value.", line.name);
    line.int(low, high, &missing)
}

fn size(line: &mut Line<'_, '_>) -> Option<u32> {
    let missing = format!("'{}' expects a size argument.", line.name);
    line.size(&missing).map(|size| u32::try_from(size).unwrap_or(u32::MAX))
}

/// `rq-load` and `min`: the number of streams does not follow the load yet, which is said where it was asked for.
fn by_load(line: &mut Line<'_, '_>) -> Option<()> {
    while let Some(word) = line.word() {
        match word.bytes() {
            b"min" => drop(number(line, ANY)?),
            b"rq-load" => match line.need("'rq-load' expects 'auto', 'ignore' or a number")?.bytes() {
                b"ignore" => {}
                load if load == b"auto" || load.iter().all(u8::is_ascii_digit) => line.not_obeyed("rq-load"),
                _ => return line.fail("bad-argument", "'rq-load' expects 'auto', 'ignore' or a number"),
            },
            _ => return line.fail("unexpected-argument", format!("unexpected argument '{}'", word.show())),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_falls_back_to_both() {
        let mut h2 = H2 { max_streams: 50, initial_window: Some(9), ..H2::default() };
        h2.fe.max_streams = Some(7);
        assert_eq!((h2.front().streams, h2.back().streams), (7, 50));
        assert_eq!((h2.front().window, h2.front().rxbuf), (Some(9), None));
    }
}
