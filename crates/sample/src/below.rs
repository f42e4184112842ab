//! What is below a stream: its connection, and the multiplexer that the stream is one of. The engine implements it.

use std::fmt::Debug;

/// A connection that streams may ask and set while it lives. Every answer has a default, so that a test implements what
/// it needs.
pub trait Below: Debug {
    /// What the kernel measures on it; `None` where it is not of TCP.
    fn tcp(&self) -> Option<TcpInfo> {
        None
    }

    /// The packet that opened it, where `tcp-ss` made the kernel keep it.
    fn saved_syn(&self) -> Option<Vec<u8>> {
        None
    }

    /// The mark that the kernel gives to packets: `set-fc-mark`.
    fn set_mark(&self, _mark: u32) {}

    /// The type of service, or traffic class, of packets: `set-fc-tos`.
    fn set_tos(&self, _tos: u8) {}

    /// Streams that are open on it.
    fn streams(&self) -> u32 {
        1
    }

    /// How many streams may be open at once.
    fn stream_limit(&self) -> u32 {
        1
    }

    /// What was odd, but harmless by itself.
    fn glitches(&self) -> u32 {
        0
    }

    /// The code by which the peer has reset a stream.
    fn reset_code(&self, _stream: u32) -> Option<u32> {
        None
    }

    /// Its states, layer by layer, for [`Layer`]s whose bit is set.
    fn describe(&self, _layers: u32, _stream: u32) -> String {
        String::new()
    }
}

/// The bits of `fs.debug_str` and `bs.debug_str` (manual, section 7.3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Layer {
    Stream = 1,
    Mux = 2,
    Connection = 8,
    Socket = 16,
}

/// What Linux tells of a connection by `TCP_INFO`. Times are in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TcpInfo {
    pub rtt: u32,
    pub rttvar: u32,
    pub unacked: u32,
    pub sacked: u32,
    pub lost: u32,
    pub retrans: u32,
    pub fackets: u32,
    pub reordering: u32,
}
