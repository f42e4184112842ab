//! HTTP/2: frames, header compression, and heads in the form that the same message has in HTTP/1.

mod fields;
pub mod frame;
pub mod hpack;
mod huffman;
mod request;
mod response;
mod trailers;

pub use fields::{Limits, Refusal};
pub use frame::{Error, Frame, Next};
pub use hpack::{Decoder, Malformed};
pub use request::{Request, Scratch, read_request, write_request};
pub use response::{read_response, write_response};
pub use trailers::{read_trailers, write_trailers};
