//! Every word of the inventory is a row, and the rows' examples do what they say.

use crate::load_with;
use config::{
    Options,
    facts::{self, Fact, Place, Verdict},
    host::Plain,
    keyword::{GLOBAL, GLOBAL_TABLES, PROXY, PROXY_TABLES, bind, filter, server, stick_table},
    row::{Dictionary, Row, Support},
    section::other,
};
use source::Severity;
use std::collections::BTreeSet;

fn compare<T>(dictionary: &Dictionary<T>, facts: &[Fact], rows: usize) {
    let ours: BTreeSet<&str> = dictionary.words().collect();
    let theirs: BTreeSet<&str> = facts.iter().map(|fact| fact.words).collect();
    assert_eq!(theirs.difference(&ours).collect::<Vec<_>>(), [] as [&&str; 0], "words without a row");
    assert_eq!((rows, ours.len()), (theirs.len(), theirs.len()), "rows that are no word, or twice");
}

#[test]
fn every_word_is_one_row() {
    let count = |tables: &[&[config::row::ProxyRow]]| tables.iter().map(|table| table.len()).sum();
    compare(&PROXY, &facts::KEYWORDS, count(PROXY_TABLES));
    compare(&GLOBAL, &facts::GLOBAL, GLOBAL_TABLES.iter().map(|table| table.len()).sum());
    compare(&bind::DICTIONARY, &facts::BIND, bind::PARAMS.len());
    compare(&server::DICTIONARY, &facts::SERVER, server::PARAMS.len());
    let sections: BTreeSet<&str> = facts::SECTIONS.iter().map(|word| word.section).collect();
    assert_eq!(sections, other::TABLE.iter().map(|(name, _)| *name).collect());
}

#[test]
fn filters_and_the_words_of_stick_tables_are_known_by_name() {
    let of = |facts: &[(&'static str, &'static str)], kind: &str| -> BTreeSet<&'static str> {
        facts.iter().filter(|fact| fact.0 == kind).map(|fact| fact.1).collect()
    };
    let filters: BTreeSet<_> = filter::FILTERS.iter().map(|name| name.replace("lua.", "lua.NAME")).collect();
    assert_eq!(filters, of(&facts::FILTERS, "filter").into_iter().map(String::from).collect());
    assert_eq!(stick_table::PARAMS.iter().map(|p| p.0).collect::<BTreeSet<_>>(), of(&facts::STICK_TABLE, "param"));
    assert_eq!(
        stick_table::KEY_TYPES.iter().map(|k| k.0).collect::<BTreeSet<_>>(),
        of(&facts::STICK_TABLE, "key_type")
    );
    assert_eq!(
        sample::table::DATA_TYPES.iter().map(|d| d.0).collect::<BTreeSet<_>>(),
        of(&facts::STICK_TABLE, "data_type")
    );
    for name in of(&facts::FILTERS, "mux_proto") {
        let line = format!("bind 127.0.0.1:18080 proto {name}");
        let (worst, codes) = said(&section(Place::Frontend, &line), &line);
        assert!(worst.is_none() || codes == ["not-supported"], "{line}: {codes:?}");
    }
}

#[test]
fn removed_words_are_told_with_what_replaces_them() {
    let mut faults = Vec::new();
    for removed in facts::REMOVED.iter().filter(|removed| removed.diagnostic == "dedicated-error") {
        let line = removed.words.replace(" (standalone)", " client");
        let text = match removed.context {
            "global" => format!("global\n {line}\n{FIXTURE}"),
            "proxy" => section(Place::Listen, &line),
            _ => continue,
        };
        let (worst, codes) = said(&text, &line);
        if worst != Some(Severity::Alert) || !codes.contains(&"removed-keyword") {
            faults.push(format!("{line}: {codes:?}"));
        }
    }
    assert_eq!(faults, [] as [&str; 0]);
}

/// What examples may refer to.
const FIXTURE: &str = "http-errors errs0\n errorfile 503 err503.http\nbackend tbl0\n stick-table type ip size 2k\n\
                       backend be0\n mode http\n server s0 127.0.0.1:80\n";

/// A section of a type, with what a line in it may refer to, and the line.
fn section(place: Place, line: &str) -> String {
    let body = match place {
        Place::AnonymousDefaults => "defaults",
        Place::NamedDefaults => "defaults d0",
        Place::Frontend => "frontend p0\n mode http\n bind 127.0.0.1:18079",
        Place::Listen => {
            "listen p0\n mode http\n bind 127.0.0.1:18079\n server s0 127.0.0.1:80\n server t0 127.0.0.1:80 check"
        }
        Place::Backend => "backend p0\n mode http\n server s0 127.0.0.1:80\n server t0 127.0.0.1:80 check",
    };
    format!("{FIXTURE}{body}\n {line}\nfrontend last\n bind :18078\n")
}

