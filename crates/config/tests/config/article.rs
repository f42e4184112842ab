//! The article's configuration, as printed and with what HAProxy wants of it.

use crate::{load_text, load_with, show};
use config::{
    Kind, Mode, Options,
    host::Plain,
    ir::Target,
    keyword::{balance::Balance, cookie::CookieMode},
};

const ARTICLE: &str = include_str!("../../../../haproxy-configs/article.cfg");

#[test]
fn it_loads_as_printed() {
    let (config, diagnostics, files) = load_text(ARTICLE);
    assert!(!diagnostics.fatal(), "{:#?}", show(&files, &diagnostics));
    let codes: Vec<_> = diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["mode-taken", "mode-taken", "missing-timeouts", "missing-timeouts", "missing-timeouts"]);
    let [front, web, ws] = config.proxies.as_slice() else { panic!("three proxies") };
    assert_eq!([front.kind, web.kind, ws.kind], [Kind::Frontend, Kind::Backend, Kind::Backend]);
    assert_eq!([front.mode, web.mode, ws.mode], [Mode::Http; 3]);
    assert_eq!(front.binds.len(), 1);
    assert_eq!(front.default_backend, Some(1));
    assert!(matches!(front.switching[0].target, Target::Fixed(2)));
    let terms = &front.switching[0].cond.as_ref().expect("a condition").any;
    assert_eq!(terms[0][0].acl.tests().len(), 3);
    let stats = front.stats.as_ref().expect("a statistics page");
    assert_eq!(
        (stats.uri.as_slice(), stats.realm.as_deref()),
        (&b"/haproxy?stats"[..], Some(&b"Haproxy Statistics"[..]))
    );
    assert_eq!(stats.auth, [(b"123".to_vec(), b"123".to_vec())]);
}

#[test]
fn its_backends_are_what_they_say() {
    let (config, ..) = load_text(ARTICLE);
    let [_, web, ws] = config.proxies.as_slice() else { panic!("three proxies") };
    assert!(matches!(web.balance, Balance::Random(2)));
    assert!(web.hash.consistent && web.hash.factor == 125);
    assert_eq!(web.servers.iter().map(|s| s.id).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(ws.balance, Balance::LeastConn));
    let cookie = ws.cookie.as_ref().expect("a cookie");
    assert_eq!((cookie.name.as_slice(), cookie.mode), (&b"SERVERID"[..], CookieMode::Insert));
    assert!(cookie.indirect && cookie.nocache);
    let server = &ws.servers[2];
    assert_eq!((server.weight, server.maxconn, server.cookie.as_deref()), (1, 1024, Some(&b"s3"[..])));
    assert!(server.check.is_some());
}

#[test]
fn it_is_refused_with_strict_modes_and_taken_with_a_mode() {
    let (_, diagnostics, _) = load_with(ARTICLE, &Plain::default(), Options { strict_modes: true });
    assert_eq!(diagnostics.iter().filter(|d| d.code == "mode-mismatch").count(), 2);
    assert!(diagnostics.fatal());
    let text = format!("defaults\n mode http\n timeout connect 5s\n timeout client 9s\n timeout server 9s\n{ARTICLE}");
    let (config, diagnostics, files) = load_text(&text);
    assert_eq!(show(&files, &diagnostics), [] as [&str; 0]);
    assert_eq!(config.proxies[2].timeouts.server, Some(std::time::Duration::from_secs(9)));
    assert_eq!(config.proxies[2].timeouts.client, None);
}
