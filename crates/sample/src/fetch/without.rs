//! What filters and servers leave behind that cannot be configured here: FastCGI applications and compression. A
//! configuration without them gets the same answers from HAProxy.

use crate::{
    row::{Absent, Fetch, Places},
    value::{Type, Value},
};

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("fcgi.docroot", Type::Str, Places::REQUEST, |_, _| Err(Absent::Missing)).ok(&["fcgi.docroot"]),
    Fetch::new("fcgi.index", Type::Str, Places::REQUEST, |_, _| Err(Absent::Missing)).ok(&["fcgi.index"]),
    Fetch::new("res.comp", Type::Bool, Places::SERVER, |_, _| Ok(Value::Bool(false))).ok(&["res.comp"]),
    Fetch::new("res.comp_algo", Type::Str, Places::SERVER, |_, _| Err(Absent::Missing)).ok(&["res.comp_algo"]),
];
