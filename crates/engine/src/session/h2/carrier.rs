//! What samples may ask of a connection that carries many streams.

use super::mux::{Mux, Peer};
use crate::{io::Io, upstream::multi::Line};
use sample::{
    Below,
    below::{Layer, TcpInfo},
};
use std::{
    cell::RefCell,
    fmt::Write,
    rc::{Rc, Weak},
};

/// A client's connection: its socket, and the streams on it.
#[derive(Debug)]
pub struct Carrier {
    pub mux: Rc<RefCell<Mux>>,
    pub io: Rc<Io>,
}

impl Carrier {
    pub fn below(self: &Rc<Carrier>) -> Weak<dyn Below> {
        let carrier: Weak<dyn Below> = Rc::<Carrier>::downgrade(self);
        carrier
    }
}

/// Both ends are asked alike: what their sockets know, and what their streams do.
macro_rules! below {
    ($of:ty) => {
        impl Below for $of {
            fn tcp(&self) -> Option<TcpInfo> {
                self.io.tcp()
            }

            fn saved_syn(&self) -> Option<Vec<u8>> {
                self.io.saved_syn()
            }

            fn set_mark(&self, mark: u32) {
                self.io.set_mark(mark);
            }

            fn set_tos(&self, tos: u8) {
                self.io.set_tos(tos);
            }

            fn streams(&self) -> u32 {
                self.mux.borrow().running
            }

            fn stream_limit(&self) -> u32 {
                self.mux.borrow().stream_limit()
            }

            fn glitches(&self) -> u32 {
                self.mux.borrow().glitches
            }

            fn reset_code(&self, stream: u32) -> Option<u32> {
                self.mux.borrow().streams.get(&stream)?.reset
            }

            fn describe(&self, layers: u32, stream: u32) -> String {
                let mut text = self.mux.borrow().describe(layers, stream);
                text.push_str(&self.io.describe(layers & !(Layer::Mux as u32 | Layer::Stream as u32), stream));
                text
            }
        }
    };
}

below!(Carrier);
below!(Line);

impl Mux {
    /// How many streams may be open: what we let a client open, or a server lets us.
    fn stream_limit(&self) -> u32 {
        match self.peer {
            Peer::Client => self.settings.max_streams,
            Peer::Server => self.send.max_streams.min(self.settings.max_streams),
        }
    }

    fn describe(&self, layers: u32, stream: u32) -> String {
        let mut text = String::new();
        if let Some(state) = self.streams.get(&stream).filter(|_| layers & Layer::Stream as u32 != 0) {
            let _ = write!(
                text,
                "h2s={stream} .complete={} .answered={} .rxbuf={} .rxwin={} .txwin={} ",
                state.complete,
                state.answered,
                state.received.len(),
                state.receive_window,
                state.send_window,
            );
        }
        if layers & Layer::Mux as u32 != 0 {
            let _ = write!(
                text,
                "h2c .streams={} .last={} .glitches={} .out={} .rxwin={} .txwin={} ",
                self.running,
                self.receive.last,
                self.glitches,
                self.out.len(),
                self.receive.window,
                self.send.window,
            );
        }
        text
    }
}
