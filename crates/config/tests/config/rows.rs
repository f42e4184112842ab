//! Every word of the inventory is a row, and the rows' examples do what they say.

use crate::{check, load_text, show};
use config::{
    facts::{self, Fact, Place, Verdict},
    keyword::{GLOBAL, GLOBAL_TABLES, PROXY, PROXY_TABLES, bind, server},
    row::{Dictionary, Row, Support},
    section::other,
};
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
