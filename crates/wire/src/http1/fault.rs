//! Why a message was refused, and where.

use std::fmt;

/// A refused message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    /// Offset of the offending byte in the buffer that was read.
    pub at: usize,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A chunk does not end where its size said.
    ChunkEnd,
    /// A chunk extension with a control byte, or longer than a buffer.
    ChunkExtension,
    /// A chunk size that is none, or is too large.
    ChunkSize,
    ContentLength,
    /// A field line without a colon, or a bare CR.
    FieldLine,
    FieldName,
    FieldValue,
    /// `Host` is malformed, repeated with another value, or at odds with the target.
    Host,
    /// The head does not fit the buffer.
    HeadTooLarge,
    LineEnd,
    Method,
    /// HTTP/1.0 GET, HEAD and DELETE have no body.
    Payload,
    /// The HTTP/2 preface where HTTP/1 is spoken.
    Preface,
    /// Method `PRI`, which is reserved.
    Pri,
    Status,
    Target,
    /// The request line alone does not fit the buffer.
    TargetTooLong,
    TooManyFields,
    TransferEncoding,
    /// A coding besides `chunked`.
    TransferCoding,
    Version,
    /// A websocket handshake without a usable key, or an answer to one without `Sec-WebSocket-Accept`.
    WebSocket,
}

impl Fault {
    /// The status that HAProxy answers to a request with this fault.
    pub fn status(self) -> u16 {
        match self.kind {
            Kind::Payload => 413,
            Kind::Preface => 405,
            Kind::TargetTooLong => 414,
            Kind::TransferCoding => 422,
            Kind::HeadTooLarge => 431,
            _ => 400,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.kind {
            Kind::ChunkEnd => "a chunk is longer than its size says",
            Kind::ChunkExtension => "a chunk extension is malformed or too long",
            Kind::ChunkSize => "a chunk size is malformed or too large",
            Kind::ContentLength => "the content-length is no number, or there are several",
            Kind::FieldLine => "a header line has no colon, or starts with a space or a bare CR",
            Kind::FieldName => "a header name is empty, too long, or has a character that names must not have",
            Kind::FieldValue => "a header value has a NUL or a bare CR",
            Kind::Host => "the host is malformed, repeated, or not that of the request target",
            Kind::HeadTooLarge => "the header does not fit the buffer",
            Kind::LineEnd => "a CR is not followed by LF",
            Kind::Method => "the method is malformed",
            Kind::Payload => "an HTTP/1.0 GET, HEAD or DELETE has a body",
            Kind::Preface => "HTTP/2 preface where HTTP/1 is spoken",
            Kind::Pri => "the method PRI is reserved",
            Kind::Status => "the status line is malformed",
            Kind::Target => "the request target is malformed",
            Kind::TargetTooLong => "the request line does not fit the buffer",
            Kind::TooManyFields => "there are too many header lines",
            Kind::TransferEncoding => "the transfer-encoding is malformed or does not end with chunked",
            Kind::TransferCoding => "a transfer coding other than chunked is not supported",
            Kind::Version => "the protocol version is malformed",
            Kind::WebSocket => "the websocket handshake has no valid key",
        };
        write!(f, "{text}, at byte {}", self.at)
    }
}

impl std::error::Error for Fault {}
