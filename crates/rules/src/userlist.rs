//! Userlists (manual, section 12.1).

/// A named list of users and their groups.
#[derive(Debug, Clone, Default)]
pub struct Userlist {
    pub name: Vec<u8>,
    pub users: Vec<User>,
}

#[derive(Debug, Clone)]
pub struct User {
    pub name: Vec<u8>,
    pub password: Password,
    pub groups: Vec<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub enum Password {
    /// `crypt(3)` form.
    Hashed(Vec<u8>),
    Plain(Vec<u8>),
}
