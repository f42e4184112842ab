//! Commands and their answers, one after the other on one process.

use super::*;
use crate::testing;

const CONFIG: &str = "global\n stats socket /tmp/x level admin\n\
    frontend fe\n mode http\n bind :1\n default_backend be\n\
    backend be\n mode http\n balance roundrobin\n server s1 127.0.0.1:28091 check weight 10 maxconn 50\n \
    server s2 127.0.0.1:28092 weight 20\n\
    backend hashed\n balance source\n server h1 127.0.0.1:3\n";

/// Says each line at the level of an administrator and compares what is answered.
fn check(lines: &[(&str, &str)]) {
    let worker = testing::worker(CONFIG);
    let mut cli = Cli::new(Level::Admin, Duration::from_secs(1));
    for (line, expect) in lines {
        assert_eq!(talk::say(&worker, &mut cli, line), *expect, "{line}");
    }
}

#[test]
fn framing() {
    check(&[
        ("", "\n"),
        (";;", "\n\n\n"),
        ("show version;show version", "3.4.0\n\n3.4.0\n\n"),
        ("show version\r", "3.4.0\n\n\n"),
        ("echo  two   spaces", "two spaces\n\n"),
        ("show version;quit;show version", "3.4.0\n\n"),
    ]);
    let many = format!("echo {}", "w ".repeat(70));
    check(&[(&many, "Too many arguments. Commands must have at most 64 arguments.\n\n")]);
}

#[test]
fn prompts() {
    check(&[
        ("prompt", "\n> "),
        ("show version;show version", "3.4.0\n\n3.4.0\n\n> "),
        ("prompt", "\n"),
        ("prompt i", "\n"),
        ("prompt p", "\n> "),
        ("prompt timed", "\n[0:00:00:00]> "),
        ("prompt n", "\n"),
    ]);
}

#[test]
fn levels_and_severities() {
    check(&[
        ("show cli level", "admin\n\n"),
        ("set severity-output number", "\n"),
        ("set weight x/y 1", "[3]: No such backend.\n\n"),
        ("get weight be/s1", "10 (initial 10)\n\n"),
        ("set severity-output string", "\n"),
        ("show version", "[info]: 3.4.0\n\n"),
        ("set server be/s1 addr 127.0.0.1", "[warning]: nothing changed\n\n"),
        ("set severity-output none", "\n"),
        ("expert-mode on;expert-mode", "\nexpert-mode is ON\n\n"),
        ("user;show cli level", "\nuser\n\n"),
        ("operator", "Permission denied\n\n"),
        ("set weight be/s1 1", "Permission denied\n\n"),
        ("show map", "Permission denied\n\n"),
    ]);
}

#[test]
fn weights() {
    const RANGE: &str = "Absolute weight can only be between 0 and 256 inclusive.\n\n";
    const GARBAGE: &str = "Trailing garbage in weight string\n\n";
    check(&[
        ("set weight be/s1 5", "\n"),
        ("get weight #3/#1", "5 (initial 10)\n\n"),
        ("set weight be/s1 200%", "\n"),
        ("get weight be/s1", "20 (initial 10)\n\n"),
        ("set weight be/s1 257", RANGE),
        ("set weight be/s1 -1", RANGE),
        ("set weight be/s1 1.5", GARBAGE),
        ("set weight be/s1 50%%", GARBAGE),
        ("set weight be/s1 abc", "Empty weight string empty or preceded by garbage\n\n"),
        ("set weight be/s1", "Require <weight> or <weight%>.\n\n"),
        ("set weight be/nosuch 5", "No such server.\n\n"),
        ("get weight be/", "Require 'backend/server'.\n\n"),
        ("get weight /s1", "No such backend.\n\n"),
        ("get weight fe/s1", "No such backend.\n\n"),
        ("set weight hashed/h1 0", "\n"),
        (
            "set weight hashed/h1 7",
            "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n\n",
        ),
    ]);
}

