//! Commands about the conversation itself: `help`, `prompt`, `quit`, levels and modes.

use super::{Answer, Call, Cli, Command, Severity, begins, command, commands};
use config::keyword::stats::Level::{self, Admin, Operator, User};
use std::time::Duration;

pub(super) const TABLE: &[Command] = &[
    command("help [<command>]", "help", User, "list the commands, or those that begin so", |call| {
        let words = call.args;
        let all = commands().filter(|c| c.level <= call.cli.level && !is_last(c));
        let some: Vec<_> = all.filter(|c| related(words, c.words)).collect();
        Ok(Answer::info(listing("The following commands are valid at this level:", &some)))
    }),
    command("prompt [help | n | i | p | timed ]*", "prompt", User, "more than one line, with a prompt", prompt),
    command("quit", "quit", User, "end the conversation", |call| {
        call.cli.quit = true;
        Ok(Answer::Done)
    }),
    command("echo <text>", "echo", User, "print the text", |call| {
        let words: Vec<_> = call.args.iter().map(|w| String::from_utf8_lossy(w)).collect();
        Ok(Answer::info(words.join(" ")))
    }),
    command("expert-mode [on|off]", "expert-mode", Admin, "allow commands for experts", |call| {
        mode(call.args.first(), "expert-mode", &mut call.cli.expert)
    }),
    command("experimental-mode [on|off]", "experimental-mode", Admin, "allow experimental commands", |call| {
        mode(call.args.first(), "experimental-mode", &mut call.cli.experimental)
    }),
    command("operator", "operator", Operator, "lower the level to operator", |call| {
        call.cli.lower(Operator);
        Ok(Answer::Done)
    }),
    command("user", "user", User, "lower the level to user", |call| {
        call.cli.lower(User);
        Ok(Answer::Done)
    }),
    command(
        "set severity-output [none|number|string]",
        "set severity-output",
        User,
        "levels before messages",
        |call| {
            call.cli.severity = match call.arg(0) {
                "none" => Severity::None,
                "number" => Severity::Number,
                "string" => Severity::Word,
                _ => return Err(Answer::error("one of 'none', 'number', 'string' is a required argument")),
            };
            Ok(Answer::Done)
        },
    ),
    command("set timeout cli <delay>", "set timeout", User, "how long the conversation may rest", set_timeout),
    command("show cli level", "show cli level", User, "the level of this conversation", |call| {
        Ok(Answer::info(level_name(call.cli.level)))
    }),
    command("show cli sockets", "show cli sockets", User, "the sockets and their levels", |call| {
        let mut out = String::from("# socket lvl processes\n");
        for socket in &call.worker.process.config.global.sockets {
            let at = super::socket::shown(&socket.bind.address);
            out.push_str(&format!("{at} {} all\n", level_name(socket.level)));
        }
        Ok(Answer::Text(out))
    }),
];

impl Cli {
    fn lower(&mut self, to: Level) {
        self.level = self.level.min(to);
        (self.expert, self.experimental) = (false, false);
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        User => "user",
        Operator => "operator",
        Admin => "admin",
    }
}

fn mode(word: Option<&Vec<u8>>, name: &str, flag: &mut bool) -> Result<Answer, Answer> {
    match word.map(Vec::as_slice) {
        None => return Ok(Answer::info(format!("{name} is {}", if *flag { "ON" } else { "OFF" }))),
        Some(b"on") => *flag = true,
        Some(b"off") => *flag = false,
        Some(_) => {}
    }
    Ok(Answer::Done)
}

/// Without arguments it turns the prompt on, and the second time off.
fn prompt(call: &mut Call<'_>) -> Result<Answer, Answer> {
    let cli = &mut *call.cli;
    if call.args.is_empty() {
        let on = !(cli.interactive && cli.prompt);
        (cli.interactive, cli.prompt) = (on, on);
    }
    for word in call.args {
        match word.as_slice() {
            b"n" => (cli.interactive, cli.prompt) = (false, false),
            b"i" => (cli.interactive, cli.prompt) = (true, false),
            b"p" => (cli.interactive, cli.prompt) = (true, true),
            b"timed" => (cli.interactive, cli.prompt, cli.timed) = (true, true, !cli.timed),
            _ => return Err(Answer::info(PROMPT_USAGE)),
        }
    }
    Ok(Answer::Done)
}

const PROMPT_USAGE: &str = "Usage: prompt [help | n | i | p | timed]*\n\
    Changes how the conversation goes on; without an argument, the prompt is turned on or off.\n  \
    help  this text\n  \
    n     not interactive: the conversation ends behind the line\n  \
    i     interactive, without a prompt\n  \
    p     interactive, with a prompt\n  \
    timed the prompt shows the time since the start, or no longer";

fn set_timeout(call: &mut Call<'_>) -> Result<Answer, Answer> {
    if call.arg(0) != "cli" {
        return Err(Answer::error("'set timeout' only supports 'cli'."));
    }
    if call.arg(1).is_empty() {
        return Err(Answer::error("Expects an integer value."));
    }
    call.cli.timeout = time(call.arg(1)).ok_or_else(|| Answer::error("Invalid timeout value."))?;
    Ok(Answer::Done)
}

/// A time in seconds unless it has a unit; none at all is refused.
fn time(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let scale = match unit {
        "us" => 1,
        "ms" => 1000,
        "" | "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    let micros = digits.parse::<u64>().ok()?.checked_mul(scale)?;
    Some(Duration::from_micros(micros)).filter(|time| !time.is_zero())
}

/// What is said about a command that nobody knows: those that it may have been meant to be.
pub(super) fn unknown(cli: &Cli, words: &[Vec<u8>]) -> Answer {
    let first = String::from_utf8_lossy(words.first().map_or(&b""[..], |w| w));
    let usable = || commands().filter(|c| c.level <= cli.level && !is_last(c));
    let mut near: Vec<_> = usable().filter(|c| related(words, c.words)).collect();
    if near.is_empty() {
        let text = words.iter().map(|w| String::from_utf8_lossy(w)).collect::<Vec<_>>().join(" ");
        near = usable().collect();
        near.sort_by_key(|c| sample::names::distance(text.as_bytes(), c.words.as_bytes()));
        near.truncate(5);
        near.sort_by_key(|c| c.usage);
    }
    let title = format!("Unknown command: '{first}', but maybe one of the following ones is a better match:");
    Answer::info(listing(&title, &near))
}

/// Whether one of the two begins like the other.
fn related(words: &[Vec<u8>], command: &str) -> bool {
    let count = words.len().min(command.split(' ').count());
    let start: Vec<_> = command.split(' ').take(count).collect();
    begins(words, &start.join(" ")) || count == 0
}

/// The commands that every list ends with.
fn is_last(command: &Command) -> bool {
    matches!(command.words, "help" | "prompt" | "quit")
}

fn listing(title: &str, list: &[&Command]) -> String {
    let mut sorted = list.to_vec();
    sorted.sort_by_key(|c| c.usage);
    sorted.extend(TABLE.iter().filter(|c| is_last(c)));
    let lines: Vec<_> = sorted.iter().map(|c| format!("  {:<40}: {}", c.usage, c.text)).collect();
    format!("{title}\n{}", lines.join("\n"))
}
