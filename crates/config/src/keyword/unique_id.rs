//! `unique-id-format` and `unique-id-header` (manual, section 4.2).

use crate::{keyword::rules, row::ProxyRow};
use sample::{Places, format::Usage};

pub static TABLE: &[ProxyRow] = &[
    ProxyRow::full("unique-id-format", |line, proxy| {
        let word = line.need("unique-id-format expects an argument.")?;
        if line.word().is_some() {
            let message = "unique-id-format expects only one argument, don't forget to escape spaces!";
            return line.fail("unexpected-argument", message);
        }
        let places = rules::places(proxy, Places::FE_HTTP_REQ, Places::BE_HTTP_REQ);
        proxy.unique_id_format = Some(line.format(Usage::UniqueId, word, places)?);
        Some(())
    })
    .bad(&["unique-id-format", "unique-id-format %[nope]", "unique-id-format a b"]),
    ProxyRow::full("unique-id-header", |line, proxy| {
        let name = line.need("unique-id-header expects an argument.")?;
        proxy.unique_id_header = Some(name.bytes().to_ascii_lowercase());
        line.end()
    })
    .bad(&["unique-id-header"]),
];
