//! What can go wrong with a stream: whose fault it is, in which phase, and what follows from it.

/// A stream that could not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub phase: Phase,
}

/// What went wrong, and thereby whose fault it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The client closed, or its connection broke.
    ClientAbort,
    /// The client sent what is not HTTP.
    ClientProtocol,
    ClientTimeout,
    /// We ran out of something, or were told to end.
    Internal,
    /// A command ended it.
    Killed,
    /// No server to send to.
    NoServer,
    QueueTimeout,
    /// The server closed, refused, or its connection broke.
    ServerAbort,
    ServerProtocol,
    ServerTimeout,
}

/// How far the stream had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting for a whole request.
    Request,
    Queue,
    Connect,
    /// Waiting for the response's head.
    Headers,
    /// Moving bodies.
    Data,
    /// The server is done, the client has not got everything yet.
    Last,
}

impl Fault {
    pub fn new(kind: Kind, phase: Phase) -> Fault {
        Fault { kind, phase }
    }

    /// The status of our answer, where none has been sent yet; `None` = just close (manual, section 1.3.1).
    pub fn status(self) -> Option<u16> {
        match (self.kind, self.phase) {
            (Kind::ClientProtocol, _) => Some(400),
            (Kind::ClientTimeout, Phase::Request) => Some(408),
            (Kind::ClientAbort, Phase::Request) => Some(400),
            (Kind::ClientAbort | Kind::ClientTimeout, Phase::Queue | Phase::Connect) => Some(503),
            (Kind::ClientAbort | Kind::ClientTimeout, _) => Some(400),
            (Kind::Internal | Kind::Killed, _) => Some(500),
            (Kind::NoServer | Kind::QueueTimeout, _) => Some(503),
            (Kind::ServerAbort | Kind::ServerTimeout, Phase::Queue | Phase::Connect) => Some(503),
            (Kind::ServerTimeout, _) => Some(504),
            (Kind::ServerAbort | Kind::ServerProtocol, _) => Some(502),
        }
    }

    /// The first two letters of the termination state (manual, section 8.5).
    pub fn state(self) -> [u8; 2] {
        let who = match self.kind {
            Kind::ClientAbort => b'C',
            Kind::ClientProtocol | Kind::ServerProtocol => b'P',
            Kind::ClientTimeout => b'c',
            Kind::Internal => b'I',
            Kind::Killed => b'K',
            Kind::NoServer | Kind::ServerAbort => b'S',
            Kind::QueueTimeout | Kind::ServerTimeout => b's',
        };
        let when = match self.phase {
            Phase::Request => b'R',
            Phase::Queue => b'Q',
            Phase::Connect => b'C',
            Phase::Headers => b'H',
            Phase::Data => b'D',
            Phase::Last => b'L',
        };
        [who, when]
    }

    /// Whether the stream broke off, rather than that a side was silent for too long.
    pub fn aborts(self) -> bool {
        !matches!(self.kind, Kind::ClientTimeout | Kind::ServerTimeout)
    }

    /// Whether the server is to blame, so that its counters and `observe` take note.
    pub fn blames_server(self) -> bool {
        matches!(self.kind, Kind::ServerAbort | Kind::ServerProtocol | Kind::ServerTimeout)
    }
}
