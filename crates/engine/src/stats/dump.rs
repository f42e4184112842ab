//! Statistics as text: CSV, typed, JSON (management guide, section 9.1 to 9.3).

use super::{
    column::{COLUMNS, Column, Field, Kind},
    object::{Filter, Object, What, objects},
};
use crate::state::Process;
use std::fmt::Write;

/// How statistics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    #[default]
    Csv,
    Json,
    /// With descriptions or without.
    Typed(bool),
}

/// One value with what the typed forms say about it.
#[derive(Debug)]
pub struct Cell<'a> {
    /// Position; columns that have none are not shown in typed forms.
    pub pos: usize,
    pub name: &'a str,
    pub meta: &'a str,
    pub kind: Kind,
    pub text: &'a str,
    pub value: Field,
}

/// The statistics of the objects that a filter takes. CSV and typed lines end with a line feed, and so does JSON.
pub fn dump(process: &Process, filter: &Filter, form: Form) -> String {
    match form {
        Form::Csv => csv(process, filter),
        Form::Typed(texts) => typed(process, filter, texts),
        Form::Json => json(process, filter),
    }
}

/// The first line of the CSV form.
pub fn header() -> String {
    let names: String = COLUMNS.iter().flat_map(|column| [column.name, ","]).collect();
    format!("# {names}\n")
}

fn csv(process: &Process, filter: &Filter) -> String {
    let mut out = header();
    for object in objects(process, filter) {
        for column in COLUMNS {
            match (column.of)(&object) {
                Field::Str(text) => quoted(&text, &mut out),
                field => number(&field, &mut out),
            }
            out.push(',');
        }
        out.push('\n');
    }
    out
}

fn typed(process: &Process, filter: &Filter, texts: bool) -> String {
    let mut out = String::new();
    for object in objects(process, filter) {
        let letter = ["F", "B", "S", "L"][object.what.number() as usize];
        for cell in cells(&object) {
            let _ = write!(out, "{letter}.{}.{}.", object.config.id, object.sid());
            typed_cell(&cell, texts, &mut out);
        }
    }
    out
}

fn json(process: &Process, filter: &Filter) -> String {
    let mut out = String::from("[");
    for (at, object) in objects(process, filter).enumerate() {
        out.push_str(if at == 0 { "[" } else { ",[" });
        for (at, cell) in cells(&object).enumerate() {
            let (comma, name) = (if at == 0 { "" } else { "," }, object.what.name());
            let (proxy, id) = (object.config.id, object.sid());
            let _ = write!(out, "{comma}{{\"objType\":\"{name}\",\"proxyId\":{proxy},\"id\":{id},");
            json_cell(&cell, &mut out);
        }
        out.push(']');
    }
    out.push_str("]\n");
    out
}

/// The values that an object has. The separating column has no position and is left out.
fn cells<'a>(object: &'a Object<'_>) -> impl Iterator<Item = Cell<'a>> {
    let columns = COLUMNS.iter().filter(|column| column.name != "-").enumerate();
    columns.filter_map(|(pos, column)| {
        let value = (column.of)(object);
        let Column { name, kind, text, .. } = column;
        let meta = meta(column, object.what);
        (value != Field::None).then_some(Cell { pos, name, meta, kind: *kind, text, value })
    })
}

/// What a value is differs for a few columns from one kind of object to the other.
fn meta(column: &Column, what: What) -> &'static str {
    match (column.name, what) {
        ("act" | "bck", What::Server(_)) => "SGPV",
        ("rate_max", What::Backend) => "MGPV",
        _ => column.meta,
    }
}

/// `17.status.1:SGPV:str:UP`, with the description behind it if asked for.
pub fn typed_cell(cell: &Cell<'_>, texts: bool, out: &mut String) {
    let Cell { pos, name, meta, kind, text, value } = cell;
    let _ = write!(out, "{pos}.{name}.1:{meta}:{}:", kind.name());
    plain(value, out);
    if texts {
        let _ = write!(out, ":\"{text}\"");
    }
    out.push('\n');
}

