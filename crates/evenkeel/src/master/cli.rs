//! Conversations with the master (`-S`, management manual, section 9.4).

use super::request::Request;
use config::{Config, Options, keyword::stats::Level};
use engine::{
    control::{self, Control, Stream},
    listener::Opening,
};
use source::{Files, Severity};
use std::io;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    sync::{mpsc, oneshot},
};

type Ask = mpsc::Sender<Request>;

/// Commands of the master's own: words, help, and the right that they need.
const COMMANDS: &[(&str, &str, Level)] = &[
    ("@!<pid>", "send a command to the process of this number, or all that follow", Level::User),
    ("@<relative pid>", "send a command to the current worker (1), or all that follow", Level::User),
    ("@master", "send a command to the master, or all that follow", Level::User),
    ("hard-reload", "reload, and end the old workers at once", Level::Admin),
    ("operator", "lower the level of this conversation to operator", Level::Operator),
    ("reload", "start a worker with the configuration as it is now", Level::Admin),
    ("show cli level", "show the level of this conversation", Level::User),
    ("show proc", "show the processes", Level::Operator),
    ("show startup-logs", "show what was said in the last start", Level::Operator),
    ("show version", "show the version", Level::User),
    ("user", "lower the level of this conversation to user", Level::User),
    ("help", "show this list", Level::User),
    ("prompt", "show a prompt, or none", Level::User),
    ("quit", "end the conversation", Level::User),
];

/// Opens the socket of `-S`: an address and options of a `bind` line, with commas between them.
pub(super) fn open(address: &str, ask: Ask) -> Result<(), String> {
    let config = read(address)?;
    let (controls, failed) = control::open(&config, &Opening::default());
    if let Some((_, e)) = failed.first() {
        return Err(format!("Cannot open the master's socket {address}: {}", crate::report::system(e)));
    }
    let level = config.global.sockets.first().map(|socket| socket.level).unwrap_or_default();
    for control in controls {
        tokio::spawn(listen(control, level, ask.clone()));
    }
    Ok(())
}

/// The line of a configuration that says the same.
fn read(address: &str) -> Result<Config, String> {
    let level = if address.contains(",level,") { "" } else { " level admin" };
    let mut files = Files::default();
    files.add("-S", format!("global\n stats socket {}{level}\n", address.replace(',', " ")).as_bytes());
    let ids: Vec<_> = files.ids().collect();
    let machine = crate::host::Machine::new(&crate::args::Args::default(), &[]);
    let (config, findings) = config::load(&files, &ids, &machine, Options::default());
    let fault = findings.iter().find(|finding| finding.severity == Severity::Alert && finding.span.is_some());
    match fault {
        Some(fault) => Err(format!("-S: {}", fault.message)),
        None => Ok(config),
    }
}

