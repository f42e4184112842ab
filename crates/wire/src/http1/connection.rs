//! `Connection`, `Upgrade` and `TE`: what concerns one connection only, and does not simply pass.

use message::{Head, tokens};

use super::fields::Fate;

/// What these fields say so far.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    /// `Connection` has the token `upgrade`.
    asks_upgrade: bool,
    /// There is an `Upgrade` field that is kept.
    has_upgrade: bool,
    websocket: bool,
    /// A kept `Connection` field has a token that is ours to say.
    edit_connection: bool,
    /// A kept `Upgrade` field has a token of HTTP/2, which is not offered on.
    edit_upgrade: bool,
    has_te: bool,
    edit_te: bool,
}

impl Connection {
    /// Takes a `Connection` field: `close` and `keep-alive` are noted and not passed on.
    pub(super) fn connection(&mut self, text: &[u8]) -> Fate {
        let mut fate = Fate::Drop;
        let mut ours = false;
        for token in tokens(text) {
            if token.eq_ignore_ascii_case(b"close") {
                (self.close, ours) = (true, true);
            } else if token.eq_ignore_ascii_case(b"keep-alive") {
                (self.keep_alive, ours) = (true, true);
            } else {
                self.asks_upgrade |= token.eq_ignore_ascii_case(b"upgrade");
                fate = Fate::Keep;
            }
        }
        self.edit_connection |= ours && fate == Fate::Keep;
        fate
    }

    /// Takes an `Upgrade` field: `h2` and `h2c` are not passed on.
    pub(super) fn upgrade(&mut self, text: &[u8]) -> Fate {
        let (mut others, mut http2) = (false, false);
        for token in tokens(text) {
            self.websocket |= token.eq_ignore_ascii_case(b"websocket");
            http2 |= is_http2(token);
            others |= !is_http2(token);
        }
        self.has_upgrade |= others;
        self.edit_upgrade |= http2 && others;
        if others { Fate::Keep } else { Fate::Drop }
    }

    /// Takes a `TE` field: only `trailers` is passed on, once.
    pub(super) fn te(&mut self, text: &[u8]) -> Fate {
        let trailers = text.split(|b| *b == b',').any(|word| word.trim_ascii_start() == b"trailers");
        if !trailers || self.has_te {
            return Fate::Drop;
        }
        self.has_te = true;
        self.edit_te = text != b"trailers";
        Fate::Keep
    }

    pub(super) fn upgrades(&self) -> bool {
        self.asks_upgrade && self.has_upgrade
    }

    /// Whether `Connection` has the token `upgrade`: enough for a 101.
    pub(super) fn asks_upgrade(&self) -> bool {
        self.asks_upgrade
    }

    pub(super) fn websockets(&self) -> bool {
        self.upgrades() && self.websocket
    }

    /// Whether the sender keeps the connection, by its tokens and its version.
    pub(super) fn keeps(&self, persistent: bool) -> bool {
        !self.close && (persistent || self.keep_alive)
    }

    /// Removes from `head` what is not passed on. From requests go a lone `Upgrade`,
    /// and a lone `Connection: upgrade`.
    pub(super) fn amend(&self, head: &mut Head, request: bool) {
        let lone_token = request && self.asks_upgrade && !self.has_upgrade;
        if self.edit_connection || lone_token {
            edit(head, b"connection", |token| {
                token.eq_ignore_ascii_case(b"close")
                    || token.eq_ignore_ascii_case(b"keep-alive")
                    || lone_token && token.eq_ignore_ascii_case(b"upgrade")
            });
        }
        if request && self.has_upgrade && !self.asks_upgrade {
            head.remove(b"upgrade");
        } else if self.edit_upgrade {
            edit(head, b"upgrade", is_http2);
        }
        if self.edit_te
            && let Some(at) = head.position(b"te", 0)
        {
            head.set_value_at(at, b"trailers");
        }
    }
}

fn is_http2(token: &[u8]) -> bool {
    token.eq_ignore_ascii_case(b"h2c") || token.eq_ignore_ascii_case(b"h2")
}

/// Removes tokens from all fields called `name`, and the fields that have none left.
fn edit(head: &mut Head, name: &[u8], gone: impl Fn(&[u8]) -> bool) {
    let mut from = 0;
    while let Some(at) = head.position(name, from) {
        let old = head.fields().get(at).map_or(&[][..], |f| head.get(f.value));
        let new = without(old, &gone);
        if new.is_empty() {
            head.remove_at(at);
            continue;
        }
        if new != old {
            head.set_value_at(at, &new);
        }
        from = at + 1;
    }
}

/// `list` without some of its tokens. What stands before the first of those stays as it is written.
fn without(list: &[u8], gone: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let (mut out, mut end, mut moved) = (Vec::new(), 0, false);
    for piece in list.split(|b| *b == b',') {
        let token = piece.trim_ascii();
        let token_end = end + piece.trim_ascii_end().len();
        end += piece.len() + 1;
        if token.is_empty() {
            continue;
        } else if gone(token) {
            moved = true;
        } else if moved {
            if !out.is_empty() {
                out.push(b',');
            }
            out.extend_from_slice(token);
        } else {
            out = list.get(..token_end).unwrap_or(list).to_vec();
        }
    }
    out
}
