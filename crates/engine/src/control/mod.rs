//! The runtime socket (management guide, section 9.3): commands in, text out.
//!
//! One word of the language is one row: [`Command`]. Each family of commands has a file with its table; [`talk`] is the
//! conversation on a socket. The tasks run on the first thread; what concerns other threads goes through
//! [`state`](crate::state).

mod acl;
mod cookie;
mod counters;
mod find;
mod frontend;
mod help;
pub mod line;
mod map;
mod process;
mod server;
pub mod sessions;
mod show;
mod socket;
mod stat;
mod table;
mod talk;
#[cfg(test)]
mod tests;
mod unsupported;
mod variables;

pub use socket::{Control, Stream, accept, answer, open, run};

use crate::worker::Worker;
use config::keyword::stats::Level;
use std::{rc::Rc, time::Duration};

/// A command.
#[derive(Debug)]
pub struct Command {
    /// The words it begins with.
    pub words: &'static str,
    /// What `help` shows: words and arguments.
    pub usage: &'static str,
    pub text: &'static str,
    pub level: Level,
    pub run: fn(&mut Call<'_>) -> Result<Answer, Answer>,
}

/// A command being carried out.
#[derive(Debug)]
pub struct Call<'c> {
    pub worker: &'c Rc<Worker>,
    pub cli: &'c mut Cli,
    /// What follows the command's own words.
    pub args: &'c [Vec<u8>],
}

/// One conversation.
#[derive(Debug, Clone)]
pub struct Cli {
    pub level: Level,
    pub timeout: Duration,
    pub severity: Severity,
    /// More lines follow; otherwise the conversation ends with the first.
    pub interactive: bool,
    pub prompt: bool,
    /// The prompt shows the uptime.
    pub timed: bool,
    pub expert: bool,
    pub experimental: bool,
    pub quit: bool,
    /// The socket gives listeners away (`expose-fd listeners`).
    pub exposes: bool,
    /// The lines behind `<<` at the end of the last command.
    pub payload: Option<Vec<u8>>,
}

/// `set severity-output`: what stands before messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Severity {
    #[default]
    None,
    Number,
    Word,
}

/// What a command answers. An empty line ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing but that it is done.
    Done,
    /// A message with the level of a log line.
    Message(u8, String),
    /// Lines as they are.
    Text(String),
}

impl Answer {
    /// A message that something was wrong.
    pub fn error(text: impl Into<String>) -> Answer {
        Answer::Message(crate::log::level::ERR, text.into())
    }

    pub fn warning(text: impl Into<String>) -> Answer {
        Answer::Message(crate::log::level::WARNING, text.into())
    }

    pub fn info(text: impl Into<String>) -> Answer {
        Answer::Message(crate::log::level::INFO, text.into())
    }

    /// The answer as it is sent.
    pub fn render(&self, severity: Severity) -> String {
        match self {
            Answer::Done => "\n".into(),
            Answer::Text(text) => format!("{text}\n"),
            Answer::Message(level, text) => {
                let prefix = match severity {
                    Severity::None => String::new(),
                    Severity::Number => format!("[{level}]: "),
                    Severity::Word => {
                        let names = config::keyword::log::LEVELS;
                        let name = names.iter().find(|(_, number)| number == level).map_or("", |(name, _)| name);
                        format!("[{name}]: ")
                    }
                };
                format!("{prefix}{text}\n\n")
            }
        }
    }
}

impl Cli {
    pub fn new(level: Level, timeout: Duration) -> Cli {
        Cli {
            level,
            timeout,
            severity: Severity::None,
            interactive: false,
            prompt: false,
            timed: false,
            expert: false,
            experimental: false,
            quit: false,
            exposes: false,
            payload: None,
        }
    }
}

impl Call<'_> {
    /// An argument as text; empty where there is none.
    pub fn arg(&self, at: usize) -> &str {
        self.args.get(at).and_then(|word| std::str::from_utf8(word).ok()).unwrap_or("")
    }
}

/// The tables of commands, one family a file.
const TABLES: &[&[Command]] = &[
    cookie::TABLE,
    counters::TABLE,
    frontend::TABLE,
    help::TABLE,
    acl::TABLE,
    map::TABLE,
    process::TABLE,
    server::TABLE,
    sessions::TABLE,
    show::TABLE,
    stat::TABLE,
    table::TABLE,
    variables::TABLE,
];

/// Every command.
pub fn commands() -> impl Iterator<Item = &'static Command> {
    TABLES.iter().copied().flatten()
}

/// A row of a table.
const fn command(
    usage: &'static str,
    words: &'static str,
    level: Level,
    text: &'static str,
    run: fn(&mut Call<'_>) -> Result<Answer, Answer>,
) -> Command {
    Command { words, usage, text, level, run }
}

/// Carries out one command of a line.
pub fn run_command(worker: &Rc<Worker>, cli: &mut Cli, words: &[Vec<u8>]) -> Answer {
    if words.is_empty() {
        return Answer::Done;
    }
    if words.len() > line::MAX_WORDS {
        return Answer::error("Too many arguments. Commands must have at most 64 arguments.");
    }
    let found = commands().filter(|command| begins(words, command.words)).max_by_key(|command| command.words.len());
    let Some(command) = found else {
        return unsupported::answer(cli, words).unwrap_or_else(|| help::unknown(cli, words));
    };
    if cli.level < command.level {
        return Answer::error("Permission denied");
    }
    let args = words.get(command.words.split(' ').count()..).unwrap_or(&[]);
    let (Ok(answer) | Err(answer)) = (command.run)(&mut Call { worker, cli, args });
    answer
}

/// Whether a command begins with these words.
fn begins(words: &[Vec<u8>], with: &str) -> bool {
    with.split(' ').enumerate().all(|(at, word)| words.get(at).is_some_and(|w| w == word.as_bytes()))
}
