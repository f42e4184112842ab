//! The facts of the language's inventory: every word, where it is valid, what HAProxy 3.4.0 does with it.
//!
//! The tables under `data/` are HAProxy's vocabulary as observed; a row of ours joins the fact of the same words.

use std::sync::LazyLock;

/// What HAProxy does with a keyword in one type of section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Error,
    Ok,
    /// Ignored, with a warning.
    Warn,
}

/// The type of section a proxy's line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    AnonymousDefaults,
    NamedDefaults,
    Frontend,
    Listen,
    Backend,
}

impl Place {
    /// The word that opens such a section.
    pub fn word(self) -> &'static str {
        match self {
            Place::AnonymousDefaults | Place::NamedDefaults => "defaults",
            Place::Frontend => "frontend",
            Place::Listen => "listen",
            Place::Backend => "backend",
        }
    }

    pub fn is_defaults(self) -> bool {
        matches!(self, Place::AnonymousDefaults | Place::NamedDefaults)
    }
}

/// One keyword of proxies, or one of another table with less known about it.
#[derive(Debug, Clone)]
pub struct Fact {
    pub words: &'static str,
    /// The shape of the arguments, in the inventory's notation.
    pub args: &'static str,
    pub example: &'static str,
    /// `stable`, `deprecated`, `experimental` or `removed`.
    pub status: &'static str,
    pub named_defaults_only: bool,
    pub takes_no: bool,
    pub takes_default: bool,
    /// By [`Place`].
    pub verdicts: [Verdict; 5],
}

impl Fact {
    pub fn verdict(&self, place: Place) -> Verdict {
        self.verdicts[place as usize]
    }
}

/// The keywords of proxies.
pub static KEYWORDS: LazyLock<Vec<Fact>> = LazyLock::new(|| facts(include_str!("../data/keywords.tsv"), "keyword"));
/// The keywords of the global section.
pub static GLOBAL: LazyLock<Vec<Fact>> = LazyLock::new(|| facts(include_str!("../data/global.tsv"), "keyword"));
/// The parameters of `bind`.
pub static BIND: LazyLock<Vec<Fact>> = LazyLock::new(|| facts(include_str!("../data/bind_params.tsv"), "name"));
/// The parameters of `server`.
pub static SERVER: LazyLock<Vec<Fact>> = LazyLock::new(|| facts(include_str!("../data/server_params.tsv"), "name"));
/// Words of other versions that 3.4 rejects: (where, word, version in which it left, replacement).
pub static REMOVED: LazyLock<Vec<Removed>> = LazyLock::new(removed);
/// The types of sections of the main file, and the words valid in those that are no proxies.
pub static SECTIONS: LazyLock<Vec<SectionWord>> = LazyLock::new(sections);
/// Filters, services and protocol names.
pub static FILTERS: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let table = Table::new(include_str!("../data/filters_services.tsv"));
    table.rows().map(|row| (table.cell(&row, "kind"), table.cell(&row, "name"))).collect()
});

/// The words of `stick-table`: kind (`param`, `key_type`, `data_type`) and name.
pub static STICK_TABLE: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let table = Table::new(include_str!("../data/stick_table.tsv"));
    table.rows().map(|row| (table.cell(&row, "kind"), table.cell(&row, "name"))).collect()
});

#[derive(Debug, Clone)]
pub struct Removed {
    /// `proxy`, `global`, `bind`, `server`, `section`, `resolvers` or `cli`.
    pub context: &'static str,
    pub words: &'static str,
    /// `-` where it is not known.
    pub since: &'static str,
    pub replacement: &'static str,
    /// `dedicated-error`, `generic-unknown` or `deprecated-warning`.
    pub diagnostic: &'static str,
}

#[derive(Debug, Clone)]
pub struct SectionWord {
    pub section: &'static str,
    /// `(section)` for the opening line.
    pub word: &'static str,
    pub args: &'static str,
    pub status: &'static str,
}

/// A tab-separated table with one header line.
struct Table {
    header: Vec<&'static str>,
    text: &'static str,
}

impl Table {
    fn new(text: &'static str) -> Table {
        Table { header: text.lines().next().unwrap_or("").split('\t').collect(), text }
    }

    fn rows(&self) -> impl Iterator<Item = Vec<&'static str>> {
        self.text.lines().skip(1).filter(|l| !l.is_empty()).map(|line| line.split('\t').collect())
    }

    fn cell(&self, row: &[&'static str], column: &str) -> &'static str {
        self.header.iter().position(|c| *c == column).and_then(|at| row.get(at)).copied().unwrap_or("-")
    }
}

fn facts(text: &'static str, name: &str) -> Vec<Fact> {
    let table = Table::new(text);
    table.rows().map(|row| fact(&table, &row, name)).collect()
}

fn fact(table: &Table, row: &[&'static str], name: &str) -> Fact {
    let obs = ["anon_defaults", "named_defaults", "frontend", "listen", "backend"];
    Fact {
        words: table.cell(row, name),
        args: table.cell(row, "args"),
        example: table.cell(row, "example"),
        status: table.cell(row, "status"),
        named_defaults_only: table.cell(row, "named_defaults_only") == "y",
        takes_no: table.cell(row, "takes_no_prefix") == "y",
        takes_default: table.cell(row, "takes_default_prefix") == "y",
        verdicts: obs.map(|place| match table.cell(row, &format!("obs_{place}")) {
            "error" => Verdict::Error,
            "warn" => Verdict::Warn,
            _ => Verdict::Ok,
        }),
    }
}

fn removed() -> Vec<Removed> {
    let table = Table::new(include_str!("../data/removed.tsv"));
    let word = |row: &[&'static str]| Removed {
        context: table.cell(row, "context"),
        words: table.cell(row, "keyword"),
        since: table.cell(row, "since"),
        replacement: table.cell(row, "replacement"),
        diagnostic: table.cell(row, "diagnostic"),
    };
    table.rows().map(|row| word(&row)).collect()
}

fn sections() -> Vec<SectionWord> {
    let table = Table::new(include_str!("../data/sections.tsv"));
    let main = table.rows().filter(|row| table.cell(row, "where") == "main");
    let word = |row: Vec<&'static str>| SectionWord {
        section: table.cell(&row, "section"),
        word: table.cell(&row, "keyword"),
        args: table.cell(&row, "args"),
        status: table.cell(&row, "status"),
    };
    main.map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read_by_their_headers() {
        let balance = KEYWORDS.iter().find(|f| f.words == "balance").expect("a keyword");
        assert_eq!((balance.verdict(Place::Frontend), balance.verdict(Place::Backend)), (Verdict::Warn, Verdict::Ok));
        let acl = KEYWORDS.iter().find(|f| f.words == "acl").expect("a keyword");
        assert!(acl.named_defaults_only && !acl.takes_no);
        assert_eq!((KEYWORDS.len(), GLOBAL.len(), BIND.len(), SERVER.len()), (207, 320, 82, 126));
    }
}
