//! Small configurations and what HAProxy 3.4.0 makes of them (`data/diagnostics.tsv`).

use crate::{load_with, show};
use config::{Options, host::Plain};
use source::Severity;

/// What a case's lines stand in.
const HEAD: &str = "global\n log 127.0.0.1:514 local0\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n";
const FRONT: &str = "frontend fe\n bind 127.0.0.1:18080\n";
const BACK: &str = "backend be\n server s0 127.0.0.1:80\n";

/// A whole configuration.
fn whole(text: &str) -> String {
    text.to_string()
}

/// Sections behind the usual head.
fn plus(text: &str) -> String {
    format!("{HEAD}{text}")
}

/// Lines of a frontend, with a backend behind it.
fn fe(lines: &str) -> String {
    plus(&format!("{FRONT}{lines}\n{BACK}"))
}

/// Lines of a backend, with a frontend before it.
fn be(lines: &str) -> String {
    plus(&format!("{FRONT} default_backend be\n{BACK}{lines}\n"))
}

/// The configuration of a case.
fn text(id: &str) -> Option<String> {
    of_wholes(id).or_else(|| of_lines(id))
}

/// Cases about how sections, names and modes fit together.
fn of_wholes(id: &str) -> Option<String> {
    Some(match id {
        "empty-arg-last" => fe(" maxconn 10 \"\""),
        "empty-arg-mid" => fe(" acl a path \"\" /x"),
        "empty-env" => fe(" acl a path \"${NOPE}\""),
        "no-final-lf" => plus("frontend fe\n bind :18080"),
        "dup-backend" => plus(&format!("{FRONT}{BACK}{BACK}")),
        "dup-fe-be" => plus(&format!("{FRONT}backend fe\n")),
        "dup-defaults-proxy" => plus(&format!("defaults fe\n mode http\n timeout client 5s\n{FRONT}")),
        "dup-server" => be(" server s0 127.0.0.1:81"),
        "dup-server-id" => be(" server s1 127.0.0.1:81 id 5\n server s2 127.0.0.1:81 id 5"),
        "dup-bind-same-fe" => fe(" bind 127.0.0.1:18080"),
        "dup-userlist" => plus(&format!("{FRONT}userlist u\nuserlist u\n")),
        "dup-userlist-user" => {
            plus(&format!("{FRONT}userlist u\n user a insecure-password x\n user a insecure-password y\n"))
        }
        "dup-acl-name" => fe(" acl a path /a\n acl a path /b"),
        "dup-timeout" => fe(" timeout client 5s\n timeout client 6s"),
        "dup-default_backend" => fe(" default_backend be\n default_backend be"),
        "dup-balance" => be(" balance roundrobin\n balance leastconn"),
        "dup-mode" => fe(" mode http\n mode http"),
        "unitless-50" => fe(" timeout client 50"),
        "unitless-5000" => fe(" timeout client 5000"),
        "timeout-overflow" => fe(" timeout client 30d"),
        "timeout-unit-bad" => fe(" timeout client 5x"),
        "timeout-missing-fe" => whole(&format!("defaults\n mode http\n{FRONT}")),
        "timeout-missing-be" => {
            whole(&format!("defaults\n mode http\n timeout client 5s\n{FRONT} default_backend be\n{BACK}"))
        }
        "timeout-handshake" => fe(" timeout handshake 5s"),
        "ssl-bind-no-crt" => fe(" bind :18081 ssl"),
        "ssl-server-no-ca" => be(" server s1 127.0.0.1:443 ssl"),
        "unknown-default-backend" => fe(" default_backend nope"),
        "unknown-use-backend" => fe(" use_backend nope if TRUE"),
        "dynamic-use-backend" => fe(" use_backend %[path]"),
        "mode-mismatch" => {
            plus(&format!("{FRONT} default_backend be\nbackend be\n mode tcp\n server s0 127.0.0.1:80\n"))
        }
        "tcp-fe-http-be" => plus(&format!("frontend fe\n mode tcp\n bind :18080\n default_backend be\n{BACK}")),
        "http-rules-in-tcp" => plus("frontend fe\n mode tcp\n bind :18080\n http-request set-header a b\n"),
        "no-listener" => plus(BACK),
        "empty-file" => whole(""),
        "fe-no-bind" => plus("frontend fe\nlisten l\n bind :18081\n"),
        "fe-no-backend" => plus(FRONT),
        "be-no-server" => plus(&format!("{FRONT}backend be\n")),
        _ => return None,
    })
}

