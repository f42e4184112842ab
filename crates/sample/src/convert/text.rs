//! Converters from text to text (manual, section 7.3.1).

use crate::{
    row::{Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};

pub(super) const TABLE: &[Convert] = &[
    Convert::new("lower", Type::Str, Type::Str, lower).ok(&["lower"]).bad(&["lower(1)"]),
    Convert::new("upper", Type::Str, Type::Str, upper).ok(&["upper"]),
];

fn lower<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    Ok(match value {
        Value::Str(mut text) if text.iter().any(u8::is_ascii_uppercase) => {
            text.to_mut().make_ascii_lowercase();
            Value::Str(text)
        }
        value => value,
    })
}

fn upper<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    Ok(match value {
        Value::Str(mut text) if text.iter().any(u8::is_ascii_lowercase) => {
            text.to_mut().make_ascii_uppercase();
            Value::Str(text)
        }
        value => value,
    })
}
