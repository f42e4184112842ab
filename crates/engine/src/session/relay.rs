//! Payload from one connection to another.

use super::transport::{Broken, Side, Sink, Source};
use crate::pipe::Pipe;
use config::keyword::options::Options;
use std::task::{Context, Poll, ready};

/// When the kernel is to move bytes by itself. They may then be in neither connection: the relay has to be kept until it is
/// done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Splice {
    /// `no option splice-auto`, and what may yet become a tunnel.
    Never,
    /// Where many come at once: it costs more than it saves else.
    Bulk,
    /// `option splice-request`, `option splice-response`.
    Always,
}

impl Splice {
    /// As a frontend and a backend say it; `always` is the option for the direction.
    pub fn of(fe: &Options, be: &Options, always: fn(&Options) -> bool) -> Splice {
        match [fe, be] {
            both if both.into_iter().any(always) => Splice::Always,
            both if both.iter().any(|options| options.splice_auto == Some(false)) => Splice::Never,
            _ => Splice::Bulk,
        }
    }
}

/// One direction of an exchange or a tunnel, while its payload is on its way.
#[derive(Debug)]
pub struct Relay {
    /// Which side holds it up.
    pub waits: Side<()>,
    splice: Splice,
    /// Bytes that came from the source, and that the sink did not take yet.
    pipe: Option<Pipe>,
}

/// Where a relay counts payload that the sink has taken.
#[derive(Debug)]
pub struct Moved<'a> {
    pub bytes: &'a mut u64,
    /// Those of them that went through pipes.
    pub spliced: &'a mut u64,
}

impl Relay {
    pub fn new(splice: Splice) -> Relay {
        Relay { waits: Side::Source(()), splice, pipe: None }
    }

    /// Moves payload from `source` to `sink` as far as it goes now.
    ///
    /// Ready when all of it is sent, or when a side broke. `Pending` says in `waits` which side holds it up.
    pub fn poll<S: Source, K: Sink>(
        &mut self,
        source: &mut S,
        sink: &mut K,
        cx: &mut Context<'_>,
        moved: &mut Moved<'_>,
    ) -> Poll<Result<(), Side<Broken>>> {
        loop {
            if self.pipe.is_some() {
                ready!(self.drain(source, sink, cx, moved)).map_err(Side::Sink)?;
            }
            if source.ended() {
                sink.end(source.trailers());
                self.waits = Side::Sink(());
                return sink.poll_flush(cx).map_err(Side::Sink);
            }
            if self.splice != Splice::Never
                && source.bulk(self.splice == Splice::Always)
                && self.fill(source, sink, cx)?
            {
                continue;
            }
            match source.poll_data(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(e)) => {
                    // What came before is passed on, if that is possible at once.
                    let _ = sink.poll_flush(cx);
                    return Poll::Ready(Err(Side::Source(e)));
                }
                Poll::Pending => {
                    self.waits = Side::Source(());
                    if let Poll::Ready(Err(e)) = sink.poll_flush(cx) {
                        return Poll::Ready(Err(Side::Sink(e)));
                    }
                    return Poll::Pending;
                }
            }
            if source.ended() {
                continue;
            }
            self.waits = Side::Sink(());
            let n = ready!(sink.poll_write(cx, source.data(), source.has_more())).map_err(Side::Sink)?;
            source.consume(n);
            *moved.bytes += n as u64;
        }
    }

    /// Takes what the source has into a pipe, without looking at it. False where the usual way has to be gone: a side cannot do
    /// it, there is no pipe, or nothing has come.
    fn fill<S: Source, K: Sink>(
        &mut self,
        source: &mut S,
        sink: &mut K,
        cx: &mut Context<'_>,
    ) -> Result<bool, Side<Broken>> {
        if !sink.is_plain() {
            return Ok(false);
        }
        let Some(mut pipe) = Pipe::take() else { return Ok(false) };
        match source.poll_splice(&mut pipe, cx) {
            Poll::Ready(Ok(())) => {
                self.pipe = Some(pipe);
                Ok(true)
            }
            Poll::Ready(Err(e)) => {
                let _ = sink.poll_flush(cx);
                Err(Side::Source(e))
            }
            Poll::Pending => Ok(false),
        }
    }

    fn drain<S: Source, K: Sink>(
        &mut self,
        source: &S,
        sink: &mut K,
        cx: &mut Context<'_>,
        moved: &mut Moved<'_>,
    ) -> Poll<Result<(), Broken>> {
        self.waits = Side::Sink(());
        while let Some(pipe) = self.pipe.as_mut().filter(|p| !p.is_empty()) {
            let n = ready!(sink.poll_splice(pipe, !source.ended(), cx))?;
            *moved.bytes += n as u64;
            *moved.spliced += n as u64;
        }
        self.pipe = None;
        Poll::Ready(Ok(()))
    }
}