/// The rest of a JSON object behind what identifies it.
pub fn json_cell(cell: &Cell<'_>, out: &mut String) {
    let Cell { pos, name, meta, kind, value, .. } = cell;
    let mut letters = meta.chars();
    let origin = word(ORIGINS, letters.next());
    let nature = word(NATURES, letters.next());
    let scope = word(SCOPES, letters.next());
    let _ = write!(out, "\"field\":{{\"pos\":{pos},\"name\":\"{name}\"}},\"processNum\":1,");
    let _ = write!(out, "\"tags\":{{\"origin\":\"{origin}\",\"nature\":\"{nature}\",\"scope\":\"{scope}\"}},");
    let _ = write!(out, "\"value\":{{\"type\":\"{}\",\"value\":", kind.name());
    match value {
        Field::Str(text) => escaped(text, out),
        field => number(field, out),
    }
    out.push_str("}}");
}

/// A value as the plain forms write it.
pub fn plain(value: &Field, out: &mut String) {
    match value {
        Field::Str(text) => out.push_str(text),
        field => number(field, out),
    }
}

fn number(value: &Field, out: &mut String) {
    let _ = match value {
        Field::Int(n) => write!(out, "{n}"),
        Field::Float(n) => write!(out, "{n:.6}"),
        Field::None | Field::Str(_) => Ok(()),
    };
}

const ORIGINS: &[(char, &str)] = &[('C', "Config"), ('K', "Key"), ('M', "Metric"), ('P', "Product"), ('S', "Status")];
const NATURES: &[(char, &str)] = &[
    ('A', "Age"),
    ('C', "Counter"),
    ('D', "Duration"),
    ('G', "Gauge"),
    ('L', "Limit"),
    ('M', "Max"),
    ('N', "Name"),
    ('O', "Output"),
    ('R', "Rate"),
    ('T', "Time"),
    ('a', "Avg"),
    ('m', "Min"),
];
const SCOPES: &[(char, &str)] = &[('C', "Cluster"), ('P', "Process"), ('S', "Service"), ('s', "System")];

