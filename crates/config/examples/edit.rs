//! Changes the value of the first `maxconn`, and leaves every other byte as it is: `cargo run --example edit -- FILE N`.

use config::host::Plain;
use source::Files;
use std::io::{self, Write};
use syntax::{Edit, document};

fn main() -> io::Result<()> {
    let usage = || io::Error::other("usage: edit FILE NUMBER");
    let mut args = std::env::args().skip(1);
    let (name, number) = (args.next().ok_or_else(usage)?, args.next().ok_or_else(usage)?);
    let mut files = Files::default();
    let id = files.add(&name, &std::fs::read(&name)?);
    let parsed = config::parse(&files, &[id], &Plain { lenient: true, ..Plain::default() });
    let mut lines = parsed.sections.iter().flat_map(|section| &section.lines);
    let value = lines.find(|line| line.keyword().is("maxconn")).and_then(|line| line.args().first());
    let edits = value.map(|word| Edit { span: word.span, text: number.into_bytes() });
    io::stdout().write_all(&document(files.text(id), id).edited(edits.as_slice()))
}