#[test]
fn states_and_addresses() {
    check(&[
        ("set server be/s1 state bogus", "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n\n"),
        ("set server be/s1 state maint", "\n"),
        ("set server be/s1 health", "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n\n"),
        ("set server be/s1 addr 127.0.0.2", "IP changed from '127.0.0.1' to '127.0.0.2' by 'stats socket command'\n\n"),
        (
            "set server be/s1 addr 127.0.0.2 port 28095",
            "port changed from '28091' to '28095' by 'stats socket command'\n\n",
        ),
        (
            "set server be/s1 addr ::1 port 1",
            "IP changed from '127.0.0.2' to '::1', port changed from '28095' to '1' by 'stats socket command'\n\n",
        ),
        ("set server be/s1 addr ::1 port abc", "problem converting port 'abc' to an int\n\n"),
        ("set server be/s1 addr nosuch.invalid", "Invalid addr 'nosuch.invalid'\n\n"),
        ("enable server be/s1", "\n"),
        ("disable health be/s1", "\n"),
        ("set maxconn server be/s1 abc", "maxconn string empty or preceded by garbage\n\n"),
        ("set maxconn server be/s1 10", "\n"),
    ]);
}

#[test]
fn maintenance_moves_traffic_and_shows() {
    let worker = testing::worker(CONFIG);
    let mut cli = Cli::new(Level::Admin, Duration::from_secs(1));
    let mut say = |line: &str| talk::say(&worker, &mut cli, line);
    let usable = || worker.process.proxies[1].usable();
    assert_eq!((say("disable server be/s1"), usable()), ("\n".into(), 1));
    let state = say("show servers state be");
    assert!(state.contains("\n3 be 1 s1 127.0.0.1 0 1 10 10 "), "{state}");
    assert!(state.contains("\n3 be 2 s2 127.0.0.1 2 0 20 20 "), "{state}");
    assert!(say("show stat be 4 1").contains(",MAINT,"));
    assert_eq!(say("show stat be 4 1 up").lines().count(), 2);
    assert_eq!((say("set server be/s1 state drain"), usable()), ("\n".into(), 1));
    assert_eq!((say("set server be/s1 state ready"), usable()), ("\n".into(), 2));
    assert_eq!((say("set weight be/s2 0"), usable()), ("\n".into(), 1));
    assert_eq!(say("show servers state nosuch"), "Can't find backend.\n\n");
    assert!(say("show servers conn be").contains("\nbe/s1 3/1 127.0.0.1 28091 - 5000 0 0 0 0 0 0 0 -1 0 0\n"));
    assert_eq!(say("show backend"), "# name\nbe\nhashed\n\n");
}

#[test]
fn statistics_are_filtered_by_three_words() {
    let worker = testing::worker(CONFIG);
    let mut cli = Cli::new(Level::User, Duration::from_secs(1));
    let mut lines = |line: &str| talk::say(&worker, &mut cli, line).lines().count();
    assert_eq!(lines("show stat"), 1 + 6 + 1);
    assert_eq!(lines("show stat -1 4 -1"), 1 + 3 + 1);
    assert_eq!(lines("show stat be 4 2"), 1 + 1 + 1);
    assert_eq!(lines("show stat be 4"), 1 + 6 + 1);
    assert_eq!(lines("show stat #3 abc -1"), 1 + 1);
    assert_eq!(lines("show stat 99 -1 -1"), 1 + 1);
    assert_eq!(talk::say(&worker, &mut cli, "show stat typed be 2 -1"), "No such proxy.\n\n");
    assert_eq!(talk::say(&worker, &mut cli, "show stat domain x"), "Invalid statistics domain.\n\n");
    assert!(talk::say(&worker, &mut cli, "show info").ends_with("NbThreadGroups: 1\n\n"));
}