fn word(words: &[(char, &'static str)], letter: Option<char>) -> &'static str {
    words.iter().find(|(l, _)| Some(*l) == letter).map_or("", |(_, word)| word)
}

/// RFC 4180: quotes only where they are needed.
fn quoted(text: &str, out: &mut String) {
    if text.contains([',', '"', '\n', '\r']) {
        let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
    } else {
        out.push_str(text);
    }
}

/// A JSON string.
pub fn escaped(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "{c}"),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const CONFIG: &str = "listen fe\n mode http\n bind 127.0.0.1:1 name l1\n option socket-stats\n balance leastconn\n \
                          server s1 127.0.0.1:2 check weight 10 cookie x maxconn 7\n server s2 [::1]:3 backup disabled\n";

    fn rows(filter: &Filter) -> Vec<Vec<String>> {
        let text = dump(&testing::process(CONFIG), filter, Form::Csv);
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn the_columns_are_those_of_haproxy() {
        let facts = include_str!("../../tests/data/show_stat.tsv");
        for (column, line) in COLUMNS.iter().zip(facts.lines().skip(1)) {
            let mut fact = line.split('\t').skip(1);
            assert_eq!(Some(column.name), fact.next());
            if column.name != "-" {
                let (meta, kind) = (fact.nth(2).unwrap_or(""), fact.next());
                let first = meta.split([' ', '(']).next();
                assert_eq!((Some(column.meta), Some(column.kind.name())), (first, kind), "{}", column.name);
            }
        }
        assert_eq!(COLUMNS.len(), facts.lines().count() - 1);
    }

    #[test]
    fn objects_have_the_values_that_haproxy_gives_them() {
        let facts = include_str!("../../tests/data/show_stat.tsv");
        let rows = rows(&Filter::default());
        let at = |kind: &str| rows.iter().find(|row| row[32] == kind).unwrap_or_else(|| panic!("no line of {kind}"));
        let lines = [(6, at("0")), (7, at("1")), (8, at("2"))];
        for (column, line) in facts.lines().skip(1).enumerate() {
            let fact: Vec<_> = line.split('\t').collect();
            for (kind, row) in lines {
                let expected = fact[kind];
                if expected == "y" || expected == "-" || expected == "if http" {
                    assert_eq!(row[column].is_empty(), expected == "-", "{} of kind {}", fact[1], kind - 6);
                }
            }
        }
    }

    #[test]
    fn filters() {
        let names = |filter: Filter| rows(&filter)[1..].iter().map(|r| r[1].clone()).collect::<Vec<_>>().join(" ");
        let none = Filter::default();
        assert_eq!(names(none.clone()), "FRONTEND l1 s1 s2 BACKEND");
        assert_eq!(names(Filter { types: Some(6), ..none.clone() }), "s1 s2 BACKEND");
        assert_eq!(names(Filter { types: Some(4), sid: Some(2), ..none.clone() }), "s2");
        assert_eq!(names(Filter { up: true, ..none.clone() }), "FRONTEND l1 s1 BACKEND");
        assert_eq!(names(Filter { iid: Some(99), ..none.clone() }), "");
        assert_eq!(names(Filter { scope: b"nope".to_vec(), ..none }), "");
    }

    #[test]
    fn values() {
        let rows = rows(&Filter::default());
        let value = |name: &str, column: &str| {
            let at = COLUMNS.iter().position(|c| c.name == column).expect("a column");
            let row = rows.iter().find(|row| row[1] == name).expect("a line");
            row[at].clone()
        };
        assert_eq!([value("s1", "status"), value("s2", "status")], ["UP -1/3", "MAINT"]);
        assert_eq!([value("s1", "slim"), value("s1", "weight"), value("s1", "check_status")], ["7", "10", "INI"]);
        assert_eq!([value("s2", "addr"), value("s2", "act"), value("s2", "bck")], ["[::1]:3", "0", "1"]);
        assert_eq!([value("BACKEND", "status"), value("BACKEND", "algo")], ["UP", "leastconn"]);
        assert_eq!([value("FRONTEND", "status"), value("FRONTEND", "iid")], ["OPEN", "1"]);
    }

    #[test]
    fn quotes_stand_where_they_are_needed() {
        let shown = |text: &str| {
            let mut out = String::new();
            quoted(text, &mut out);
            out
        };
        assert_eq!([shown("a b"), shown("a,b"), shown("a\"b")], ["a b", "\"a,b\"", "\"a\"\"b\""]);
    }

    #[test]
    fn typed_and_json() {
        let process = testing::process(CONFIG);
        let filter = Filter { types: Some(What::Server(0).bit()), ..Filter::default() };
        let typed = dump(&process, &filter, Form::Typed(false));
        assert!(typed.starts_with("S.1.1.0.pxname.1:KNSV:str:fe\nS.1.1.1.svname.1:KNSV:str:s1\n"), "{typed}");
        assert!(typed.contains("\nS.1.1.19.act.1:SGPV:u32:1\n"), "{typed}");
        let described = dump(&process, &filter, Form::Typed(true));
        assert!(described.starts_with("S.1.1.0.pxname.1:KNSV:str:fe:\"Proxy\"\n"), "{described}");
        let json = dump(&process, &filter, Form::Json);
        let first = "[[{\"objType\":\"Server\",\"proxyId\":1,\"id\":1,\"field\":{\"pos\":0,\"name\":\"pxname\"},\
                     \"processNum\":1,\"tags\":{\"origin\":\"Key\",\"nature\":\"Name\",\"scope\":\"Service\"},\
                     \"value\":{\"type\":\"str\",\"value\":\"fe\"}},";
        assert!(json.starts_with(first) && json.ends_with("}}]]\n"), "{json}");
    }
}
