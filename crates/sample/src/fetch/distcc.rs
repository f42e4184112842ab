//! The messages of distcc (manual, section 7.3.5): tokens of four letters, each with a parameter of eight hexadecimal digits,
//! which of some tokens is the size of what follows.

use super::payload::buffer;
use crate::{
    row::{Absent, Arg, ArgKind, Args, Fetch, Places},
    stream::Cx,
    value::{Type, Value},
};

const ARGS: &[ArgKind] = &[ArgKind::Str, ArgKind::Int];

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("distcc_body", Type::Bin, Places::MESSAGE, |args, cx| find(args, cx).map(|(_, body)| Value::bin(body)))
        .args(1, ARGS)
        .check(token)
        .ok(&["distcc_body(DOTI)", "distcc_body(ARGV,2)"])
        .bad(&["distcc_body", "distcc_body()", "distcc_body(ABCDE)", "distcc_body(ARGV,x)"]),
    Fetch::new("distcc_param", Type::Int, Places::MESSAGE, |args, cx| {
        find(args, cx).map(|(param, _)| Value::Int(param.into()))
    })
    .args(1, ARGS)
    .check(token)
    .ok(&["distcc_param(ARGC)", "distcc_param(ARGV,3)"])
    .bad(&["distcc_param", "distcc_param()", "distcc_param(ABC)"]),
];

/// Tokens with a body.
const BODIES: [&[u8]; 9] = [b"ARGV", b"CDIR", b"DOTI", b"DOTO", b"FILE", b"LINK", b"NAME", b"SERR", b"SOUT"];

fn token(args: &mut Args) -> Result<(), String> {
    match (args.str(0).unwrap_or_default().len(), args.0.get(1)) {
        (4, Some(Arg::Int(_)) | None) => Ok(()),
        (4, _) => Err(String::from("the occurrence must be an integer")),
        _ => Err(String::from("a token of distcc has four letters")),
    }
}

/// The parameter and the body of an occurrence of a token, the first one where none is wanted.
fn find<'a>(args: &Args, cx: &Cx<'a>) -> Result<(u32, &'a [u8]), Absent> {
    let (wanted, mut occurrence) = (args.str(0).unwrap_or_default(), args.int(1).unwrap_or(1).max(1));
    let payload = buffer(cx);
    let missing = if payload.complete { Absent::Missing } else { Absent::NotYet };
    let mut rest = payload.bytes.as_slice();
    loop {
        let (head, behind) = rest.split_at_checked(12).ok_or(missing)?;
        let (name, digits) = head.split_at_checked(4).ok_or(Absent::Missing)?;
        let param = hexadecimal(digits).ok_or(Absent::Missing)?;
        let size = if BODIES.contains(&name) { param as usize } else { 0 };
        if name == wanted {
            occurrence -= 1;
        }
        if name == wanted && occurrence == 0 {
            // What has not come of a body is not waited for: the parameter tells how large it will be.
            return Ok((param, behind.get(..size).unwrap_or(behind)));
        }
        rest = behind.get(size..).ok_or(missing)?;
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |sum, b| Some(sum << 4 | char::from(*b).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hexadecimal_digits_are_a_parameter() {
        assert_eq!(hexadecimal(b"0000001f"), Some(31));
        assert_eq!(hexadecimal(b"0000000z"), None);
        assert_eq!(hexadecimal(b"+0000001"), None);
    }
}
