//! Connections to servers that speak HTTP/2: `proto h2` (manual, section 5.2).

use super::{
    mux::{Mux, Peer},
    pump::Pump,
    settings::Settings,
    stream::{Link, Place, Reader, Writer},
};
use crate::{
    io::Io,
    session::h1::Conn,
    upstream::{multi::Line, pool::Announced},
};
use config::ir::Tune;
use message::Head;
use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Context, Poll},
};

/// Begins to speak HTTP/2 on a connection that has just been opened, behind what was queued on it.
pub fn begin(conn: Conn, tune: &Tune, accept_unsafe: bool, announced: Announced, owner: Owner) -> Rc<Line> {
    let settings = Settings::back(tune, accept_unsafe);
    let mut mux = Mux::new(Peer::Server, settings);
    let introduction = conn.writer.into_queued();
    mux.control(|out| {
        out.extend_from_slice(&introduction);
        settings.announce(Peer::Server, out);
    });
    let mux = Rc::new(RefCell::new(mux));
    let io = conn.reader.io().clone();
    let pump = Pump::new(mux.clone(), conn.reader);
    tokio::task::spawn_local(run(pump));
    Rc::new(Line { mux, io, owner: Cell::new(owner), announced })
}

/// The client whose requests a connection carries: both its addresses.
pub type Owner = Option<(SocketAddr, SocketAddr)>;

/// One request's stream on a server's connection.
#[derive(Debug)]
pub struct Asking {
    pub reader: Reader,
    pub writer: Writer,
    pub place: Place,
}

impl Line {
    /// Opens a stream for a request.
    pub fn ask(&self, head: &Head, upgrades: bool) -> Asking {
        let id = self.mux.borrow_mut().ask(head.method() == b"HEAD", upgrades);
        let link = Link { mux: self.mux.clone(), id };
        Asking {
            reader: Reader::new(link.clone(), false, false),
            writer: Writer::asking(link.clone()),
            place: Place(link),
        }
    }

    pub fn io(&self) -> &Rc<Io> {
        &self.io
    }
}

/// Moves a connection's bytes until it has ended and all its exchanges with it.
async fn run(mut pump: Pump) {
    let mut gone = false;
    poll_fn(|cx| poll(&mut pump, &mut gone, cx)).await;
}

fn poll(pump: &mut Pump, gone: &mut bool, cx: &mut Context<'_>) -> Poll<()> {
    pump.mux.borrow_mut().watch(cx);
    *gone |= pump.receive(cx).is_err() || pump.send(cx).is_err();
    let mut mux = pump.mux.borrow_mut();
    if *gone {
        mux.closed = true;
        mux.drop_streams();
    }
    match mux.running == 0 && mux.is_ending() && (*gone || mux.out.is_empty()) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    }
}
