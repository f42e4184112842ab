//! Rules: what decides (ACLs and conditions, manual section 7) and what follows (actions, manual section 4.3 and 4.4).
//!
//! An action is evaluated on a [`Stream`](sample::Stream) and answers with a [`Flow`], which the engine obeys. Nothing
//! here waits, sends or sleeps.

#![forbid(unsafe_code)]

pub mod acl;
pub mod action;
pub mod cond;
pub mod crypt;
pub mod flow;
pub mod http_errors;
pub mod parse;
pub mod userlist;

pub use acl::{Acl, Acls, parse_acl};
pub use cond::{Cond, NotYet, Term, parse_cond};
pub use flow::{Action, Flow, Protocol, Reply, Rule, Ruleset, run};
pub use parse::{Captures, Fault, Outside, ParseRules, parse_redirect, parse_rule};
pub use userlist::Userlist;
