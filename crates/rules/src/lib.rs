//! Rules: what decides (ACLs and conditions, manual section 7) and what follows (actions, manual section 4.3 and 4.4).
//!
//! An action is evaluated on a [`Stream`] and answers with a [`Flow`], which the engine obeys. Nothing here waits,
//! sends or sleeps.

#![forbid(unsafe_code)]

pub mod acl;
pub mod flow;
pub mod userlist;

pub use flow::{Action, Cond, Flow, Reply, Rule, Ruleset, Term};
pub use userlist::Userlist;