/// Cases about single lines.
fn of_lines(id: &str) -> Option<String> {
    Some(match id {
        "acl-unused" => fe(" acl a path /a"),
        "acl-unknown" => fe(" use_backend be if nope"),
        "acl-name-or" => fe(" acl or path /a"),
        "acl-phase" => fe(" http-request deny if { res.hdr(a) b }"),
        "acl-bad-flag" => fe(" acl a path -z /a"),
        "be-kw-in-fe" => fe(" balance roundrobin"),
        "fe-kw-in-be" => be(" maxconn 10"),
        "opt-wrong-side" => fe(" option allbackups"),
        "unknown-kw" => fe(" frobnicate"),
        "unknown-option" => fe(" option frobnicate"),
        "unknown-section" => whole("frobnicate x\n"),
        "extra-arg" => fe(" maxconn 10 20"),
        "int-garbage" => fe(" maxconn abc"),
        "negated-non-negatable" => fe(" no maxconn 10"),
        "httplog-no-log" => fe(" option httplog"),
        "httplog-tcp" => plus("frontend fe\n mode tcp\n log global\n bind :18080\n option httplog\n"),
        "log-bad-alias" => fe(" log global\n log-format %zz"),
        "log-global-missing" => {
            whole("defaults\n mode http\n timeout client 5s\n log global\nfrontend fe\n bind :18080\n")
        }
        "cookie-no-value" => be(" cookie SRV insert"),
        "stick-no-table" => be(" stick on src"),
        "check-no-port" => be(" server s1 127.0.0.1 check"),
        "fqdn-unresolved" => be(" server s1 nope.invalid:80"),
        "missing-errorfile" => fe(" errorfile 503 nope.http"),
        "bad-regex" => fe(" acl a path_reg ["),
        "bad-quote" => fe(" description 'x"),
        "bad-escape" => fe(" description x\\"),
        "unclosed-if" => fe(" .if 1"),
        "default-server-after" => be(" default-server weight 20"),
        "weight-range" => be(" server s1 127.0.0.1:81 weight 300"),
        "hash-balance-50" => be(" hash-balance-factor 50"),
        "http-reuse-bad" => be(" http-reuse foo"),
        "redirect-code" => fe(" redirect location / code 404"),
        "return-status" => fe(" http-request return status 999"),
        "missing-map" => fe(" use_backend %[path,map(nope.map)]"),
        "after-final" => fe(" http-request deny\n http-request allow"),
        "use_backend-before-http-request" => fe(" use_backend be if TRUE\n http-request allow"),
        "redirect-then-http-request" => fe(" redirect location /x if { path /y }\n http-request allow"),
        "tcp-after-http" => fe(" http-request allow if TRUE\n tcp-request content accept"),
        "use_backend-uncond-mid" => fe(" use_backend be\n use_backend be if TRUE"),
        "dup-global-maxconn" => whole(&format!("global\n maxconn 10\n maxconn 20\n{HEAD}{FRONT}")),
        "name-char" => plus("frontend f/e\n bind :18080\n"),
        _ => return None,
    })
}

/// Cases that are about what evenkeel refuses or does not obey yet, or that say the same in another way:
/// an alert of HAProxy's that does not stop it is a warning of ours.
const OTHERWISE: &[&str] = &["dup-global-maxconn", "name-char"];

#[test]
fn small_configurations_end_as_with_haproxy() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for row in include_str!("../../data/diagnostics.tsv").lines().skip(1) {
        let cells: Vec<_> = row.split('\t').collect();
        let (id, obs) = (cells[0], cells[2]);
        let Some(text) = text(id) else { continue };
        seen += 1;
        let (_, diagnostics, files) = load_with(&text, &Plain::default(), Options { strict_modes: true });
        let worst = diagnostics.iter().map(|d| d.severity).max().filter(|s| *s >= Severity::Warning);
        let outcome = match worst {
            Some(Severity::Alert) => "error",
            Some(_) => "warn",
            None => "ok",
        };
        let expect = if OTHERWISE.contains(&id) { "warn" } else { obs };
        if outcome != expect {
            faults.push(format!("{id}: {outcome}, haproxy {obs}: {:?}", show(&files, &diagnostics)));
        }
    }
    assert_eq!(faults, [] as [&str; 0]);
    assert!(seen >= 75, "{seen} cases");
}
