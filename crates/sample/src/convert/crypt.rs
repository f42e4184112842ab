//! Digests, authentication codes and AES (manual, section 7.3.1). Keys and their like are in Base64, or variables are.

use super::text::bytes;
use crate::{
    base64,
    crypt::{aes, digest},
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::borrow::Cow;

const CBC: &[ArgKind] = &[ArgKind::Int, ArgKind::Text, ArgKind::Text, ArgKind::Text];
const GCM: &[ArgKind] = &[ArgKind::Int, ArgKind::Text, ArgKind::Text, ArgKind::Text, ArgKind::Text];

pub(super) const TABLE: &[Convert] = &[
    Convert::new("aes_cbc_dec", Type::Bin, Type::Bin, |args, cx, value| {
        let plain = aes::cbc_decrypt(&key(args, cx)?, &coded(args, 1, cx)?, &bytes(value));
        plain.map(binary).ok_or(Absent::Missing)
    })
    .args(3, CBC)
    .check(check_aes)
    .ok(&["aes_cbc_dec(128,txn.n,Zm9vb2Zvb29mb29wZm9vbw==)"])
    .bad(&["aes_cbc_dec(128,txn.n)", "aes_cbc_dec(129,txn.n,txn.k)"]),
    Convert::new("aes_cbc_enc", Type::Bin, Type::Bin, |args, cx, value| {
        let secret = aes::cbc_encrypt(&key(args, cx)?, &coded(args, 1, cx)?, &bytes(value));
        secret.map(binary).ok_or(Absent::Missing)
    })
    .args(3, CBC)
    .check(check_aes)
    .ok(&["aes_cbc_enc(256,txn.n,txn.k)", "aes_cbc_enc(128,txn.n,txn.k,YWFk)"])
    .bad(&["aes_cbc_enc", "aes_cbc_enc(128,!!,txn.k)"]),
    Convert::new("aes_gcm_dec", Type::Bin, Type::Bin, |args, cx, value| {
        let (nonce, aad, tag) = (coded(args, 1, cx)?, aad(args, cx)?, coded(args, 3, cx)?);
        aes::gcm_decrypt(&key(args, cx)?, &nonce, &aad, &bytes(value), &tag).map(binary).ok_or(Absent::Missing)
    })
    .args(4, GCM)
    .check(check_aes)
    .ok(&["aes_gcm_dec(128,txn.n,Zm9vb2Zvb29mb29wZm9vbw==,txn.t)"])
    .bad(&["aes_gcm_dec(128,txn.n,txn.k)", "aes_gcm_dec(64,txn.n,txn.k,txn.t)"]),
    Convert::new("aes_gcm_enc", Type::Bin, Type::Bin, gcm_encrypt)
        .args(4, GCM)
        .check(|args| match args.var(3) {
            Some(_) => check_aes(args),
            None => Err(String::from("aead_tag must be a variable")),
        })
        .ok(&["aes_gcm_enc(128,txn.n,Zm9vb2Zvb29mb29wZm9vbw==,txn.t,YWFk)"])
        .bad(&["aes_gcm_enc(128,txn.n,txn.k,dHR0)", "aes_gcm_enc(64,txn.n,txn.k,txn.t)"]),
    Convert::new("digest", Type::Bin, Type::Bin, |args, _, value| {
        digest::get(args.int(0)).map(|a| binary((a.digest)(&bytes(value)))).ok_or(Absent::Missing)
    })
    .args(1, &[ArgKind::Str])
    .check(algorithm)
    .ok(&["digest(sha256)", "digest(MD5)"])
    .bad(&["digest", "digest()", "digest(sha2)"]),
    Convert::new("hmac", Type::Bin, Type::Bin, |args, cx, value| {
        let algorithm = digest::get(args.int(0)).ok_or(Absent::Missing)?;
        (algorithm.mac)(&coded(args, 1, cx)?, &bytes(value)).map(binary).ok_or(Absent::Missing)
    })
    .args(2, &[ArgKind::Str, ArgKind::Text])
    .check(|args| algorithm(args).and_then(|()| decode(args, 1, "key")))
    .ok(&["hmac(sha256,a2V5)", "hmac(sha1,txn.k)", "hmac(sha256,\"\")"])
    .bad(&["hmac(sha256)", "hmac(nope,a2V5)", "hmac(sha256,!!!)"]),
    Convert::new("sha2", Type::Bin, Type::Bin, |args, _, value| {
        digest::get(args.int(0)).map(|a| binary((a.digest)(&bytes(value)))).ok_or(Absent::Missing)
    })
    .args(0, &[ArgKind::Int])
    .check(|args| {
        let name = match args.int(0).unwrap_or(256) {
            bits @ (224 | 256 | 384 | 512) => format!("sha{bits}"),
            bits => return Err(format!("Unsupported number of bits for SHA-2: {bits}")),
        };
        args.0 = digest::find(name.as_bytes()).map(|number| Arg::Int(number as i64)).into_iter().collect();
        Ok(())
    })
    .ok(&["sha2", "sha2()", "sha2(512)"])
    .bad(&["sha2(1)", "sha2(x)"]),
];

fn binary(bytes: Vec<u8>) -> Value<'static> {
    Value::Bin(Cow::Owned(bytes))
}

