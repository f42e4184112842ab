//! Origin servers that play scripts and remember every byte they got.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::peer::{End, Peer, Seen, lock, ms, pause, request_length};
use super::step::{Answers, Kind, Step};

/// One script per accepted connection in turn; the last one serves all later connections.
pub(crate) type Scripts = Vec<Vec<Step>>;

/// A connection that an origin accepted.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) at: Instant,
    seen: Arc<Mutex<Seen>>,
    /// The connection, once its script is over: our side of it stays open as long as the scene lasts.
    #[expect(dead_code, reason = "it is kept, not used")]
    kept: Arc<Mutex<Option<Peer>>>,
}

impl Accepted {
    pub(crate) fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    /// The word that `origin_received` uses for its state.
    pub(crate) fn end(&self) -> &'static str {
        match lock(&self.seen).end {
            None => "open",
            Some(End::Closed) => "closed",
            Some(End::Reset) => "reset",
            Some(End::OwnClose) => "origin-close",
            Some(End::OwnReset) => "origin-reset",
        }
    }
}

/// A listening origin; dropping it stops listening, connections live on until the proxy ends them.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) name: String,
    port: u16,
    scripts: Arc<Mutex<Scripts>>,
    accepted: Arc<Mutex<Vec<Accepted>>>,
    listening: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Origin {
    /// Does not listen yet.
    pub(crate) fn new(name: &str, port: u16, scripts: Scripts) -> Self {
        let scripts = Arc::new(Mutex::new(scripts));
        Self { name: name.to_owned(), port, scripts, accepted: Arc::default(), listening: None }
    }

    /// Opens the port; waits for it when another run of ours still has it.
    pub(crate) fn listen(&mut self) -> io::Result<()> {
        if self.listening.is_some() {
            return Ok(());
        }
        let listener = bind_patiently(self.port)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, scripts, accepted) = (Arc::clone(&stop), Arc::clone(&self.scripts), Arc::clone(&self.accepted));
        let thread = std::thread::spawn(move || accept(&listener, &flag, &scripts, &accepted));
        self.listening = Some((stop, thread));
        Ok(())
    }

    /// Closes the port.
    pub(crate) fn close(&mut self) {
        if let Some((stop, thread)) = self.listening.take() {
            stop.store(true, Ordering::SeqCst);
            // Wakes the thread that waits in accept().
            drop(TcpStream::connect(("127.0.0.1", self.port)));
            drop(thread.join());
        }
    }

    /// Scripts for the connections to come; the turn starts anew.
    pub(crate) fn set_scripts(&self, scripts: Scripts) {
        *lock(&self.scripts) = scripts;
    }

    /// The connections so far, in the order they were accepted.
    pub(crate) fn accepted(&self) -> Vec<Accepted> {
        lock(&self.accepted).clone()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.close();
    }
}

fn bind_patiently(port: u16) -> io::Result<TcpListener> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match TcpListener::bind(("127.0.0.1", port)) {
            Err(e) if e.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => pause(ms(20)),
            other => return other,
        }
    }
}

fn accept(listener: &TcpListener, stop: &AtomicBool, scripts: &Mutex<Scripts>, accepted: &Mutex<Vec<Accepted>>) {
    while let Ok((stream, _)) = listener.accept() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let seen = Arc::new(Mutex::new(Seen::default()));
        let kept = Arc::new(Mutex::new(None));
        lock(accepted).push(Accepted { at: Instant::now(), seen: Arc::clone(&seen), kept: Arc::clone(&kept) });
        let script = next_script(&mut lock(scripts));
        std::thread::spawn(move || {
            let peer = serve(Peer::new(stream, seen), &script);
            *lock(&kept) = Some(peer);
        });
    }
}

fn next_script(scripts: &mut Scripts) -> Vec<Step> {
    match scripts.len() {
        0 => Vec::new(),
        1 => scripts[0].clone(),
        _ => scripts.remove(0),
    }
}

/// Plays the script; one that ends, or whose read fails, keeps reading until the peer closes.
fn serve(mut peer: Peer, script: &[Step]) -> Peer {
    let mut at = 0;
    while let Some(step) = script.get(at) {
        at = if matches!(step.kind, Kind::Loop) { 0 } else { at + 1 };
        if !play(&mut peer, &step.kind) {
            break;
        }
    }
    peer.read_close(Duration::from_secs(60));
    peer
}

/// Longest wait for a message; a kept connection may idle that long.
const PATIENCE: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(5);

fn play(peer: &mut Peer, kind: &Kind) -> bool {
    match kind {
        Kind::ReadMessage => return peer.read_message(PATIENCE),
        Kind::ReadRequest => return peer.read_with(PATIENCE, request_length),
        Kind::ReadHead => return peer.read_until(b"\r\n\r\n", PATIENCE),
        Kind::ReadUntil(text, _) => return peer.read_until(text, LIMIT),
        Kind::ReadN(n) => return peer.read_n(*n, LIMIT),
        Kind::ReadEof(n) => drop(peer.read_close(ms(*n))),
        Kind::Send(data) => peer.send(data),
        Kind::Drip { data, each, gap } => drip(peer, data, *each, *gap),
        Kind::Wait(n) | Kind::Hold(n) => pause(ms(*n)),
        Kind::HalfClose => peer.half_close(),
        Kind::Close => {
            peer.drain();
            peer.close();
        }
        Kind::Reset => peer.reset(),
        Kind::ReadQuiet(n) => peer.read_quiet(ms(*n)),
        Kind::ReadClose(n) => drop(peer.read_close(ms(*n))),
        Kind::ReadSome => {
            let came = peer.read_n(1, PATIENCE);
            peer.drain();
            return came;
        }
        Kind::Answer(answers) => answer(peer, answers),
        Kind::Connect | Kind::Cli(_) | Kind::Loop => {}
    }
    true
}

fn answer(peer: &mut Peer, answers: &Answers) {
    let next = lock(&answers.queue).pop_front();
    pause(answers.delay);
    for (bytes, delay) in next.unwrap_or_else(|| vec![(answers.last.clone(), Duration::ZERO)]) {
        peer.send(&bytes);
        pause(delay);
    }
    if answers.closes {
        peer.close();
    }
}

/// Writes piece by piece.
pub(crate) fn drip(peer: &mut Peer, data: &[u8], each: usize, gap: u64) {
    for piece in data.chunks(each) {
        peer.send(piece);
        pause(ms(gap));
    }
}
