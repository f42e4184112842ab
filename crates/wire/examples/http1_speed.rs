//! Times the HTTP/1 codec on typical messages: `cargo run --release -p evenkeel-wire --example http1_speed [WORD]`,
//! where WORD picks the rows whose name has it.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use message::Head;
use wire::http1::{Asked, Body, Framing, Limits, parse_request, parse_response, write_head};

const SMALL: &[u8] = b"GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: load/1.0\r\nAccept: */*\r\n\r\n";

const BROWSER: &[u8] = b"GET /socket.io/?EIO=4&transport=polling&t=abcdefg&sid=0123456789abcdefghij HTTP/1.1\r\n\
Host: www.example.org\r\nConnection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 \
(KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\nAccept: */*\r\nSec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: http://www.example.org/\r\nAccept-Encoding: gzip, deflate\r\n\
Accept-Language: en-GB,en;q=0.9\r\nCookie: SERVERID=s1; theme=dark; session=0123456789abcdef0123456789abcdef\r\n\r\n";

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 11:00:00 GMT\r\nServer: origin\r\n\
Content-Type: text/plain\r\nContent-Length: 34\r\n\r\n";

const ROUNDS: u32 = 300_000;

fn main() {
    let limits = Limits::default();
    let (mut head, mut out) = (Head::default(), Vec::with_capacity(4096));
    for (name, raw) in [("small", SMALL), ("browser", BROWSER)] {
        time(&format!("request, {name}: parse"), || {
            assert!(parse_request(black_box(raw), &limits, &mut head).is_ok_and(|p| p.is_some()));
        });
        time(&format!("request, {name}: write"), || {
            out.clear();
            write_head(black_box(&head), None, &mut out);
        });
    }
    time("answer: parse", || {
        assert!(parse_response(black_box(ANSWER), &limits, Asked::Other, &mut head).is_ok_and(|p| p.is_some()));
    });
    time("answer: write", || {
        out.clear();
        write_head(black_box(&head), None, &mut out);
    });
    let chunks = [b"400\r\n".as_slice(), &[b'x'; 1024], b"\r\n"].concat().repeat(8);
    time("8 chunks of 1 KiB: decode", || {
        let (mut body, mut at) = (Body::new(Framing::Chunked), 0);
        while at < chunks.len() {
            at += body.decode(black_box(&chunks[at..]), &limits, &mut head).map_or(chunks.len(), |d| d.consumed);
        }
    });
}

/// Prints the best of five rounds, in nanoseconds for each run.
fn time(name: &str, mut run: impl FnMut()) {
    if std::env::args().nth(1).is_some_and(|word| !name.contains(&word)) {
        return;
    }
    let round = |_| {
        let start = Instant::now();
        (0..ROUNDS).for_each(|_| run());
        start.elapsed()
    };
    let best = (0..5).map(round).min().unwrap_or_default();
    println!("{name:32} {:8.1} ns", best.as_nanos() as f64 / f64::from(ROUNDS));
}
