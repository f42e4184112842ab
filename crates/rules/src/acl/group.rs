//! The match of `http_auth_group`: whether the user is a member of a group.

use super::Pattern;
use sample::{Cx, Expr, Value};

/// The fetch whose patterns are groups, whatever `-m` says.
pub(super) const FETCH: &str = "http_auth_group";

pub(super) fn any(expr: &Expr, groups: &[Pattern], user: &Value<'_>, cx: &Cx<'_>) -> bool {
    let (Value::Str(user), Some((list, _))) = (user, expr.args.id(0)) else { return false };
    groups.iter().any(|group| cx.env.in_group(list, user, &group.text))
}
