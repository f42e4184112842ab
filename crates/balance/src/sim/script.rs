//! Scenes as text: the lines of a backend as in a configuration, then what happens to it.
//!
//! ```text
//! balance roundrobin        server a weight 2         option allbackups        hash-type consistent crc32
//! pick 6                    six requests that leave at once: prints who got them
//! key /one /two             one request for each key
//! source 10.0.0.1 ::1       one request from each address
//! open r1 /key              a request that stays: prints who got it
//! open r 12                 twelve of them, r1 to r12
//! close r1
//! redispatch 3              three requests that fail at their first server: prints who got them then
//! loads                     prints what each server serves
//! table                     prints each server's share
//! weight a 5    down a    up a
//! ```

use crate::sim::{Fate, Sim};
use crate::{Affinity, Algorithm, Function, HashType, Method, NodeKey, SCALE, Server, Settings};

/// Plays a scene and returns what it printed; the error names the line that is none.
pub fn play(script: &str) -> Result<String, String> {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let (backend, events): (Vec<&str>, Vec<&str>) = lines.partition(|line| is_backend(line));
    let mut scene = Scene::new(&backend)?;
    let mut printed = String::new();
    for line in events {
        if let Some(text) = scene.event(line).ok_or_else(|| format!("not understood: {line}"))? {
            printed.push_str(&text);
            printed.push('\n');
        }
    }
    Ok(printed)
}

fn is_backend(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    ["balance", "hash-type", "hash-balance-factor", "hash-preserve-affinity", "option", "server"].contains(&first)
}

/// A backend made of configuration lines, and the requests that stay.
#[derive(Debug)]
pub struct Scene {
    pub sim: Sim,
    pub settings: Settings,
    pub hash: HashType,
    pub names: Vec<String>,
    /// The configuration's weights.
    pub weights: Vec<u32>,
    opened: Vec<(String, usize)>,
}

impl Scene {
    /// The scene of these lines. Of `balance` only the first word counts; [`Scene::sim`] is given hashes.
    pub fn new(lines: &[&str]) -> Result<Scene, String> {
        let mut settings = Settings::new(Algorithm::RoundRobin);
        let (mut hash, mut servers) = (HashType::default(), Vec::new());
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let wrong = || format!("not understood: {line}");
            match words.as_slice() {
                ["balance", how, ..] => settings.algorithm = algorithm(how).ok_or_else(wrong)?,
                ["hash-type", how @ ..] => hash = hash_type(how).ok_or_else(wrong)?,
                ["hash-balance-factor", factor] => settings.factor = factor.parse().map_err(|_| wrong())?,
                ["hash-preserve-affinity", how] => settings.affinity = affinity(how).ok_or_else(wrong)?,
                ["option", "allbackups"] => settings.allbackups = true,
                ["server", name, rest @ ..] => {
                    servers.push((name.to_string(), server(servers.len() as u32 + 1, rest)));
                }
                _ => return Err(wrong()),
            }
        }
        settings.method = hash.method;
        Ok(Scene::made(settings, hash, servers))
    }

    fn made(settings: Settings, hash: HashType, servers: Vec<(String, Line)>) -> Scene {
        let mut sim = Sim::new(settings, servers.iter().map(|(_, line)| line.server).collect());
        for (at, (_, line)) in servers.iter().enumerate() {
            sim.limit(at, line.maxconn, line.maxqueue);
        }
        let weights = servers.iter().map(|(_, line)| line.server.weight / SCALE).collect();
        let names = servers.into_iter().map(|(name, _)| name).collect();
        Scene { sim, settings, hash, names, weights, opened: Vec::new() }
    }

    /// Carries out one line; what it prints, or `None` when it is not understood.
    fn event(&mut self, line: &str) -> Option<Option<String>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["pick", many] => Some(Some(self.picks((0..many.parse::<u32>().ok()?).map(|_| None)))),
            ["key", keys @ ..] => Some(Some(self.picks(keys.iter().map(|key| Some(self.hash.bytes(key.as_bytes())))))),
            ["redispatch", many] => {
                let many = many.parse::<u32>().ok()?;
                Some(Some((0..many).map(|_| self.redispatch()).collect::<Vec<_>>().join(" ")))
            }
            ["source", from @ ..] => {
                let from = from.iter().map(|from| from.parse().ok()).collect::<Option<Vec<_>>>()?;
                Some(Some(self.picks(from.into_iter().map(|from| Some(self.hash.address(from))))))
            }
            ["open", name, rest @ ..] => match rest {
                [many] if many.parse::<u32>().is_ok() => {
                    let many = many.parse::<u32>().ok()?;
                    let got: Vec<String> = (1..=many).map(|nth| self.open(&format!("{name}{nth}"), None)).collect();
                    Some(Some(got.join(" ")))
                }
                rest => Some(Some(self.open(name, rest.first().copied()))),
            },
            ["close", name] => {
                let arrived = self.arrived(name)?;
                self.sim.depart(arrived);
                Some(None)
            }
            ["fate", name] => Some(Some(self.told(self.sim.fate(self.arrived(name)?)))),
            ["loads"] => Some(Some(self.sim.loads().iter().map(u32::to_string).collect::<Vec<_>>().join(" "))),
            ["table"] => Some(Some(self.sim.table().trim_end().to_string())),
            [what, name, rest @ ..] => self.change(what, self.server(name)?, rest.first().copied()).map(|()| None),
            _ => None,
        }
    }

    fn picks(&self, keys: impl Iterator<Item = Option<u32>>) -> String {
        keys.map(|key| self.name(self.sim.pass(key, None))).collect::<Vec<_>>().join(" ")
    }

    fn redispatch(&self) -> &str {
        let first = self.sim.pass(None, None);
        self.name(self.sim.pass(None, first))
    }

    fn name(&self, server: Option<usize>) -> &str {
        server.map_or("-", |at| &self.names[at])
    }

    /// A request that stays: prints the server, `?` when it waits, `!` when it is refused.
    fn open(&mut self, name: &str, key: Option<&str>) -> String {
        let key = key.map(|key| self.hash.bytes(key.as_bytes()));
        let arrived = self.sim.arrive(key);
        self.opened.push((name.to_string(), arrived));
        self.told(self.sim.fate(arrived))
    }

    fn told(&self, fate: Fate) -> String {
        match fate {
            Fate::Done => String::from("done"),
            Fate::Queued(at) => format!("{}?", self.names[at]),
            Fate::Refused => String::from("!"),
            Fate::Served(at) => self.names[at].clone(),
            Fate::Waiting => String::from("?"),
        }
    }

    fn arrived(&self, name: &str) -> Option<usize> {
        self.opened.iter().rev().find(|(opened, _)| opened == name).map(|(_, arrived)| *arrived)
    }

    /// The place of the server of this name.
    pub fn server(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }

    fn change(&mut self, what: &str, server: usize, value: Option<&str>) -> Option<()> {
        match (what, value) {
            ("down", None) => self.sim.update(server, |server| Server { up: false, ..server }),
            ("up", None) => self.sim.update(server, |server| Server { up: true, ..server }),
            ("weight", Some(weight)) => {
                let weight = weight.parse().ok()?;
                self.sim.update(server, |server| server.weight(weight));
            }
            _ => return None,
        }
        Some(())
    }
}

