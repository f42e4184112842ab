//! Public keys: every file that may be needed to verify signatures is read at the start.

use crate::host::Host;
use sample::{
    crypt::key::PublicKey,
    row::{ArgKind, Name},
};
use source::Diagnostic;

/// The keys read so far.
pub(super) struct Keys<'h> {
    host: &'h dyn Host,
    pub(super) list: Vec<PublicKey>,
}

impl<'h> Keys<'h> {
    pub(super) fn new(host: &'h dyn Host) -> Keys<'h> {
        Keys { host, list: Vec::new() }
    }

    /// Reads the file of a name; what is not `needed` may be something else than a key.
    pub(super) fn load(&mut self, name: &Name, needed: bool) -> Result<(), Diagnostic> {
        if self.list.iter().any(|key| key.name == name.text) {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(&name.text);
        let finding = |message: String, help: String| Diagnostic::alert("public-key", name.span, message).help(help);
        let key = match self.host.read(&name.text) {
            Ok(pem) => PublicKey::of_pem(&name.text, &pem).ok_or_else(|| {
                let help = "it has to begin with BEGIN PUBLIC KEY or BEGIN RSA PUBLIC KEY";
                finding(format!("no public key in file '{shown}'"), help.into())
            }),
            Err(why) => Err(finding(format!("failed to open public key file '{shown}'"), why)),
        };
        match key {
            Ok(key) => self.list.push(key),
            Err(finding) if needed => return Err(finding),
            Err(_) => {}
        }
        Ok(())
    }
}

/// Whether a name is that of a key, and must be.
pub(super) fn needed(name: &Name) -> Option<bool> {
    match name.kind {
        ArgKind::Key => Some(true),
        ArgKind::MaybeKey => Some(false),
        _ => None,
    }
}

impl std::fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("list", &self.list).finish_non_exhaustive()
    }
}
