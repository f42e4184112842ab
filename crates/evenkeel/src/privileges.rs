//! Who the process is once its addresses are bound: `chroot`, `user`, `group`, `uid`, `gid` (manual, section 3.1).

use config::Global;
use nix::unistd::{Gid, Group, Uid, User, setgid, setgroups, setuid};
use source::{Diagnostic, Severity};
use std::path::PathBuf;

/// The identity to take, with every name looked up: the system's files are out of sight after `chroot`.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    chroot: Option<PathBuf>,
    uid: Option<Uid>,
    gid: Option<Gid>,
}

impl Identity {
    /// Looks the names up; a name that is not known is a finding.
    pub(crate) fn of(global: &Global) -> Result<Identity, Diagnostic> {
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        let unknown = |what: &str, name: &str| {
            let message = format!("cannot find {what} id for '{name}'");
            Diagnostic::global(Severity::Alert, "unknown-user", message)
                .help(format!("create the {what}, or name another"))
        };
        let user = global.user.as_deref().map(text);
        let group = global.group.as_deref().map(text);
        let uid = match user {
            None => global.uid.map(Uid::from_raw),
            Some(name) => Some(User::from_name(&name).ok().flatten().ok_or_else(|| unknown("user", &name))?.uid),
        };
        let gid = match group {
            None => global.gid.map(Gid::from_raw),
            Some(name) => Some(Group::from_name(&name).ok().flatten().ok_or_else(|| unknown("group", &name))?.gid),
        };
        Ok(Identity { chroot: global.chroot.clone(), uid, gid })
    }

    /// Takes the identity. To be called before the threads start.
    ///
    /// # Errors
    /// What could not be done, to be said behind the program's name.
    pub(crate) fn take(&self) -> Result<(), String> {
        if let Some(dir) = &self.chroot {
            let moved = rustix::process::chroot(dir).map_err(std::io::Error::from);
            moved
                .and_then(|()| std::env::set_current_dir("/"))
                .map_err(|_| format!("Cannot chroot({}).", dir.display()))?;
        }
        if let Some(gid) = self.gid.filter(|gid| *gid != Gid::effective()) {
            // Without the right to, the groups stay: HAProxy warns only.
            let _ = setgroups(&[]);
            setgid(gid).map_err(|_| format!("Cannot set gid {gid}."))?;
        }
        if let Some(uid) = self.uid.filter(|uid| *uid != Uid::effective()) {
            setuid(uid).map_err(|_| format!("Cannot set uid {uid}."))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_user_is_a_finding() {
        let global = Global { user: Some(b"no such user".to_vec()), ..Global::default() };
        let finding = Identity::of(&global).map_err(|f| f.message);
        assert_eq!(finding.err().as_deref(), Some("cannot find user id for 'no such user'"));
        let global = Global { user: Some(b"root".to_vec()), ..Global::default() };
        assert_eq!(Identity::of(&global).ok().and_then(|i| i.uid), Some(Uid::from_raw(0)));
    }
}
