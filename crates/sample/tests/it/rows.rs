//! Every name of HAProxy 3.4 is a row, and every row's examples parse or do not, as they say.

use sample::{Expr, Parse, Places, Type, VarNames, convert, fetch, format::alias, row::Support};
use source::{Diagnostics, Span};
use std::{collections::BTreeMap, path::Path};

fn table(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let text = std::fs::read_to_string(path).expect("the inventory is there");
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn type_name(kind: Type) -> &'static str {
    kind.name()
}

#[test]
fn fetches_are_those_of_the_inventory() {
    let mut wrong = Vec::new();
    let inventory = table("fetches.tsv");
    for row in &inventory {
        let Some(fetch) = fetch::find(row[0].as_bytes()) else {
            wrong.push(format!("{} is no row", row[0]));
            continue;
        };
        let mask: String = (0..22).map(|bit| if fetch.places.0 >> bit & 1 == 1 { 'Y' } else { '.' }).collect();
        if row[6] != "not-built" && mask != row[6] {
            wrong.push(format!("{} is valid at {mask}, not {}", row[0], row[6]));
        }
        if type_name(fetch.out) != row[3] {
            wrong.push(format!("{} gives {:?}, not {}", row[0], fetch.out, row[3]));
        }
    }
    assert_eq!(fetch::rows().count(), inventory.len(), "rows that the inventory does not have, or twice");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let full = fetch::rows().filter(|r| r.support == Support::Full).count();
    println!("fetches: {full} of {} obeyed", inventory.len());
}

#[test]
fn converters_are_those_of_the_inventory() {
    let mut wrong = Vec::new();
    let inventory = table("converters.tsv");
    for row in &inventory {
        let Some(convert) = convert::find(row[0].as_bytes()) else {
            wrong.push(format!("{} is no row", row[0]));
            continue;
        };
        if type_name(convert.input) != row[3] || type_name(convert.out) != row[4] {
            wrong.push(format!("{}: {:?} to {:?}, not {} to {}", row[0], convert.input, convert.out, row[3], row[4]));
        }
    }
    assert_eq!(convert::rows().count(), inventory.len(), "rows that the inventory does not have, or twice");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let full = convert::rows().filter(|r| r.support == Support::Full).count();
    println!("converters: {full} of {} obeyed", inventory.len());
}

#[test]
fn aliases_are_those_of_the_inventory() {
    let inventory = table("log_format.tsv");
    let wrong: Vec<String> = inventory
        .iter()
        .filter(|row| row[0] != "%o")
        .filter_map(|row| match alias::find(&row[0].as_bytes()[1..]) {
            None => Some(format!("{} is no row", row[0])),
            Some(alias) if alias.http != (row[2] == "http") => Some(format!("{} is of mode {}", row[0], row[2])),
            Some(_) => None,
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(alias::TABLE.len(), inventory.len() - 1, "rows that the inventory does not have");
}

fn parses(expr: &str) -> Result<(), String> {
    let (mut diagnostics, mut vars) = (Diagnostics::default(), VarNames::default());
    let mut cx = Parse { diagnostics: &mut diagnostics, vars: &mut vars, places: Places::ALL };
    match Expr::parse(expr.as_bytes(), Span::default(), &mut cx) {
        Some(_) => Ok(()),
        None => Err(diagnostics.iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("; ")),
    }
}

#[test]
fn examples_parse_as_they_say() {
    let mut seen = BTreeMap::new();
    for row in fetch::rows() {
        row.ok.iter().for_each(|e| {
            seen.insert((*e).to_owned(), true);
        });
        row.bad.iter().for_each(|e| {
            seen.insert((*e).to_owned(), false);
        });
    }
    for row in convert::rows() {
        let input = input_of(row.input);
        row.ok.iter().for_each(|e| {
            seen.insert(format!("{input},{e}"), true);
        });
        row.bad.iter().for_each(|e| {
            seen.insert(format!("{input},{e}"), false);
        });
    }
    let wrong: Vec<String> = seen
        .iter()
        .filter_map(|(expr, ok)| match (parses(expr), ok) {
            (Ok(()), false) => Some(format!("{expr} parses")),
            (Err(why), true) => Some(format!("{expr}: {why}")),
            _ => None,
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.len() > 150, "only {} examples", seen.len());
}

/// Rows without examples of their own stand for themselves: the bare name parses, and too many arguments do not.
#[test]
fn every_row_parses_and_refuses() {
    let full = |support| support == Support::Full;
    let fetches =
        fetch::rows().filter(|r| full(r.support)).map(|r| (String::from(r.name), r.args.len(), r.required, r.ok));
    let converters = convert::rows()
        .filter(|r| full(r.support))
        .map(|r| (format!("{},{}", input_of(r.input), r.name), r.args.len(), r.required, r.ok));
    let mut wrong = Vec::new();
    for (name, args, required, ok) in fetches.chain(converters) {
        if ok.is_empty() && required > 0 {
            wrong.push(format!("{name} needs an example of its arguments"));
        }
        if required == 0 && parses(&name).is_err() {
            wrong.push(format!("{name}: {:?}", parses(&name)));
        }
        let many = format!("{name}({})", ["1"; 20].get(..=args).unwrap_or_default().join(","));
        if parses(&many).is_ok() {
            wrong.push(format!("{many} parses"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An expression whose value a converter takes.
fn input_of(kind: Type) -> &'static str {
    match kind {
        Type::Bin => "req.body",
        Type::Int => "int(1)",
        Type::Bool => "bool(1)",
        Type::Addr => "src",
        _ => "str(a)",
    }
}

#[test]
fn findings_name_the_remedy() {
    let check = |expr: &str, message: &str| assert_eq!(parses(expr), Err(message.to_owned()), "of {expr}");
    check("nosuch", "unknown fetch method 'nosuch'");
    check("path,nosuch", "unknown converter 'nosuch'");
    check("", "missing fetch method");
    check("path(a)", "fetch method 'path' : expected ')' before 'a)'");
    check("str(a)b", "missing comma after fetch keyword 'str'");
    check("path,lower b", "missing comma after converter 'lower'");
    check("int(5x)", "fetch method 'int' : failed to parse '5x' as type 'integer' at position 1");
    check("ssl_fc_sni", "fetch method 'ssl_fc_sni' is not supported by evenkeel yet");
    check("path,da-csv-conv(f)", "converter 'da-csv-conv' is not supported by evenkeel yet");
}
