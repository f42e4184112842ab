//! Samples: what a configuration can ask of a message, a connection or the process, and how it prints the answer.
//!
//! A [`Fetch`](row::Fetch) row finds a [`Value`], [`Convert`](row::Convert) rows change it, an [`Expr`] is one of the
//! first with any number of the second, and a `Format` is text with expressions in it
//! (manual, sections 7.1 to 7.3 and 8.2.6). All of it is pure: the outside world is a [`Stream`] of plain facts and an
//! [`Env`] that answers questions about the process.

#![forbid(unsafe_code)]

pub mod arg;
pub mod base64;
pub mod below;
pub mod convert;
pub mod crypt;
mod date;
pub mod env;
pub mod expr;
pub mod fetch;
pub mod format;
mod hash;
pub mod map;
pub mod names;
pub mod regexes;
pub mod row;
pub mod set;
pub mod stream;
pub mod table;
mod timers;
pub mod value;

pub use below::Below;
pub use env::Env;
pub use expr::{Expr, Parse, VarNames};
pub use format::Format;
pub use row::{Absent, Arg, Args, Fetched, Places};
pub use stream::{Conn, Cx, Stream};
pub use value::{Type, Value};