async fn listen(control: Control, level: Level, ask: Ask) {
    let ended = control::accept(control, |stream| match stream {
        Stream::Unix(stream) => drop(tokio::spawn(talk(stream, level, ask.clone()))),
        Stream::Tcp(stream) => drop(tokio::spawn(talk(stream, level, ask.clone()))),
    })
    .await;
    if let Err(e) = ended {
        tracing::error!("the master's socket ended: {e}");
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, level: Level, ask: Ask) {
    let (read, write) = tokio::io::split(stream);
    let talk = Talk { read: BufReader::new(read), write, level, ask, whom: None, prompt: false, quit: false };
    // A client that goes away is no error of ours.
    let _ = talk.run().await;
}

struct Talk<R, W> {
    read: BufReader<R>,
    write: W,
    level: Level,
    ask: Ask,
    /// The worker that commands go to.
    whom: Option<String>,
    prompt: bool,
    quit: bool,
}

/// The longest line.
const LINE: u64 = 16384;

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Talk<R, W> {
    async fn run(mut self) -> io::Result<()> {
        while let Some(line) = self.line().await? {
            for command in commands(&line) {
                let answer = self.command(command.trim()).await?;
                self.write.write_all(answer.as_bytes()).await?;
                if self.quit {
                    return self.write.shutdown().await;
                }
            }
            if self.prompt {
                let prompt = self.prompt().await;
                self.write.write_all(prompt.as_bytes()).await?;
            }
        }
        Ok(())
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = (&mut self.read).take(LINE).read_line(&mut line).await?;
        Ok((read > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
    }

    async fn command(&mut self, command: &str) -> io::Result<String> {
        let (whom, command) = match command.strip_prefix('@') {
            None => (self.whom.clone(), command),
            Some(rest) => {
                let (whom, command) = rest.split_once(' ').unwrap_or((rest, ""));
                let whom = Some(whom).filter(|whom| !["", "0", "master"].contains(whom)).map(str::to_owned);
                if command.is_empty() {
                    return Ok(self.turn_to(whom).await);
                }
                (whom, command.trim())
            }
        };
        match whom {
            Some(whom) => self.pass_on(&whom, command).await,
            None => Ok(self.own(command).await),
        }
    }

    /// From now on, commands go there.
    async fn turn_to(&mut self, whom: Option<String>) -> String {
        if let Some(whom) = &whom
            && self.call(whom).await.is_none()
        {
            return unknown(whom);
        }
        self.whom = whom;
        String::new()
    }

    async fn call(&self, whom: &str) -> Option<tokio::net::UnixStream> {
        let (whom, level) = (whom.to_owned(), self.level);
        let stream = self.ask(|reply| Request::Call { whom, level, reply }).await??;
        stream.set_nonblocking(true).ok()?;
        tokio::net::UnixStream::from_std(stream).ok()
    }

    /// A worker answers, one command a conversation.
    async fn pass_on(&mut self, whom: &str, command: &str) -> io::Result<String> {
        if command == "quit" {
            self.quit = true;
            return Ok(String::new());
        }
        let Some(mut worker) = self.call(whom).await else { return Ok(unknown(whom)) };
        let mut text = format!("{command}\n");
        if command.ends_with("<<") {
            while let Some(line) = self.line().await?.filter(|line| !line.is_empty()) {
                text.push_str(&line);
                text.push('\n');
            }
            text.push('\n');
        }
        worker.write_all(text.as_bytes()).await?;
        worker.shutdown().await?;
        let mut answer = Vec::new();
        worker.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// A command of the master's own.
    async fn own(&mut self, command: &str) -> String {
        let known = COMMANDS.iter().find(|(words, ..)| *words == command || command.starts_with(&format!("{words} ")));
        if known.is_some_and(|(_, _, level)| self.level < *level) {
            return "Permission denied\n\n".into();
        }
        let answer = match command {
            "" => Some(String::new()),
            "show version" => Some(format!("{}\n", config::VERSION)),
            "show proc" => self.ask(|reply| Request::Processes { debug: false, reply }).await,
            "show proc debug" => self.ask(|reply| Request::Processes { debug: true, reply }).await,
            "show startup-logs" => self.ask(|reply| Request::Startup { status: false, reply }).await,
            "_loadstatus" if self.level == Level::Admin => {
                self.ask(|reply| Request::Startup { status: true, reply }).await
            }
            "reload" | "hard-reload" => {
                self.quit = true;
                self.ask(|reply| Request::Reload { hard: command == "hard-reload", reply }).await
            }
            "show cli level" => Some(format!("{}\n", name(self.level))),
            "operator" | "user" => {
                self.level = if command == "user" { Level::User } else { Level::Operator };
                Some(String::new())
            }
            "prompt" => {
                self.prompt = !self.prompt;
                return String::new();
            }
            "quit" => {
                self.quit = true;
                return String::new();
            }
            "help" => Some(help()),
            _ if command.starts_with("show proc ") => Some("'show proc' only supports 'debug' as argument\n".into()),
            _ => Some(format!("Unknown command: '{command}'. {}", help())),
        };
        format!("{}\n", answer.unwrap_or_default())
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.ask.send(request(reply)).await.ok()?;
        answer.await.ok()
    }

    async fn prompt(&self) -> String {
        match &self.whom {
            Some(whom) => format!("{}> ", whom.trim_start_matches('!')),
            None if self.ask(|reply| Request::State { reply }).await == Some(false) => "master[ReloadFailed]> ".into(),
            None => "master> ".into(),
        }
    }
}

fn unknown(whom: &str) -> String {
    format!("Can't find the target PID matching the prefix '@{whom}'\n")
}

fn name(level: Level) -> &'static str {
    match level {
        Level::User => "user",
        Level::Operator => "operator",
        Level::Admin => "admin",
    }
}

fn help() -> String {
    let rows = COMMANDS.iter().map(|(words, help, _)| format!("  {words:<40}: {help}\n"));
    std::iter::once("The following commands are valid at this level:\n".to_owned()).chain(rows).collect()
}

/// The commands of a line: a backslash takes its meaning from a semicolon, and `@@N` takes the whole line to a worker.
fn commands(line: &str) -> Vec<String> {
    if let Some(whole) = line.strip_prefix("@@") {
        return vec![format!("@{whole}")];
    }
    let mut commands = vec![String::new()];
    let mut escaped = false;
    for c in line.chars() {
        match commands.last_mut() {
            Some(last) if c != ';' || escaped => last.push(c),
            _ => commands.push(String::new()),
        }
        escaped = c == '\\' && !escaped;
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_several_commands() {
        assert_eq!(commands("a; b"), ["a", " b"]);
        assert_eq!(commands(r"a\;b"), [r"a\;b"]);
        assert_eq!(commands("@@1 a; b"), ["@1 a; b"]);
    }

    #[test]
    fn an_address_has_options() {
        let level = |address: &str| read(address).map(|config| config.global.sockets[0].level);
        assert_eq!(level("/m.sock"), Ok(Level::Admin));
        assert_eq!(level("/m.sock,level,user,mode,600"), Ok(Level::User));
        assert!(level("/m.sock,bogus").is_err_and(|text| text.starts_with("-S: ")));
    }
}
