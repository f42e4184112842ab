//! The head of an HTTP message: method, target, version, headers in order. Knows no socket.
