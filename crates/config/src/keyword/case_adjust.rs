//! `h1-case-adjust` and `h1-case-adjust-file`: field names for peers that mind their case (manual, section 3.1).

use crate::{draft::GlobalDraft, keyword::errors::read_bytes, line::Line, row::GlobalRow};

pub static TABLE: &[GlobalRow] = &[
    GlobalRow::full("h1-case-adjust", |line, draft| {
        let missing = "'h1-case-adjust' expects 2 arguments";
        let (from, to) = (line.need(missing)?, line.need(missing)?);
        adjust(line, draft, from.bytes(), to.bytes())?;
        line.end()
    })
    .ok(&["h1-case-adjust content-length Content-Length"])
    .bad(&["h1-case-adjust host", "h1-case-adjust Host HOST", "h1-case-adjust host Server"]),
    GlobalRow::full("h1-case-adjust-file", |line, draft| {
        let raw = read_bytes(line, "'h1-case-adjust-file' expects a file path")?;
        for text in raw.split(|b| *b == b'\n') {
            let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            match (words.next(), words.next(), words.next()) {
                (None, ..) => {}
                (Some([b'#', ..]), ..) => {}
                (Some(from), Some(to), None) => adjust(line, draft, from, to)?,
                _ => return line.fail("bad-argument", "'h1-case-adjust-file' : a line does not hold two names."),
            }
        }
        line.end()
    })
    .bad(&["h1-case-adjust-file"]),
];

fn adjust(line: &mut Line<'_, '_>, draft: &mut GlobalDraft, from: &[u8], to: &[u8]) -> Option<()> {
    let names = (String::from_utf8_lossy(from), String::from_utf8_lossy(to));
    let lower = !from.iter().any(u8::is_ascii_uppercase);
    if !lower || !from.eq_ignore_ascii_case(to) {
        let message = format!(
            "'{}' : '{}' must be in lower case, and '{}' may differ from it in its case only.",
            line.name, names.0, names.1
        );
        return line.fail("bad-argument", message);
    }
    if draft.global.case_adjust.iter().any(|(known, _)| known == from) {
        return line.fail("bad-argument", format!("'{}' : duplicate entry '{}'.", line.name, names.0));
    }
    draft.global.case_adjust.push((from.to_vec(), to.to_vec()));
    Some(())
}