fn algorithm(word: &str) -> Option<Algorithm> {
    Some(match word.split_once('(').unwrap_or((word, "")) {
        ("first", _) => Algorithm::First,
        ("hash" | "hdr" | "rdp-cookie" | "source" | "uri" | "url_param", _) => Algorithm::Hash,
        ("leastconn", _) => Algorithm::LeastConn,
        ("random", "") => Algorithm::Random(2),
        ("random", draws) => Algorithm::Random(draws.trim_end_matches(')').parse().ok()?),
        ("roundrobin", _) => Algorithm::RoundRobin,
        ("static-rr", _) => Algorithm::StaticRr,
        ("sticky", _) => Algorithm::Sticky,
        _ => return None,
    })
}

fn affinity(word: &str) -> Option<Affinity> {
    Some(match word {
        "always" => Affinity::Always,
        "maxconn" => Affinity::MaxConn,
        "maxqueue" => Affinity::MaxQueue,
        _ => return None,
    })
}

fn hash_type(words: &[&str]) -> Option<HashType> {
    let (method, rest) = words.split_first()?;
    let hash = HashType::new(match *method {
        "consistent" => Method::Consistent,
        "map-based" => Method::MapBased,
        _ => return None,
    });
    let Some((function, modifier)) = rest.split_first() else { return Some(hash) };
    let function = match *function {
        "crc32" => Function::Crc32,
        "djb2" => Function::Djb2,
        "none" => Function::None,
        "sdbm" => Function::Sdbm,
        "wt6" => Function::Wt6,
        _ => return None,
    };
    Some(HashType { function, avalanche: modifier == ["avalanche"], ..hash })
}

/// What a `server` line says.
#[derive(Clone, Copy, Debug)]
struct Line {
    server: Server,
    maxconn: u32,
    maxqueue: u32,
}

fn server(position: u32, words: &[&str]) -> Line {
    let after = |word: &str| words.windows(2).find(|pair| pair[0] == word).map(|pair| pair[1]);
    let number = |word: &str| after(word).and_then(|value| value.parse::<u32>().ok());
    let id = number("id").unwrap_or(position);
    let address = words.first().and_then(|address| address.parse::<std::net::SocketAddr>().ok());
    // The word may be the value of `hash-key` too.
    let guid = words.windows(3).find(|three| three[0] != "hash-key" && three[1] == "guid").map(|three| three[2]);
    let node = match (after("hash-key"), address, guid) {
        (Some("id32"), ..) => NodeKey::Id32(id),
        (Some("addr"), Some(address), _) => NodeKey::Addr(address.ip()),
        (Some("addr-port"), Some(address), _) => NodeKey::AddrPort(address.ip(), address.port()),
        (Some("guid"), _, Some(guid)) => NodeKey::Guid(guid),
        _ => NodeKey::Id(id),
    };
    let server = Server {
        seed: node.seed(),
        up: !words.contains(&"disabled"),
        backup: words.contains(&"backup"),
        ..Server::new(id).weight(number("weight").unwrap_or(1))
    };
    Line { server, maxconn: number("maxconn").unwrap_or(0), maxqueue: number("maxqueue").unwrap_or(0) }
}