#[test]
fn frontends_and_limits() {
    check(&[
        ("disable frontend fe", "\n"),
        ("disable frontend fe", "All sockets are already disabled.\n\n"),
        ("enable frontend fe", "\n"),
        ("enable frontend be", "No such frontend.\n\n"),
        ("shutdown frontend", "A frontend name is expected.\n\n"),
        ("shutdown frontend fe", "\n"),
        ("shutdown frontend fe", "Frontend was already shut down.\n\n"),
        ("enable frontend fe", "Frontend was previously shut down, cannot enable.\n\n"),
        ("set maxconn frontend fe -1", "Value out of range.\n\n"),
        ("set maxconn frontend fe", "Integer value expected.\n\n"),
        ("set maxconn frontend fe 50", "\n"),
        ("set maxconn global", "Expects an integer value.\n\n"),
        ("set rate-limit sessions global 10", "\n"),
        ("set rate-limit sessions global -1", "Value out of range.\n\n"),
        ("set timeout cli 40d", "\n"),
        ("set timeout cli 5x", "Invalid timeout value.\n\n"),
        ("set timeout bogus 5", "'set timeout' only supports 'cli'.\n\n"),
        ("clear counters all", "\n"),
        ("show env nosuch", "Variable not found\n\n"),
        ("get var proc.nosuch", "Variable not found.\n\n"),
        ("show errors nosuch", "No such proxy.\n\n"),
        ("show cli sockets", "# socket lvl processes\nunix@/tmp/x admin all\n\n"),
        ("shutdown sessions server be/s1", "\n"),
        ("add acl x y", "Unknown ACL identifier. Please use #<id> or <file>.\n\n"),
    ]);
}

#[test]
fn help_lists_what_there_is() {
    let worker = testing::worker(CONFIG);
    let mut cli = Cli::new(Level::User, Duration::from_secs(1));
    let help = talk::say(&worker, &mut cli, "help show stat");
    let first = "The following commands are valid at this level:\n  show stat [desc|json|no-maint|typed|up]*: ";
    assert!(help.starts_with(first) && help.contains("\n  quit  "), "{help}");
    assert!(!talk::say(&worker, &mut cli, "help").contains("set weight"));
    let unknown = talk::say(&worker, &mut cli, "SHOW INFO");
    assert!(unknown.starts_with("Unknown command: 'SHOW', but maybe one of the following ones is a better match:\n"));
    assert!(unknown.ends_with(": end the conversation\n\n"), "{unknown}");
}

const TABLES: &str = "global\n stats socket /tmp/x level admin\n\
    frontend fe\n mode http\n bind :1\n default_backend be\n\
    backend be\n mode http\n stick-table type ip size 2\n stick on src\n server s1 127.0.0.1:2\n\
    backend blocks\n stick-table type binary len 4 size 10\n\
    backend six\n stick-table type ipv6 size 10 expire 1h store server_key,server_id\n";

/// As observed on HAProxy 3.4, the shard apart; what it shows as an address is a number here.
#[test]
fn stick_tables() {
    const OPERATORS: &str =
        "Filter entry #2: Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"\n\n";
    let worker = testing::worker(TABLES);
    let mut cli = Cli::new(Level::Admin, Duration::from_secs(1));
    let mut check = |line: &str, expect: &str| assert_eq!(talk::say(&worker, &mut cli, line), expect, "{line}");
    check(
        "show table",
        "# table: be, type: ip, size:2, used:0\n# table: blocks, type: binary, size:10, used:0\n\
         # table: six, type: ipv6, size:10, used:0\n\n",
    );
    check("set table be key 010.0.0.1 data.server_id 4294967297", "\n");
    check("set table be key ::2", "\n");
    let (one, two) = ("0x1: key=10.0.0.1 use=0 exp=0 shard=0 server_id=1 server_key=-\n", "0x2: key=0.0.0.2");
    let head = "# table: be, type: ip, size:2, used:2\n";
    check("show table be", &format!("{head}{two} use=0 exp=0 shard=0 server_id=0 server_key=-\n{one}\n"));
    check("show table be ptr 0x1", &format!("{head}{one}\n"));
    check("show table be data.server_id ge 1", &format!("{head}{one}\n"));
    check("show table be data.server_id ge 1 data.server_id", OPERATORS);
    let five = " data.server_id eq 0".repeat(5);
    check(&format!("show table be{five}"), "Detected extra data in filter, 16th word of input, after '0'\n\n");
    check("show table be ptr 1", "Pointer expected (0xffff notation)\n\n");
    check("set table be ptr 0x9 data.server_id 3", "No entry can be found matching ptr.\n\n");
    check("set table be ptr 0x2 data.server_id 3", "\n");
    check("clear table be ptr 0x1", "\n");
    check("set table be key 1.1.1.1 data.gpc0 1", "Data type not stored in this table\n\n");
    check("set table be key bogus", "Invalid key\n\n");
    check("set table six key fe80::1", "\n");
    check("clear table blocks key 00", &unkeyed("Removing keys from"));
    check("set table blocks key 00", &unkeyed("Inserting keys into"));
    check(
        "user;show table be",
        "\n# table: be, type: ip, size:2, used:2\n# contents not dumped due to insufficient privileges\n\n",
    );
    check("clear table be", "Permission denied\n\n");
    check("show table be key 0.0.0.2", "Permission denied\n\n");
    check("clear table nope", "No such table\n\n");
}

