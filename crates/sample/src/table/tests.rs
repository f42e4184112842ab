use super::*;

fn spec(size: usize, expire: Option<u64>, nopurge: bool) -> Spec {
    let store = |data, period| Stored { data, count: 1, period };
    Spec {
        name: b"t".to_vec(),
        key: KeyType::String(8),
        size,
        expire: expire.map(Duration::from_micros),
        nopurge,
        server_key: ServerKey::Name,
        bytes_factor: 1,
        store: vec![store(Data::Gpc0, 0), store(Data::ConnCnt, 0), store(Data::ConnCur, 0)],
    }
}

fn table(size: usize, expire: Option<u64>, nopurge: bool) -> Table {
    Table::new(spec(size, expire, nopurge))
}

/// Plays `key@time` (enter), `?key@time` (a look), and `-key`; says which keys are left at the end.
fn play(table: &Table, story: &str) -> String {
    let mut last = 0;
    for step in story.split(' ') {
        let (key, time) = step.split_once('@').unwrap_or((step, ""));
        last = time.parse().unwrap_or(last);
        match (key.strip_prefix('?'), key.strip_prefix('-')) {
            (Some(key), _) => drop(table.find(key.as_bytes(), last, |_| ())),
            (_, Some(key)) => drop(table.remove(key.as_bytes())),
            _ => drop(table.enter(key.as_bytes(), last, |_| ())),
        }
    }
    let entries = table.entries(last, |_| true);
    entries.iter().map(|entry| String::from_utf8_lossy(&entry.key).into_owned()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_full_table_forgets_what_was_unused_for_longest() {
    assert_eq!(play(&table(3, None, false), "a@1 b@2 c@3 d@4"), "b c d");
    assert_eq!(play(&table(3, None, false), "a@1 b@2 c@3 a@4 d@5 e@6"), "a d e");
    assert_eq!(play(&table(3, None, false), "a@1 b@2 c@3 a@4 b@5 d@6"), "a b d");
    assert_eq!(play(&table(3, None, false), "a@1 b@2 -a a@3 c@4 d@5"), "a c d");
    assert_eq!(play(&table(1, None, false), "a@1 a@2 b@3"), "b");
    assert_eq!(play(&table(2, None, false), "a@1 b@2 ?a@3 c@4"), "b c");
}

#[test]
fn a_full_table_without_purges_takes_no_more() {
    assert_eq!(play(&table(2, None, true), "a@1 b@2 c@3 a@4"), "a b");
    assert_eq!(play(&table(2, Some(10), true), "a@1 b@2 c@11 b@12"), "b c");
    assert_eq!(table(0, None, true).enter(b"a", 0, |_| ()), None);
}

#[test]
fn entries_expire_unless_they_are_used() {
    let table = table(9, Some(10), false);
    assert_eq!(play(&table, "a@1 b@2 ?b@8 a@10 c@12"), "a c");
    assert_eq!((table.len(), table.find(b"b", 12, |_| ())), (3, None));
    table.purge(12);
    assert_eq!(table.len(), 2);
    let left = table.find(b"a", 13, |entry| (table.left(entry, 13).as_micros(), table.idle(entry, 13).as_micros()));
    assert_eq!(left, Some((7, 3)));
    table.purge(22);
    assert!(table.is_empty());
}

#[test]
fn an_entry_that_has_expired_begins_anew() {
    let table = table(9, Some(10), false);
    let count = |now| table.enter(b"a", now, |entry| entry.open(&table, now).add(Data::Gpc0.into(), 1)).flatten();
    assert_eq!([count(0), count(9), count(19), count(28)], [Some(1), Some(2), Some(1), Some(2)]);
}

#[test]
fn what_is_tracked_is_kept() {
    let table = Arc::new(table(1, Some(10), false));
    let tracked = Tracked::start(&table, b"a", &[]).expect("there is room");
    let again = Tracked::start(&table, b"a", &[]).expect("it is known");
    let later = table.now() + 1_000_000;
    table.purge(later);
    assert_eq!((table.len(), table.remove(b"a"), table.enter(b"b", later, |_| ())), (1, false, None));
    let seen = |data: Data| table.find(b"a", later, |entry| entry.open(&table, later).get(data.into())).flatten();
    assert_eq!((tracked.entry.trackers(), seen(Data::ConnCur), seen(Data::ConnCnt)), (2, Some(2), Some(2)));
    drop(again);
    assert_eq!((tracked.entry.trackers(), seen(Data::ConnCur), seen(Data::ConnCnt)), (1, Some(1), Some(2)));
    drop(tracked);
    table.purge(table.now() + 1_000_000);
    assert!(table.is_empty());
}

#[test]
fn elements_stand_in_for_single_counters() {
    let store = vec![
        Stored { data: Data::ServerId, count: 1, period: 0 },
        Stored { data: Data::Gpc, count: 2, period: 0 },
        Stored { data: Data::GpcRate, count: 2, period: 1000 },
    ];
    let table = Table::new(Spec { store, ..spec(9, None, false) });
    let numbers = table.enter(b"a", 0, |entry| {
        let mut open = entry.open(&table, 0);
        let first = open.add_both([Data::Gpc0.into(), Data::Gpc0Rate.into()], 3);
        let second = open.add(Field { data: Data::Gpc, index: 1 }, u64::from(u32::MAX));
        let none = [2, usize::MAX].iter().find_map(|index| open.add(Field { data: Data::Gpc, index: *index }, 1));
        open.set(Data::ServerId.into(), -1);
        (first, second, none, open.get(Data::ServerId.into()), open.get(Data::Gpc1.into()), open.show())
    });
    let (first, second, none, server, gpc1, shown) = numbers.expect("there is room");
    assert_eq!((first, second, none), (Some(3), Some(4_294_967_295), None));
    assert_eq!((server, gpc1), (Some(-1), Some(4_294_967_295)));
    let labels: Vec<_> = shown.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["server_id", "gpc0", "gpc1", "gpc0_rate(1000)", "gpc1_rate(1000)"]);
}

#[test]
fn a_stream_sees_its_own_counters_before_those_of_its_session() {
    let table = Arc::new(table(9, None, false));
    let start = |key: &[u8]| Tracked::start(&table, key, &[]).expect("there is room");
    let (mut session, mut stream) = (Counters::default(), Counters::default());
    stream.track(0, start(b"s"));
    session.settle(&mut stream);
    let mut stream = session.for_stream();
    stream.track(1, start(b"own"));
    let keys = |counters: &Counters| {
        [0, 1, 2].map(|n| counters.get(n).map(|tracked| String::from_utf8_lossy(&tracked.entry.key).into_owned()))
    };
    assert_eq!(keys(&stream), [Some("s".into()), Some("own".into()), None]);
    stream.track(0, start(b"other"));
    assert_eq!(keys(&stream)[0], Some("other".into()));
    stream.end();
    assert_eq!((keys(&stream), keys(&session)), ([None, None, None], [Some("s".into()), None, None]));
    let trackers = |key: &[u8]| table.find(key, table.now(), |entry| entry.trackers());
    assert_eq!((trackers(b"own"), trackers(b"s")), (Some(0), Some(1)));
    drop(session);
    assert_eq!(trackers(b"s"), Some(0));
}

#[test]
fn many_threads_may_use_a_table() {
    let table = Arc::new(table(50, Some(1_000_000), false));
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let table = &table;
            scope.spawn(move || {
                for i in 0..2000u64 {
                    let key = (i * (thread + 1) % 97).to_string();
                    let tracked = Tracked::start(table, key.as_bytes(), &[]);
                    let _ = table.find(key.as_bytes(), i, |entry| entry.open(table, i).get(Data::ConnCur.into()));
                    drop(tracked);
                    if i % 100 == 0 {
                        table.purge(table.now());
                    }
                }
            });
        }
    });
    assert!(table.len() <= 50);
    let entries = table.entries(table.now(), |_| true);
    assert!(entries.iter().all(|e| e.trackers() == 0 && e.open(&table, 0).get(Data::ConnCur.into()) == Some(0)));
    assert_eq!(table.len(), entries.len());
}
