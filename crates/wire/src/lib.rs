//! Sans-I/O codecs: HTTP/1, PROXY protocol. Bytes in, events out; no clock, no socket.
