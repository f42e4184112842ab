//! Userlists: users, their passwords and groups (manual, section 12.1).

use crate::crypt;

/// A `userlist` section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Userlist {
    pub name: Vec<u8>,
    pub users: Vec<User>,
    /// Every group of the section, with users or without.
    pub groups: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: Vec<u8>,
    pub password: Password,
    /// Names of the groups that the user is in, whichever line said so.
    pub groups: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// A hash as `crypt(3)` writes it.
    Hashed(Vec<u8>),
    /// `insecure-password`.
    Plain(Vec<u8>),
}

impl Userlist {
    /// Whether the list has this user with this password.
    pub fn check(&self, user: &[u8], password: &[u8]) -> bool {
        self.user(user).is_some_and(|user| user.password.accepts(password))
    }

    /// Whether the user is a member of the group.
    pub fn in_group(&self, user: &[u8], group: &[u8]) -> bool {
        self.user(user).is_some_and(|user| user.groups.iter().any(|g| g == group))
    }

    /// Whether the list has the group.
    pub fn has_group(&self, group: &[u8]) -> bool {
        self.groups.iter().any(|g| g == group)
    }

    fn user(&self, name: &[u8]) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }
}

impl Password {
    fn accepts(&self, password: &[u8]) -> bool {
        match self {
            Password::Hashed(hash) => crypt::verify(password, hash),
            Password::Plain(plain) => plain == password,
        }
    }
}
