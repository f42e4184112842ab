//! HTTP/2 clients, through hyper.

use super::{Session, h1::Conn};

/// Serves a client's connection whose preface has come.
pub async fn serve(_session: Session, _conn: Conn) {}
