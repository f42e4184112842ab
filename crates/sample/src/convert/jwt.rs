//! JSON Web Tokens: what is in them, and whether their signature is right (manual, section 7.3.1; RFC 7515).

use super::{json_query, text::bytes};
use crate::{
    base64,
    crypt::{self, digest, key::Algorithm},
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::borrow::Cow;

const PATH: &[ArgKind] = &[ArgKind::Str, ArgKind::OneOf(&["", "int"])];

pub(super) const TABLE: &[Convert] = &[
    Convert::new("jwt_header_query", Type::Bin, Type::Any, |args, _, value| query(args, value, 0))
        .args(0, PATH)
        .ok(&["jwt_header_query('$.alg')", "jwt_header_query"])
        .bad(&["jwt_header_query('$.a','float')"]),
    Convert::new("jwt_payload_query", Type::Bin, Type::Any, |args, _, value| query(args, value, 1))
        .args(0, PATH)
        .ok(&["jwt_payload_query('$.iat','int')", "jwt_payload_query"])
        .bad(&["jwt_payload_query('$.a','float')"]),
    Convert::new("jwt_verify", Type::Bin, Type::Int, verify)
        .args(2, &[ArgKind::Text, ArgKind::Key])
        .check(check)
        .ok(&["jwt_verify(HS256,secret)", "jwt_verify(RS256,key.pem)", "jwt_verify(txn.alg,txn.key)"])
        .bad(&["jwt_verify", "jwt_verify(HS256)", "jwt_verify(BAD,secret)", "jwt_verify(hs256,secret)"]),
];

/// The parts of a token between its points.
pub(super) fn parts<const N: usize>(token: &[u8]) -> Option<[&[u8]; N]> {
    let parts: Vec<&[u8]> = token.split(|b| *b == b'.').collect();
    parts.try_into().ok()
}

/// What a path finds in a part; nothing without a path, as in HAProxy.
fn query<'a>(args: &'a Args, value: Value<'a>, part: usize) -> Fetched<'a> {
    let token = bytes(value);
    let path = args.str(0).ok_or(Absent::Missing)?;
    let mut parts = token.split(|b| *b == b'.');
    let part = parts.nth(part).and_then(|part| base64::URL.decode(part)).ok_or(Absent::Missing)?;
    json_query::query(&part, path, args.int(1) == Some(1)).ok_or(Absent::Missing)
}

/// A known algorithm says what the key is: a secret, or the name of a file. Otherwise it may be either.
fn check(args: &mut Args) -> Result<(), String> {
    let algorithm = match args.str(0) {
        None => None,
        Some(name) => match Algorithm::find(name) {
            Some(algorithm) => Some(algorithm),
            None => return Err(format!("unknown JWT algorithm: {}", String::from_utf8_lossy(name))),
        },
    };
    let Some(key @ Arg::Name(_)) = args.0.get_mut(1) else { return Ok(()) };
    let Arg::Name(name) = key else { return Ok(()) };
    match algorithm {
        Some(algorithm) if algorithm.secret_digest().is_some() => *key = Arg::Str(std::mem::take(&mut name.text)),
        Some(_) if name.text.is_empty() => return Err(String::from("the name of a public key file is missing")),
        Some(_) => {}
        None => name.kind = ArgKind::MaybeKey,
    }
    Ok(())
}

const SUCCESS: i64 = 1;
const FAILURE: i64 = 0;
const UNKNOWN_ALGORITHM: i64 = -1;
const UNMANAGED_ALGORITHM: i64 = -2;
const INVALID_TOKEN: i64 = -3;
const UNKNOWN_KEY: i64 = -5;

fn verify<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let token = bytes(value);
    let text = |at: usize| match args.0.get(at) {
        Some(Arg::Var(id)) => cx.var(*id).and_then(Value::into_str).filter(|text| !text.is_empty()),
        Some(Arg::Name(name)) => Some(Cow::Borrowed(name.text.as_slice())),
        _ => args.str(at).map(Cow::Borrowed),
    };
    let (name, key) = (text(0).ok_or(Absent::Missing)?, text(1).ok_or(Absent::Missing)?);
    let verdict = match Algorithm::find(&name) {
        Some(algorithm) => verified(algorithm, &key, &token, cx),
        None => UNKNOWN_ALGORITHM,
    };
    Ok(Value::Int(verdict))
}

fn verified(algorithm: Algorithm, key: &[u8], token: &[u8], cx: &Cx<'_>) -> i64 {
    let Some([header, payload, signature]) = parts::<3>(token) else { return INVALID_TOKEN };
    let Some(signature) = base64::URL.decode(signature) else { return INVALID_TOKEN };
    let message = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
    if algorithm == Algorithm::None {
        return if signature.is_empty() { SUCCESS } else { FAILURE };
    }
    if header.is_empty() || payload.is_empty() || signature.is_empty() {
        return INVALID_TOKEN;
    }
    let right = match algorithm.secret_digest() {
        Some(digest) => match digest::mac(digest, key, message) {
            Some(code) => crypt::same(&code, &signature),
            None => return UNMANAGED_ALGORITHM,
        },
        None => match cx.env.public_key(key) {
            Some(key) => key.verifies(algorithm, message, &signature),
            None => return UNKNOWN_KEY,
        },
    };
    if right { SUCCESS } else { FAILURE }
}
