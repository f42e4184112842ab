//! One client connection of the load generator.

use super::{
    Run,
    plan::{Ask, Plan, Style},
    response::Reader,
};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Instant,
};

/// A client connection and where it stands in its exchange.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    /// Which of the plan's requests this connection sends.
    ask: usize,
    reader: Reader,
    started: Instant,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// The response is complete; the proxy has been asked to close.
    Closing,
    /// The frame of an upgraded connection is on its way and back; so many bytes of it have come.
    Echo(usize),
    /// Nothing is asked: nothing may come.
    Idle,
    Response,
}

/// What becomes of a connection after an event.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Nothing more to do; the connection stays open.
    Idle,
    /// This connection is done.
    Over,
    Wait,
}

/// A masked text frame "hello" (RFC 6455, 5.7), which the origin sends back as it is.
const FRAME: &[u8] = &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

impl Client {
    /// Connects, and sends the first request.
    pub(crate) fn open(plan: &Plan, number: usize) -> io::Result<Self> {
        let started = Instant::now();
        let stream = TcpStream::connect(plan.address)?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let ask = number % plan.asks.len().max(1);
        let mut client = Self { stream, ask, reader: Reader::default(), started, phase: Phase::Response };
        client.send(plan)?;
        Ok(client)
    }

    /// Sends the next request on a connection that is done with the last.
    pub(crate) fn resume(&mut self, plan: &Plan) -> io::Result<()> {
        self.resume_due(plan, Instant::now())
    }

    /// Sends a request that should have been sent then.
    pub(crate) fn resume_due(&mut self, plan: &Plan, due: Instant) -> io::Result<()> {
        (self.phase, self.started) = (Phase::Response, due);
        self.send(plan)
    }

    /// Reads what is there and goes on; an error is a fault of the proxy and ends the connection.
    pub(crate) fn ready(&mut self, run: &mut Run<'_>, scratch: &mut [u8]) -> Result<Step, String> {
        let read = match self.stream.read(scratch) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Step::Wait),
            Err(_) if matches!(self.phase, Phase::Closing) => 0,
            Err(error) => return Err(format!("reading: {error}")),
        };
        let bytes = scratch.get(..read).unwrap_or_default();
        match self.phase {
            Phase::Closing if read == 0 => {
                run.finished += 1;
                Ok(Step::Over)
            }
            Phase::Closing => Err(format!("{read} bytes after the response to a request that asked to close")),
            Phase::Idle if read == 0 => Err("an idle connection was closed".into()),
            Phase::Idle => Err(format!("{read} bytes came on an idle connection")),
            _ if read == 0 => Err("closed before the response was complete".into()),
            Phase::Echo(seen) => self.echoed(run, seen, bytes),
            Phase::Response => self.response(run, bytes),
        }
    }

    fn response(&mut self, run: &mut Run<'_>, bytes: &[u8]) -> Result<Step, String> {
        let plan = run.plan;
        if !self.reader.feed(bytes, &self.asked(plan)?.expect)? {
            return Ok(Step::Wait);
        }
        run.latencies.push(self.started.elapsed().as_nanos() as u64);
        match plan.style {
            Style::Close => self.phase = Phase::Closing,
            Style::Hold => {
                self.stream.write_all(FRAME).map_err(|error| format!("sending a frame: {error}"))?;
                self.phase = Phase::Echo(0);
            }
            Style::Keep => {
                run.finished += 1;
                self.phase = Phase::Idle;
                return Ok(Step::Idle);
            }
            Style::KeepAlive | Style::Paced | Style::Streams(_) | Style::Calls(..) => {
                run.finished += 1;
                if !run.issue() {
                    self.phase = Phase::Idle;
                    return Ok(Step::Idle);
                }
                self.resume(plan).map_err(|error| format!("sending: {error}"))?;
            }
        }
        Ok(Step::Wait)
    }

    fn echoed(&mut self, run: &mut Run<'_>, seen: usize, bytes: &[u8]) -> Result<Step, String> {
        let now = seen + bytes.len();
        if FRAME.get(seen..now) != Some(bytes) {
            return Err("an upgraded connection sent back other bytes".into());
        }
        if now < FRAME.len() {
            self.phase = Phase::Echo(now);
            return Ok(Step::Wait);
        }
        run.finished += 1;
        self.phase = Phase::Idle;
        Ok(Step::Idle)
    }

    fn send(&mut self, plan: &Plan) -> io::Result<()> {
        let ask = self.asked(plan).map_err(io::Error::other)?;
        // A request is a few hundred bytes and the one before it was answered: it always fits.
        self.stream.write_all(&ask.request)
    }

    fn asked<'a>(&self, plan: &'a Plan) -> Result<&'a Ask, String> {
        plan.asks.get(self.ask).ok_or_else(|| "a plan without requests".into())
    }
}
