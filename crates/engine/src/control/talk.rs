//! A conversation on the runtime socket: lines in, answers out, a prompt where one was asked for.

use super::{Answer, Cli, line, run_command};
use crate::{handover, worker::Worker};
use std::{io, rc::Rc};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

/// Talks until the client has enough, or the conversation rests for too long. A client that asks for the listeners gets them
/// on the stream that is given back.
pub(super) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(worker: Rc<Worker>, mut cli: Cli, stream: S) -> Option<S> {
    let mut conversation = Conversation { stream, received: Vec::new() };
    // A client that goes away is no error of ours.
    let end = conversation.run(&worker, &mut cli).await;
    matches!(end, Ok(End::Listeners)).then_some(conversation.stream)
}

/// How a conversation ends.
enum End {
    Talked,
    /// The client wants to have the listeners, and may.
    Listeners,
}

struct Conversation<S> {
    stream: S,
    /// What has come and was not looked at.
    received: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    async fn run(&mut self, worker: &Rc<Worker>, cli: &mut Cli) -> io::Result<End> {
        let tune = &worker.process.config.global.tune;
        loop {
            let line = match self.line(cli, tune.bufsize).await? {
                Line::Whole(line) => line,
                Line::End => return Ok(End::Talked),
                Line::TooLong => return self.refuse(cli, "command line", "buffer size", "tune.bufsize").await,
            };
            if line == handover::COMMAND {
                return Ok(if cli.exposes { End::Listeners } else { End::Talked });
            }
            if let Some(end) = line::payload_end(&line) {
                cli.payload = match self.payload(cli, &end, tune.cli_max_payload).await? {
                    Line::Whole(payload) => Some(payload),
                    // Half a payload is none: the command is not run.
                    Line::End => return Ok(End::Talked),
                    Line::TooLong => {
                        let limit = "maximum payload size";
                        return self.refuse(cli, "payload", limit, "tune.cli.max-payload-size").await;
                    }
                };
            }
            let out = answers(worker, cli, &line);
            self.send(out.as_bytes(), cli).await?;
            if cli.quit || !cli.interactive {
                return self.stream.shutdown().await.map(|()| End::Talked);
            }
        }
    }

    /// The next line, without its end. A client that has closed its side ends the conversation.
    async fn line(&mut self, cli: &Cli, limit: usize) -> io::Result<Line> {
        loop {
            if let Some(at) = self.received.iter().position(|b| *b == b'\n') {
                let mut line: Vec<_> = self.received.drain(..=at).collect();
                line.pop();
                return Ok(Line::Whole(line));
            }
            if self.received.len() >= limit {
                return Ok(Line::TooLong);
            }
            let mut buffer = [0; 4096];
            match timeout(cli.timeout, self.stream.read(&mut buffer)).await {
                Ok(Ok(n)) if n > 0 => self.received.extend_from_slice(buffer.get(..n).unwrap_or(&[])),
                Ok(Err(error)) => return Err(error),
                Ok(Ok(_)) | Err(_) => return Ok(Line::End),
            }
        }
    }

    /// Receives the lines of a payload. What ends it counts too.
    async fn payload(&mut self, cli: &Cli, end: &[u8], limit: usize) -> io::Result<Line> {
        let mut payload = Vec::new();
        loop {
            if cli.prompt {
                self.send(b"+ ", cli).await?;
            }
            let line = match self.line(cli, limit).await? {
                Line::Whole(line) => line,
                cut => return Ok(cut),
            };
            if payload.len() + line.len() >= limit {
                return Ok(Line::TooLong);
            }
            if line.strip_suffix(b"\r").unwrap_or(&line) == end {
                return Ok(Line::Whole(payload));
            }
            payload.extend(line);
            payload.push(b'\n');
        }
    }

    /// Tells that something is larger than `setting` allows, and ends the conversation.
    async fn refuse(&mut self, cli: &Cli, what: &str, limit: &str, setting: &str) -> io::Result<End> {
        let text = format!(
            "The {what} is too big for the {limit}. Please change '{setting}' in the configuration to use a bigger \
             command.\n"
        );
        self.send(text.as_bytes(), cli).await.map(|()| End::Talked)
    }

    async fn send(&mut self, text: &[u8], cli: &Cli) -> io::Result<()> {
        match timeout(cli.timeout, self.stream.write_all(text)).await {
            Ok(result) => result,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

enum Line {
    Whole(Vec<u8>),
    End,
    TooLong,
}

/// The answers to the commands of a line, and the prompt behind them.
fn answers(worker: &Rc<Worker>, cli: &mut Cli, line: &[u8]) -> String {
    let mut out = String::new();
    let mut commands = line::commands(line);
    if let (Some(_), Some(last)) = (&cli.payload, commands.last_mut()) {
        last.pop();
    }
    for words in commands {
        worker.process.counts.mine().requests.one();
        let answer = run_command(worker, cli, &words);
        if cli.quit {
            return out;
        }
        out.push_str(&answer.render(cli.severity));
    }
    cli.payload = None;
    if cli.prompt {
        out.push_str(&prompt(worker, cli));
    }
    out
}

fn prompt(worker: &Worker, cli: &Cli) -> String {
    if !cli.timed {
        return "> ".into();
    }
    let s = worker.process.uptime().as_secs();
    format!("[{}:{:02}:{:02}:{:02}]> ", s / 86_400, s / 3600 % 24, s / 60 % 60, s % 60)
}

/// One line of a conversation, for tests: all that is answered.
#[cfg(test)]
pub(super) fn say(worker: &Rc<Worker>, cli: &mut Cli, line: &str) -> String {
    answers(worker, cli, line.as_bytes())
}

impl Answer {
    /// Whether the command did not do what was asked.
    pub fn is_error(&self) -> bool {
        matches!(self, Answer::Message(level, _) if *level <= crate::log::level::ERR)
    }
}
