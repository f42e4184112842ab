//! Damaged configurations are reported, never a panic.

use crate::load_with;
use config::{Options, host::Plain};

const SOURCES: &[&str] = &[
    include_str!("../../../../haproxy-configs/api-gateway.cfg"),
    include_str!("../../../../haproxy-configs/cache-shards.cfg"),
    include_str!("../../../../haproxy-configs/web-and-api.cfg"),
];

/// Loads a damaged text; that it returns is the test. The original must say nothing, so that damage is what is seen.
fn survives(text: &str) -> bool {
    let (config, diagnostics, _) = load_with(text, &Plain::default(), Options::default());
    config.proxies.len() < 100 && diagnostics.len() < 1000
}

#[test]
fn lines_cut_short_do_no_harm() {
    for source in SOURCES {
        let lines: Vec<&str> = source.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
            for keep in 0..words.len() {
                let cut = words[..keep].join(" ");
                let text: Vec<&str> =
                    lines.iter().enumerate().map(|(n, l)| if n == at { cut.as_str() } else { *l }).collect();
                assert!(survives(&(text.join("\n") + "\n")), "{cut}");
            }
        }
    }
}

#[test]
fn words_of_other_lines_do_no_harm() {
    let strange = [
        "",
        "\\ ",
        "%[",
        "%{",
        "-1",
        "99999999999999999999",
        "{",
        "}",
        "(",
        "é",
        "a(b",
        "no",
        "from",
        "@",
        ":",
        "::1:-",
        "1-",
    ];
    for source in SOURCES {
        let lines: Vec<&str> = source.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let mut words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
            let Some(last) = words.last_mut() else { continue };
            *last = strange[at % strange.len()];
            let bent = words.join(" ");
            let text: Vec<&str> =
                lines.iter().enumerate().map(|(n, l)| if n == at { bent.as_str() } else { *l }).collect();
            assert!(survives(&(text.join("\n") + "\n")), "{bent}");
        }
    }
}
