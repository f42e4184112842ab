//! `capture …` and `declare capture` (manual, section 4.2).

use crate::{
    draft::ProxyDraft,
    ir::{Capture, CookieCapture},
    line::Line,
    row::ProxyRow,
};

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("capture cookie", cookie).ok(&["capture cookie ID= len 5"]).bad(&[
        "capture cookie",
        "capture cookie X",
        "capture cookie X len",
        "capture cookie X len a",
    ]),
    ProxyRow::full("capture request header", |line, proxy| {
        let capture = header(line, "request")?;
        proxy.captures.request.push(capture.len);
        proxy.req_captures.push(capture);
        Some(())
    })
    .bad(&["capture request header", "capture request header X len", "capture request header X len b"]),
    ProxyRow::full("capture response header", |line, proxy| {
        let capture = header(line, "response")?;
        proxy.captures.response.push(capture.len);
        proxy.res_captures.push(capture);
        Some(())
    }),
    ProxyRow::full("declare capture", declare).ok(&["declare capture response len 5"]).bad(&[
        "declare capture",
        "declare capture foo len 5",
        "declare capture request len",
    ]),
];

fn cookie(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const USAGE: &str = "'capture' expects 'cookie' <cookie_name> 'len' <len>.";
    let word = line.need(USAGE)?.bytes();
    let len = length(line, USAGE)?;
    // A name with its `=` is the whole name; without, it is the start of one.
    let (name, prefix) = word.strip_suffix(b"=").map_or((word, true), |name| (name, false));
    proxy.cookie_capture = Some(CookieCapture { name: name.to_vec(), prefix, len });
    Some(())
}

fn header(line: &mut Line<'_, '_>, side: &str) -> Option<Capture> {
    let usage = format!("'capture {side}' expects 'header' <header_name> 'len' <len>.");
    let name = line.need(&usage)?.bytes().to_ascii_lowercase();
    let len = length(line, &usage)?;
    Some(Capture { name, len })
}

fn length(line: &mut Line<'_, '_>, usage: &str) -> Option<usize> {
    if !line.take("len") {
        return line.fail("missing-argument", usage);
    }
    let len = line.int(1, 65535, usage)?;
    line.end()?;
    Some(len)
}

fn declare(line: &mut Line<'_, '_>, proxy: &mut ProxyDraft) -> Option<()> {
    const DIRECTION: &str = "'declare capture' requires a direction ('request' or 'response')";
    let request = line.choice(&[("request", true), ("response", false)], DIRECTION)?;
    let len = length(line, "'declare capture': 'len' requires a numeric value that represents the capture length")?;
    let capture = Capture { name: Vec::new(), len };
    if request {
        proxy.captures.request.push(len);
        proxy.req_captures.push(capture);
    } else {
        proxy.captures.response.push(len);
        proxy.res_captures.push(capture);
    }
    Some(())
}