/// The worst that is said of the line itself, and the codes of it.
fn said(text: &str, line: &str) -> (Option<Severity>, Vec<&'static str>) {
    let page = b"HTTP/1.0 503 Busy\r\n\r\nbusy".to_vec();
    let names = b"content-length Content-Length\n".to_vec();
    let files = vec![(b"err503.http".to_vec(), page), (b"hdrs.txt".to_vec(), names)];
    let host = Plain { files, ..Plain::default() };
    let (_, diagnostics, files) = load_with(text, &host, Options::default());
    let at = text.lines().position(|l| l.trim() == line).map_or(0, |at| at + 1);
    let here = |d: &&source::Diagnostic| d.span.is_some_and(|span| files.place(span).line == at);
    let found: Vec<_> = diagnostics.iter().filter(here).filter(|d| d.severity >= Severity::Warning).collect();
    (found.iter().map(|d| d.severity).max(), found.iter().map(|d| d.code).collect())
}

fn examples<T>(row: &Row<T>, fact: &Fact, wrap: impl Fn(&str) -> (String, String), faults: &mut Vec<String>) {
    let mut expect = |example: &str, fine: &dyn Fn(Option<Severity>, &[&str]) -> bool| {
        let (text, line) = wrap(example);
        let (worst, codes) = said(&text, &line);
        if !fine(worst, &codes) {
            faults.push(format!("{line}: {worst:?} {codes:?}"));
        }
    };
    let alone = !fact.args.starts_with("(only as");
    if fact.example != "-" && fact.status != "removed" && alone {
        match row.support {
            Support::Full => {
                expect(fact.example, &|worst, codes| worst < Some(Severity::Alert) || codes == ["not-supported"]);
            }
            Support::Parsed => expect(fact.example, &|_, codes| codes.contains(&"not-obeyed")),
            Support::Refused => expect(fact.example, &|_, codes| codes.contains(&"not-supported")),
        }
    }
    for example in row.ok {
        expect(example, &|worst, _| worst < Some(Severity::Alert));
    }
    for example in row.bad {
        expect(example, &|worst, _| worst == Some(Severity::Alert));
    }
}

fn fact<'f>(facts: &'f [Fact], words: &str) -> &'f Fact {
    facts.iter().find(|fact| fact.words == words).expect("a fact for every row")
}

#[test]
fn examples_of_proxy_keywords_do_what_they_say() {
    let mut faults = Vec::new();
    for row in PROXY_TABLES.iter().copied().flatten() {
        let fact = fact(&facts::KEYWORDS, row.words);
        let order = [Place::Listen, Place::Frontend, Place::Backend, Place::NamedDefaults];
        let place = order.into_iter().find(|place| fact.verdict(*place) == Verdict::Ok).expect("a place");
        examples(row, fact, |example| (section(place, example), example.to_string()), &mut faults);
    }
    assert_eq!(faults, [] as [&str; 0]);
}

#[test]
fn examples_of_global_keywords_do_what_they_say() {
    let mut faults = Vec::new();
    for row in GLOBAL_TABLES.iter().copied().flatten() {
        let wrap =
            |example: &str| (format!("global\n {example}\n{FIXTURE}frontend f\n bind :18078\n"), example.to_string());
        examples(row, fact(&facts::GLOBAL, row.words), wrap, &mut faults);
    }
    assert_eq!(faults, [] as [&str; 0]);
}

#[test]
fn examples_of_parameters_do_what_they_say() {
    let mut faults = Vec::new();
    for row in bind::PARAMS {
        let wrap = |example: &str| {
            let line = format!("bind 127.0.0.1:18080 {example}");
            (section(Place::Frontend, &line), line)
        };
        examples(row, fact(&facts::BIND, row.words), wrap, &mut faults);
    }
    for row in server::PARAMS {
        let wrap = |example: &str| {
            let line = format!("server sx 127.0.0.1:80 {}", example.replace("bechk/s0", "p0/t0"));
            (section(Place::Listen, &line), line)
        };
        examples(row, fact(&facts::SERVER, row.words), wrap, &mut faults);
    }
    assert_eq!(faults, [] as [&str; 0]);
}

/// A keyword in each type of section has HAProxy's verdict, but for what evenkeel refuses altogether.
#[test]
fn misplaced_keywords_have_haproxys_verdict() {
    let mut faults = Vec::new();
    let places = [Place::AnonymousDefaults, Place::NamedDefaults, Place::Frontend, Place::Listen, Place::Backend];
    let rows = PROXY_TABLES.iter().copied().flatten().filter(|row| row.support == Support::Full);
    for (row, place) in rows.flat_map(|row| places.map(|place| (row, place))) {
        let fact = fact(&facts::KEYWORDS, row.words);
        let (worst, codes) = said(&section(place, fact.example), fact.example);
        let fine = match fact.verdict(place) {
            _ if codes == ["not-supported"] => true,
            Verdict::Error => worst == Some(Severity::Alert),
            Verdict::Warn => codes.contains(&"ignored-keyword"),
            Verdict::Ok => worst < Some(Severity::Alert) && !codes.contains(&"ignored-keyword"),
        };
        if !fine {
            faults.push(format!("{place:?} {}: {worst:?} {codes:?}", fact.example));
        }
    }
    assert_eq!(faults, [] as [&str; 0]);
}
