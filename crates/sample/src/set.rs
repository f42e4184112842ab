//! When a variable is set at all: the conditions of `set-var`, as an action and as a converter (manual, section 2.8).

use crate::value::Value;

/// When a variable is set at all. `Greater` and `Less` compare the old value with the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cond {
    Empty,
    Greater,
    Less,
    NotEmpty,
    NotSet,
    Set,
}

/// A variable that was unset does not exist any more, so that `exists` and `set` are the same but for `proc`.
pub const CONDS: [(&str, Cond); 8] = [
    ("ifempty", Cond::Empty),
    ("ifexists", Cond::Set),
    ("ifgt", Cond::Greater),
    ("iflt", Cond::Less),
    ("ifnotempty", Cond::NotEmpty),
    ("ifnotexists", Cond::NotSet),
    ("ifnotset", Cond::NotSet),
    ("ifset", Cond::Set),
];

impl Cond {
    /// Whether all conditions hold.
    pub fn allow(conds: &[Cond], old: Option<&Value<'_>>, new: &Value<'_>) -> bool {
        let empty = matches!(new, Value::Str(b) | Value::Bin(b) | Value::Meth(b) if b.is_empty());
        conds.iter().all(|cond| match (cond, old, new) {
            (Cond::Empty, ..) => empty,
            (Cond::NotEmpty, ..) => !empty,
            (Cond::Set, old, _) => old.is_some(),
            (Cond::NotSet, old, _) => old.is_none(),
            (Cond::Greater, Some(Value::Int(old)), Value::Int(new)) => old > new,
            (Cond::Less, Some(Value::Int(old)), Value::Int(new)) => old < new,
            (Cond::Greater | Cond::Less, ..) => true,
        })
    }
}
