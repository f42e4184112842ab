//! What changes in meaning between two configurations, and what does not.

use cfg_check::{
    changes::{self, Meaning},
    layout::layout,
};
use source::Files;

const BASE: &str = "\
global
    log 127.0.0.1 local0
    log 127.0.0.2 local0
defaults
    mode http
    timeout client 30s
    timeout server 30s
    option httplog
frontend web
    bind :80
    bind :443 ssl crt a.pem alpn h2
    acl api path_beg /api /v2
    acl site hdr(host) a.example
    http-request deny if { src 10.0.0.1 }
    http-request set-header X-A 1 if api site
    use_backend api if api
    default_backend app
backend api
    balance roundrobin
    option httpchk GET /
    server s1 127.0.0.1:1 check inter 2s weight 10
    server s2 127.0.0.1:2
backend app
    balance source
    server s1 127.0.0.1:1
    server s2 127.0.0.1:2
";

fn meaning(text: &str) -> Meaning {
    let mut files = Files::default();
    let id = files.add("a.cfg", text.as_bytes());
    changes::meaning(files, &[id])
}

/// The differences as told to a person, without their places.
fn told(old: &str, new: &str) -> String {
    let (old, new) = (meaning(old), meaning(new));
    let text = changes::text(&changes::compare(&old, &new), &old.files, &new.files);
    text.lines().map(|line| line.split(" (a.cfg").next().unwrap_or(line).to_owned() + "\n").collect()
}

/// `from` becomes `to`: what is told of it, and of the way back that something is.
fn check(from: &str, to: &str, want: &str) {
    assert!(BASE.contains(from), "{from}");
    let new = BASE.replace(from, to);
    assert_eq!(told(BASE, &new), want, "{from} -> {to}");
    let back = told(&new, BASE);
    assert_eq!(back == SAME, want == SAME, "{to} -> {from}: {back}");
}

const SAME: &str = "the configurations mean the same\n";

#[test]
fn what_means_nothing_is_not_told() {
    assert_eq!(told(BASE, BASE), SAME);
    check(
        "    bind :80\n    bind :443 ssl crt a.pem alpn h2\n",
        "  bind :443 alpn h2 ssl crt a.pem # tls\n\n  bind :80\n",
        SAME,
    );
    check("client 30s", "client 30000", SAME);
    check("path_beg /api /v2", "path_beg /v2 /api", SAME);
    check("    acl api path_beg /api /v2\n", "    acl api path_beg /v2\n    acl api path_beg /api\n", SAME);
    check("use_backend api if api\n", "use_backend api if { path_beg /api /v2 }\n", SAME);
    check("if api site", "if site api", SAME);
    check("    acl site", "    acl unused always_true\n    acl site", SAME);
    check("check inter 2s weight 10", "inter 2000ms weight 10 check", SAME);
    check(
        "    server s1 127.0.0.1:1 check inter 2s weight 10\n    server s2 127.0.0.1:2\n",
        "    server s2 127.0.0.1:2\n    default-server inter 2s check\n    server s1 127.0.0.1:1 weight 10\n",
        SAME,
    );
    check("log 127.0.0.1 local0\n    log 127.0.0.2 local0", "log 127.0.0.2 local0\n    log 127.0.0.1 local0", SAME);
    check("    option httplog\n", "    option httplog\n    timeout server 10s\n    timeout server 30s\n", SAME);
    check("frontend web\n", "frontend web\n    mode http\n    option httplog\n", SAME);
    check("    bind :80\n", "    bind \":80\"\n", SAME);
}

#[test]
fn sections_may_change_places() {
    let (head, backends) = BASE.split_once("\nbackend api").expect("a backend");
    let (defaults, frontend) = head.split_once("frontend web").expect("a frontend");
    assert_eq!(told(BASE, &format!("{defaults}backend api{backends}frontend web{frontend}\n")), SAME);
}

#[test]
fn what_means_something_is_told() {
    check("client 30s", "client 1m", "frontend 'web'\n  ~ timeout client 30s -> timeout client 1m\n");
    check("weight 10", "weight 20 backup", "backend 'api'\n  ~ server s1: no backup -> backup, weight 10 -> 20\n");
    check(
        "127.0.0.1:1 check",
        "127.0.0.9:1 check",
        "backend 'api'\n  ~ server s1 127.0.0.1:1 check inter 2s weight 10 -> server s1 127.0.0.9:1 check inter 2s weight 10\n",
    );
    check(
        "path_beg /api /v2",
        "path_beg /api",
        "frontend 'web'\n  ~ http-request: acl api: path_beg /api /v2 -> path_beg /api\n  ~ use_backend: acl api: path_beg /api /v2 -> path_beg /api\n",
    );
    check(
        "default_backend app",
        "default_backend api",
        "frontend 'web'\n  ~ default_backend app -> default_backend api\n",
    );
    check("alpn h2", "", "frontend 'web'\n  ~ bind :443: alpn h2 -> no alpn\n");
    check("    bind :80\n", "", "frontend 'web'\n  - bind :80\n");
    check(
        "X-A 1",
        "X-A 2",
        "frontend 'web'\n  ~ http-request set-header X-A 1 if api site -> http-request set-header X-A 2 if api site\n",
    );
    check(
        "option httpchk GET /",
        "option httpchk GET /up",
        "backend 'api'\n  ~ option httpchk GET / -> option httpchk GET /up\n",
    );
    check("log 127.0.0.2 local0", "log 127.0.0.3 local0", "global\n  ~ log 127.0.0.2 local0 -> log 127.0.0.3 local0\n");
    check(
        "if { src 10.0.0.1 }",
        "unless { src 10.0.0.1 }",
        "frontend 'web'\n  ~ http-request deny if { src 10.0.0.1 } -> http-request deny unless { src 10.0.0.1 }\n",
    );
    check("frontend web\n", "frontend web\n    no option httplog\n", "frontend 'web'\n  - option httplog\n");
}

#[test]
fn an_order_is_told_where_it_counts() {
    let (deny, set) =
        ("    http-request deny if { src 10.0.0.1 }\n", "    http-request set-header X-A 1 if api site\n");
    let moved = "frontend 'web'\n  > http-request deny if { src 10.0.0.1 }\n";
    check(&format!("{deny}{set}"), &format!("{set}{deny}"), moved);
    // The servers of a hash have numbers.
    let (one, two) = ("    server s1 127.0.0.1:1\n", "    server s2 127.0.0.1:2\n");
    check(&format!("{one}{two}"), &format!("{two}{one}"), "backend 'app'\n  > server s1\n");
}

#[test]
fn layout_changes_nothing() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the fixtures").flatten() {
        let mut files = Files::default();
        let id = files.add("a.cfg", &std::fs::read(entry.path()).expect("a fixture"));
        let mut laid = Files::default();
        let other = laid.add("a.cfg", &layout(&files, id));
        let (old, new) = (changes::meaning(files, &[id]), changes::meaning(laid, &[other]));
        assert_eq!(changes::compare(&old, &new), [], "{}", entry.path().display());
        count += 1;
    }
    assert!(count > 100, "only {count} fixtures");
}