/// The name of a digest becomes its number.
fn algorithm(args: &mut Args) -> Result<(), String> {
    let name = args.str(0).unwrap_or_default();
    let Some(number) = digest::find(name) else {
        return Err(format!("digest algorithm '{}' is not supported", String::from_utf8_lossy(name)));
    };
    if let Some(first) = args.0.first_mut() {
        *first = Arg::Int(number as i64);
    }
    Ok(())
}

fn check_aes(args: &mut Args) -> Result<(), String> {
    if !matches!(args.int(0), Some(128 | 192 | 256)) {
        return Err(String::from("key size must be 128, 192 or 256 (bits)."));
    }
    ["nonce", "key", "aead_tag", "aad"].iter().enumerate().try_for_each(|(at, what)| decode(args, at + 1, what))
}

/// A text in Base64 becomes its bytes; variables are read when they are asked.
fn decode(args: &mut Args, at: usize, what: &str) -> Result<(), String> {
    if let Some(Arg::Str(text)) = args.0.get_mut(at) {
        *text = base64::STANDARD.decode(text).ok_or_else(|| format!("failed to parse {what}, it is not in Base64"))?;
    }
    Ok(())
}

/// The bytes of an argument.
fn coded<'a>(args: &'a Args, at: usize, cx: &Cx<'a>) -> Result<Cow<'a, [u8]>, Absent> {
    match args.var(at) {
        None => args.str(at).map(Cow::Borrowed).ok_or(Absent::Missing),
        Some(id) => {
            let text = cx.var(id).and_then(Value::into_str).ok_or(Absent::Missing)?;
            base64::STANDARD.decode(&text).map(Cow::Owned).ok_or(Absent::Missing)
        }
    }
}

/// The key, which has as many bits as was said.
fn key<'a>(args: &'a Args, cx: &Cx<'a>) -> Result<Cow<'a, [u8]>, Absent> {
    let key = coded(args, 2, cx)?;
    if args.int(0) == Some(key.len() as i64 * 8) { Ok(key) } else { Err(Absent::Missing) }
}

fn aad<'a>(args: &'a Args, cx: &Cx<'a>) -> Result<Cow<'a, [u8]>, Absent> {
    if args.len() > 4 { coded(args, 4, cx) } else { Ok(Cow::Borrowed(&[])) }
}

/// The tag goes into a variable.
fn gcm_encrypt<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let (nonce, aad) = (coded(args, 1, cx)?, aad(args, cx)?);
    let secret = aes::gcm_encrypt(&key(args, cx)?, &nonce, &aad, &bytes(value));
    let (secret, tag) = secret.ok_or(Absent::Missing)?;
    let id = args.var(3).ok_or(Absent::Missing)?;
    cx.set_var(id, Some(Value::string(base64::STANDARD.encode(&tag))));
    Ok(binary(secret))
}
