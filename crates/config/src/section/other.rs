//! Sections that are neither `global`, proxies nor userlists: which of them are obeyed, and their lines by name.

use crate::{
    facts,
    keyword::{
        errors,
        stick_table::{self, StickTableDraft},
    },
    line::{Cx, Line, not_obeyed, not_supported},
    row::{Support, nearest},
};
use source::{Diagnostic, Word};
use syntax::Section;

/// The types of sections and how far each is obeyed. What one that is only parsed would do needs a word elsewhere
/// that is refused: `server … resolvers`, `http-request cache-use`, `log … profile`.
pub const TABLE: &[(&str, Support)] = &[
    ("acme", Support::Parsed),
    ("backend", Support::Full),
    ("cache", Support::Parsed),
    ("crt-store", Support::Parsed),
    ("defaults", Support::Full),
    ("fcgi-app", Support::Parsed),
    ("frontend", Support::Full),
    ("global", Support::Full),
    ("healthcheck", Support::Parsed),
    ("http-errors", Support::Full),
    ("listen", Support::Full),
    ("log-forward", Support::Refused),
    ("log-profile", Support::Parsed),
    ("mailers", Support::Parsed),
    ("namespace_list", Support::Parsed),
    ("peers", Support::Full),
    ("program", Support::Refused),
    ("resolvers", Support::Parsed),
    ("ring", Support::Parsed),
    ("traces", Support::Parsed),
    ("userlist", Support::Full),
];

pub fn is_section(word: &[u8]) -> bool {
    TABLE.iter().any(|(name, _)| name.as_bytes() == word)
}

/// Says whether the section is obeyed, and checks its words by name.
pub fn read(cx: &mut Cx<'_>, section: &Section) {
    let keyword = section.header.keyword();
    let name = keyword.show();
    match TABLE.iter().find(|(known, _)| *known == name).map(|(_, support)| *support) {
        _ if name == "program" => {
            let message = "unknown keyword 'program' out of section: it left in HAProxy 3.3";
            let help = "run the program under a supervisor of its own";
            return cx.diagnostics.push(Diagnostic::alert("removed-keyword", keyword.span, message).help(help));
        }
        Some(Support::Refused) => cx.diagnostics.push(not_supported(keyword.span, &name)),
        _ => cx.diagnostics.push(not_obeyed(keyword.span, &name)),
    }
    for line in &section.lines {
        if !knows(&name, &line.words) {
            cx.diagnostics.push(unknown(&name, line.keyword()));
        }
    }
}

/// Whether a section has this word, or two of them.
fn knows(section: &str, words: &[Word]) -> bool {
    let words = if words.first().is_some_and(|word| word.is("no")) { words.get(1..).unwrap_or(&[]) } else { words };
    facts::SECTIONS.iter().filter(|word| word.section == section).any(|known| {
        let parts: Vec<_> = known.word.split(' ').collect();
        parts.len() <= words.len() && parts.iter().zip(words).all(|(part, word)| word.is(part))
    })
}

fn unknown(section: &str, word: &Word) -> Diagnostic {
    let words = facts::SECTIONS.iter().filter(|known| known.section == section && known.word != "(section)");
    let near = nearest(word.bytes(), words.map(|known| known.word));
    let maybe = near.map(|near| format!("; did you mean '{near}' maybe ?")).unwrap_or_default();
    let message = format!("unknown keyword '{}' in '{section}' section{maybe}", word.show());
    Diagnostic::alert("unknown-keyword", word.span, message)
        .help(format!("see the manual for the words of '{section}'"))
}

/// The `peers` section: its tables are obeyed. There are no peers to share them with yet.
pub fn peers(cx: &mut Cx<'_>, section: &Section) -> Vec<(Vec<u8>, StickTableDraft)> {
    let Some(name) = section.header.args().first() else {
        let missing = Diagnostic::alert("missing-argument", section.header.span, "missing peers section name.");
        cx.diagnostics.push(missing.help("name the section"));
        return Vec::new();
    };
    let mut tables = Vec::new();
    for line in &section.lines {
        match line.keyword() {
            word if word.is("table") => tables.extend(table(cx, name, line)),
            word if knows("peers", &line.words) => cx.diagnostics.push(not_supported(word.span, &word.show())),
            word => cx.diagnostics.push(unknown("peers", word)),
        }
    }
    tables
}

/// `table NAME …`, which is known as `SECTION/NAME`.
fn table(cx: &mut Cx<'_>, section: &Word, line: &syntax::Directive) -> Option<(Vec<u8>, StickTableDraft)> {
    let mut line = Line::new(cx, "table", &line.words, 1);
    let name = line.need("missing stick-table name.")?;
    let table = stick_table::read(&mut line)?;
    Some(([section.bytes(), b"/", name.bytes()].concat(), table))
}

/// The `http-errors` section: pages that `errorfiles` and `http-request deny errorfiles` name.
pub fn http_errors(cx: &mut Cx<'_>, section: &Section) {
    let Some(name) = section.header.args().first() else {
        let message = "'http-errors' expects <name> as arguments.";
        return cx
            .diagnostics
            .push(Diagnostic::alert("missing-argument", section.header.span, message).help("name it"));
    };
    let mut pages = Vec::new();
    for line in &section.lines {
        if !line.keyword().is("errorfile") {
            cx.diagnostics.push(unknown("http-errors", line.keyword()));
            continue;
        }
        pages.extend(errors::read_file(&mut Line::new(cx, "errorfile", &line.words, 1)));
    }
    cx.http_errors.insert(name.bytes().to_vec(), pages);
}
