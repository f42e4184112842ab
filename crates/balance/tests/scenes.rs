//! What each algorithm does, as scenes (`balance::sim::script`): a backend, events, what they print.

use balance::sim::Fate;
use balance::sim::script::{Scene, play};
use balance::{Server, slowstart};

#[track_caller]
fn check(scene: &str, expected: &str) {
    let printed = play(scene).unwrap();
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn roundrobin_is_smooth() {
    check(
        "balance roundrobin
         server a x weight 5
         server b x weight 1
         server c x weight 1
         pick 14
         weight b 5
         pick 11",
        "a a a b a a c a a a b a a c
         a b a b a b a c b a b",
    );
}

#[test]
fn full_servers_are_passed_over_and_then_the_backend_waits() {
    for algorithm in ["roundrobin", "static-rr", "leastconn", "first"] {
        check(
            &format!(
                "balance {algorithm}
                 server a x maxconn 1
                 server b x maxconn 1
                 open r 3
                 close r2
                 fate r3"
            ),
            "a b ?
             b",
        );
    }
}

#[test]
fn static_rr_takes_no_new_weight_until_a_server_comes_back() {
    check(
        "balance static-rr
         server a x
         server b x
         weight a 3
         pick 4
         down a
         pick 2
         up a
         pick 4",
        "a b a b
         b b
         a a b a",
    );
}

#[test]
fn leastconn_spreads_by_weight_and_rotates() {
    check(
        "balance leastconn
         server a x
         server b x
         server c x
         open r 40
         loads
         close r1
         open s 1
         pick 6
         table",
        "a b c a b c a b c a b c a b c a b c a b c a b c a b c a b c a b c a b c a b c a
         14 13 13
         b
         c a c a c a
         s1: 14 (34%), 13 now
         s2: 14 (34%), 14 now
         s3: 13 (31%), 13 now",
    );
    check(
        "balance leastconn
         server a x weight 10
         server b x weight 20
         server c x weight 30
         open r 6
         loads
         open s 54
         loads",
        "a b c c b c
         1 2 3
         c b c a b c c b c a b c c b c a b c c b c a b c c b c a b c c b c a b c c b c a b c c b c a b c c b c a b c
         10 20 30",
    );
}

#[test]
fn first_fills_by_id() {
    check(
        "balance first
         server a x id 30 maxconn 2
         server b x id 10 maxconn 1
         server c x id 20 maxconn 1
         open r 5
         close r2
         fate r5
         pick 1",
        "b c a a ?
         c
         -",
    );
}

#[test]
fn sticky_stays_until_its_server_leaves() {
    check(
        "balance sticky
         server a x
         server b x
         pick 2
         down a
         pick 2
         up a
         pick 2
         down b
         pick 1",
        "a a
         b b
         b b
         a",
    );
}

#[test]
fn backups_stand_in_one_or_all() {
    let servers = "server a x
         server b x backup
         server c x backup";
    for algorithm in ["roundrobin", "static-rr", "leastconn", "first", "random", "hash"] {
        let scene = format!("balance {algorithm}\n{servers}\npick 2\ndown a\npick 2\ndown b\npick 1\ndown c\npick 1");
        check(&scene, "a a\nb b\nc\n-");
    }
    check(
        &format!("balance roundrobin\noption allbackups\n{servers}\npick 1\ndown a\npick 4\nup a\npick 2"),
        "a\nb c b c\na a",
    );
}

#[test]
fn redispatch_avoids_the_server_that_failed() {
    check("balance roundrobin\nserver a x\nserver b x\nserver c x\nredispatch 3", "b a c");
    check("balance leastconn\nserver a x\nserver b x\nserver c x\nredispatch 3", "b a c");
    check("balance roundrobin\nserver a x\nredispatch 2", "a a");
    check("balance hash\nhash-type consistent\nserver a x\nredispatch 1", "a");
}

/// The servers of 10,000 keys.
fn spread(scene: &Scene) -> Vec<usize> {
    (0..10_000).map(|n| scene.sim.pass(Some(scene.hash.bytes(format!("/{n}").as_bytes())), None).unwrap()).collect()
}

#[test]
fn consistent_hashing_moves_only_what_must_move() {
    let servers = (1..=8).map(|n| format!("server s{n} x weight 10")).collect::<Vec<_>>();
    let lines = ["balance uri", "hash-type consistent"].into_iter().chain(servers.iter().map(String::as_str));
    let mut scene = Scene::new(&lines.collect::<Vec<_>>()).unwrap();
    let before = spread(&scene);
    scene.sim.update(2, |server| Server { up: false, ..server });
    let without = spread(&scene);
    for (old, new) in before.iter().zip(&without) {
        assert!(old == new || *old == 2, "a key of server {old} went to {new}");
    }
    let moved = before.iter().filter(|&&at| at == 2).count();
    assert!((800..1_700).contains(&moved), "{moved} of 10000 keys belonged to one of 8 servers");
    scene.sim.update(2, |server| Server { up: true, ..server });
    assert_eq!(spread(&scene), before);
}

#[test]
fn bounded_loads_stay_bounded() {
    for factor in [101, 110, 125, 150, 200, 400] {
        let factor_line = format!("hash-balance-factor {factor}");
        let lines =
            ["balance uri", "hash-type consistent", &factor_line, "server a x", "server b x weight 2", "server c x"];
        let mut scene = Scene::new(&lines).unwrap();
        for request in 1..=400_u32 {
            // Every other request is for one hot key.
            let key = if request % 2 == 0 { String::from("/hot") } else { format!("/{request}") };
            scene.sim.arrive(Some(scene.hash.bytes(key.as_bytes())));
            for (load, weight) in scene.sim.loads().into_iter().zip([1, 2, 1]) {
                let most = (request * factor * weight).div_ceil(400) + 1;
                assert!(load <= most, "{load} of {request} requests, {most} allowed at {factor}%");
            }
        }
    }
}

#[test]
fn two_random_choices_beat_one() {
    let worst = |draws: &str| {
        let servers: Vec<String> = (0..20).map(|n| format!("server s{n} x weight 10")).collect();
        let lines = [draws].into_iter().chain(servers.iter().map(String::as_str)).collect::<Vec<_>>();
        let mut scene = Scene::new(&lines).unwrap();
        for _ in 0..2_000 {
            scene.sim.arrive(None);
        }
        scene.sim.loads().into_iter().max().unwrap()
    };
    let (one, two, five) = (worst("balance random(1)"), worst("balance random"), worst("balance random(5)"));
    assert!(one > 115 && two < 115 && five <= two && five >= 100, "{one} {two} {five}");
}

#[test]
fn slowstart_moves_in_sixteenths() {
    let shown = |elapsed| slowstart(40, elapsed, 4_000).div_ceil(16);
    assert_eq!([0, 1_000, 2_000, 3_000, 4_000, 9_000].map(shown), [3, 13, 23, 33, 40, 40]);
    assert_eq!(slowstart(256, 0, 0), 4_096);
}

#[test]
fn nothing_to_pick_from() {
    for algorithm in ["roundrobin", "static-rr", "leastconn", "first", "random", "hash", "sticky"] {
        check(&format!("balance {algorithm}\npick 1"), "-");
        check(&format!("balance {algorithm}\nserver a x weight 0\nserver b x disabled\npick 1\nkey k"), "-\n-");
        check(
            &format!("balance {algorithm}\nhash-type consistent\nserver a x disabled\nup a\nkey k\ndown a\nkey k"),
            "a\n-",
        );
    }
}

#[test]
fn no_change_breaks_a_pick() {
    let mut seed = 1_u32;
    let mut random = move |below: u32| {
        seed = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        (seed >> 8) % below
    };
    for algorithm in ["roundrobin", "static-rr", "leastconn", "first", "random", "hash", "sticky"] {
        for method in ["map-based", "consistent none"] {
            let servers: Vec<String> = (0..7).map(|n| format!("server s{n} x maxconn {}", n % 3)).collect();
            let head =
                [format!("balance {algorithm}"), format!("hash-type {method}"), "hash-balance-factor 120".into()];
            let mut scene = Scene::new(&head.iter().chain(&servers).map(String::as_str).collect::<Vec<_>>()).unwrap();
            for step in 0..3_000 {
                let server = random(7) as usize;
                match random(6) {
                    0 => scene.sim.update(server, |server| Server { up: !server.up, ..server }),
                    1 => scene.sim.update(server, |server| server.weight(random(258))),
                    2 => scene.sim.update(server, |server| Server { backup: !server.backup, ..server }),
                    3 => scene.sim.depart(random(step + 1) as usize),
                    _ => {}
                }
                let name = scene.sim.arrive(Some(random(u32::MAX)).filter(|key| key % 3 > 0));
                if let Fate::Served(at) | Fate::Queued(at) = scene.sim.fate(name) {
                    let server = scene.sim.balancer.servers()[at];
                    assert!(server.up && server.weight > 0, "{algorithm} {method}, step {step}: {server:?}");
                }
            }
        }
    }
}
