//! ACLs: a sample, a way to match it, and patterns (manual, section 7.1).

use sample::Expr;

/// A named or anonymous ACL. Several lines of one name are alternatives.
#[derive(Debug)]
pub struct Acl {
    pub name: Vec<u8>,
    pub tests: Vec<Test>,
}

/// One `acl` line.
#[derive(Debug)]
pub struct Test {
    pub expr: Expr,
}
