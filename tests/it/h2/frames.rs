//! Frames as lines of text, both ways.

use wire::http2::{
    Decoder, Frame, Next,
    frame::{self, flag, kind},
    hpack,
};

/// The bytes of one line:
///
/// * `1 head :method=GET x=1`, `1 data hello`, with `!` behind the verb if the stream ends with it,
/// * `1 reset 8`, `1 window 100`, `0 ping abcdefgh`, `0 goaway 0 1`, `0 settings 4=100 …`, `0 ack`,
/// * `1 raw KIND FLAGS text`, `1 hex KIND FLAGS 8286`, `1 fill KIND FLAGS 100` for so many letters.
pub(crate) fn write(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (stream, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let stream: u32 = stream.parse().expect("a line begins with a stream");
    let number = |text: &str| text.parse::<u32>().expect("a number");
    let (verb, end) = (verb.trim_end_matches('!'), verb.ends_with('!'));
    let ends = if end { flag::END_STREAM } else { 0 };
    match verb {
        "head" => {
            let mut block = Vec::new();
            for field in rest.split(' ').filter(|f| !f.is_empty()) {
                let (name, value) = field[1..].split_once('=').map_or(("", ""), |(n, v)| (&field[..=n.len()], v));
                hpack::encode(name.as_bytes(), value.replace('_', " ").as_bytes(), &mut block);
            }
            frame::write_block(&block, stream, end, frame::PAYLOAD, &mut out);
        }
        "data" => payload(kind::DATA, ends, stream, rest.as_bytes(), &mut out),
        "reset" => payload(kind::RST_STREAM, 0, stream, &number(rest).to_be_bytes(), &mut out),
        "window" => payload(kind::WINDOW_UPDATE, 0, stream, &number(rest).to_be_bytes(), &mut out),
        "ping" => payload(kind::PING, 0, stream, rest.as_bytes(), &mut out),
        "ack" => payload(kind::SETTINGS, flag::ACK, stream, b"", &mut out),
        "goaway" => {
            let words: Vec<u8> = rest.split(' ').flat_map(|word| number(word).to_be_bytes()).collect();
            payload(kind::GOAWAY, 0, stream, &words, &mut out);
        }
        "settings" => {
            let pair = |text: &str| text.split_once('=').map(|(id, value)| (number(id) as u16, number(value)));
            frame::write_settings(&rest.split(' ').filter_map(pair).collect::<Vec<_>>(), &mut out);
        }
        "raw" => {
            let mut words = rest.splitn(3, ' ');
            let mut byte = || number(words.next().unwrap_or("0")) as u8;
            let (kind, flags) = (byte(), byte());
            payload(kind, flags, stream, words.next().unwrap_or("").as_bytes(), &mut out);
        }
        "hex" | "fill" => {
            let words: Vec<&str> = rest.split(' ').collect();
            let (kind, flags, text) = (number(words[0]) as u8, number(words[1]) as u8, words[2]);
            let bytes = match verb {
                "fill" => vec![b'x'; number(text) as usize],
                _ => {
                    (0..text.len() / 2).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).expect("hex")).collect()
                }
            };
            payload(kind, flags, stream, &bytes, &mut out);
        }
        other => panic!("unknown verb {other}"),
    }
    out
}

fn payload(kind: u8, flags: u8, stream: u32, bytes: &[u8], out: &mut Vec<u8>) {
    frame::write_head(bytes.len(), kind, flags, stream, out);
    out.extend_from_slice(bytes);
}

/// Reads frames into lines as [`write`] takes them, as they come.
#[derive(Debug)]
pub(crate) struct Reader {
    decoder: Decoder,
    /// A header block without its end.
    block: Vec<u8>,
    ends: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self { decoder: Decoder::new(4096), block: Vec::new(), ends: false }
    }
}

impl Reader {
    /// Takes one frame from the front. Outer `None`: it is not whole. Settings, windows and what is said of dates are
    /// left out.
    pub(crate) fn next(&mut self, bytes: &mut Vec<u8>) -> Option<Option<String>> {
        let Next::Frame(frame) = Frame::read(bytes, 1 << 20) else { return None };
        let (line, len) = (self.line(&frame), frame.size());
        bytes.drain(..len);
        Some(line)
    }

    fn line(&mut self, frame: &Frame<'_>) -> Option<String> {
        let (stream, end) = (frame.stream, if frame.has(flag::END_STREAM) { "!" } else { "" });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let word = |at| frame::word(frame.payload, at).unwrap_or(0);
        Some(match frame.kind {
            kind::DATA => format!("{stream} data{end} {}", text(frame.unpadded()?)),
            kind::HEADERS | kind::CONTINUATION => return self.head(frame),
            kind::RST_STREAM => format!("{stream} reset {}", word(0)),
            kind::PING => format!("{stream} ping {} {}", frame.flags, text(frame.payload)),
            kind::GOAWAY => format!("{stream} goaway {} {}", word(0), word(4)),
            _ => return None,
        })
    }

    fn head(&mut self, frame: &Frame<'_>) -> Option<String> {
        if frame.kind == kind::HEADERS {
            self.block.clear();
            self.ends = frame.has(flag::END_STREAM);
        }
        self.block.extend_from_slice(frame.payload);
        if !frame.has(flag::END_HEADERS) {
            return None;
        }
        let mut line = format!("{} head{}", frame.stream, if self.ends { "!" } else { "" });
        let decoded = self.decoder.decode(&self.block, |name, value| {
            line += &format!(" {}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value).replace(' ', "_"));
        });
        assert!(decoded.is_ok(), "header blocks can be read");
        Some(line)
    }
}

/// Puts pieces of payload together that were cut in one way or another; streams one after the other.
pub(crate) fn tidy(lines: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in lines {
        let piece = |text: &str| text.split_once(" data").map(|(stream, rest)| (stream.to_owned(), rest.to_owned()));
        let at = out.iter().rposition(|before| before.split(' ').next() == line.split(' ').next());
        match (at.map(|at| (at, piece(&out[at]))), piece(&line)) {
            (Some((at, Some((_, before)))), Some((stream, now))) if !before.starts_with('!') => {
                let (end, text) = now.split_once(' ').unwrap_or((&now, ""));
                out[at] = format!("{stream} data{end} {}{text}", before.trim_start_matches(' '));
            }
            _ => out.push(line),
        }
    }
    out.sort_by_key(|line| line.split(' ').next().and_then(|n| n.parse::<u32>().ok()));
    out
}

#[test]
fn lines_are_written_and_read() {
    let lines = ["1 head! :method=GET x=a_b", "3 data! hello", "0 goaway 1 2", "5 reset 8"];
    let mut bytes: Vec<u8> = lines.iter().flat_map(|line| write(line)).collect();
    let mut reader = Reader::default();
    let mut seen = Vec::new();
    while let Some(line) = reader.next(&mut bytes) {
        seen.extend(line);
    }
    assert_eq!(seen, lines);
    let cut = ["1 data he", "3 head x=1", "1 data! llo"].map(str::to_owned).to_vec();
    assert_eq!(tidy(cut), ["1 data! hello", "3 head x=1"]);
}