const COUNTERS: &str = "global\n stats socket /tmp/x level admin\n\
    frontend fe\n mode http\n bind :1\n\
    backend t\n stick-table type string len 9 size 10 store gpc(3),gpt(2),http_req_rate(10s),bytes_in_cnt,conn_cur\n\
    peers p\n table ids type integer size 5 store gpc0\n";

/// As observed on HAProxy 3.4, addresses apart.
#[test]
fn counters_of_stick_tables() {
    let worker = testing::worker(COUNTERS);
    let mut cli = Cli::new(Level::Admin, Duration::from_secs(1));
    let mut say = |line: &str| talk::say(&worker, &mut cli, line);
    let mut check = |line: &str, expect: &str| assert_eq!(say(line), expect, "{line}");
    check("show table", "# table: p/ids, type: integer, size:5, used:0\n# table: t, type: string, size:10, used:0\n\n");
    check("set table t key a data.gpc[1] 4 data.gpt[1] 5 data.bytes_in_cnt 4294967297 data.http_req_rate 50", "\n");
    check("set table t key a data.gpc 7 data.conn_cur 3", "\n");
    check("set table t key a data.gpc[3] 4", "index out of range in this data array\n\n");
    check("set table t key a data.gpc[x] 4", "Unknown data type\n\n");
    check("set table t key a data.gpc0 4", "Data type not stored in this table\n\n");
    check("set table p/ids key 7 data.gpc0 -1", "\n");
    let shown = " use=0 exp=0 shard=0 conn_cur=3 http_req_rate(10000)=50 bytes_in_cnt=4294967297 gpt0=0 gpt1=5 \
                 gpc0=7 gpc1=4 gpc2=0\n";
    let all = say("show table t data.gpc[1] ge 4 data.http_req_rate gt 40");
    assert!(all.starts_with("# table: t, type: string, size:10, used:1\n0x"), "{all}");
    assert!(all.contains(&format!("key=a{shown}")), "{all}");
    assert!(say("show table p/ids").contains("key=7 use=0 exp=0 shard=0 gpc0=4294967295\n"));
    for filter in ["data.gpc[9] eq 0", "data.gpc eq 0", "data.conn_cur lt 3"] {
        assert_eq!(say(&format!("show table t {filter}")), "# table: t, type: string, size:10, used:1\n\n", "{filter}");
    }
}

/// An entry that somebody tracks stays.
#[test]
fn entries_in_use_stay() {
    let worker = testing::worker(COUNTERS);
    let mut cli = Cli::new(Level::Admin, Duration::from_secs(1));
    let table = &worker.process.config.tables[0];
    let tracked = sample::table::Tracked::start(table, b"a", &[]).expect("there is room");
    let mut say = |line: &str| talk::say(&worker, &mut cli, line);
    assert_eq!(say("clear table t key a"), "Entry currently in use, cannot remove\n\n");
    assert_eq!(say("clear table t"), "\n");
    assert!(say("show table t").contains("key=a use=1 exp=0 shard=0 conn_cur=1 "));
    drop(tracked);
    assert_eq!(say("clear table t key a"), "\n");
    assert_eq!(say("show table t"), "# table: t, type: string, size:10, used:0\n\n");
}

fn unkeyed(doing: &str) -> String {
    format!("{doing} tables of type other than ip, ipv6, string and integer is not supported\n\n")
}
