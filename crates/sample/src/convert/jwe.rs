//! Encrypted JSON Web Tokens (manual, section 7.3.1; RFC 7516), with keys that both sides have.
//!
//! A token has five parts: header, wrapped key, nonce, text, tag. JSON Web Keys of the types `EC` and `RSA` decrypt
//! nothing here: they are private keys, which have their place among certificates.

use super::{json_query, jwt::parts, text::bytes};
use crate::{
    base64,
    crypt::{self, aes, digest},
    row::{Absent, Arg, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::borrow::Cow;

pub(super) const TABLE: &[Convert] = &[
    Convert::new("jwt_decrypt_jwk", Type::Bin, Type::Bin, |args, cx, value| {
        let jwk = text(args, cx)?;
        let member = |path: &[u8]| json_query::query(&jwk, path, false).and_then(Value::into_str);
        let secret = member(b"$.kty").filter(|kind| **kind == *b"oct").and_then(|_| member(b"$.k"));
        decrypt(value, secret.and_then(|secret| base64::URL.decode(&secret)))
    })
    .args(1, &[ArgKind::Text])
    .check(|args| match args.str(0) {
        Some(jwk) if json_query::query(jwk, b"$.kty", false).is_none() => Err(String::from("invalid JWK")),
        Some(jwk) if json_query::query(jwk, b"$.kty", false) != Some(Value::str(b"oct")) => {
            Err(String::from("only JWKs of type 'oct' are supported by evenkeel yet"))
        }
        _ => Ok(()),
    })
    .ok(&["jwt_decrypt_jwk(txn.k)", "jwt_decrypt_jwk('{\"kty\":\"oct\",\"k\":\"AQID\"}')"])
    .bad(&["jwt_decrypt_jwk(x)"]),
    Convert::new("jwt_decrypt_secret", Type::Bin, Type::Bin, |args, cx, value| {
        let secret = match args.0.first() {
            Some(Arg::Str(secret)) => Some(secret.clone()),
            _ => base64::STANDARD.decode(&text(args, cx)?),
        };
        decrypt(value, secret)
    })
    .args(1, &[ArgKind::Text])
    .check(|args| match args.0.first_mut() {
        Some(Arg::Str(text)) => {
            *text = base64::STANDARD.decode(text).ok_or("failed to decode the secret, it is not in Base64")?;
            Ok(())
        }
        _ => Ok(()),
    })
    .ok(&["jwt_decrypt_secret(txn.s)", "jwt_decrypt_secret(AAAA)"])
    .bad(&["jwt_decrypt_secret(AQIDBAUGBwgJCgsMDQ4PEA)"]),
];

/// The text of the argument or of the variable that it names.
fn text<'a>(args: &'a Args, cx: &Cx<'a>) -> Result<Cow<'a, [u8]>, Absent> {
    match args.var(0) {
        Some(id) => cx.var(id).and_then(Value::into_str).ok_or(Absent::Missing),
        None => args.str(0).map(Cow::Borrowed).ok_or(Absent::Missing),
    }
}

fn decrypt<'a>(token: Value<'a>, secret: Option<Vec<u8>>) -> Fetched<'a> {
    let token = bytes(token);
    let plain = secret.and_then(|secret| decrypted(&token, &secret));
    plain.map(|plain| Value::Bin(Cow::Owned(plain))).ok_or(Absent::Missing)
}

fn decrypted(token: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let [header, wrapped, nonce, text, tag] = parts::<5>(token)?;
    let decode = |part: &[u8]| base64::URL.decode(part);
    let json = decode(header)?;
    let member = |path: &[u8]| json_query::query(&json, path, false).and_then(Value::into_str);
    let key = content_key(&member(b"$.alg")?, secret, &decode(wrapped)?, &|path| decode(&member(path)?))?;
    let (nonce, text, tag) = (decode(nonce)?, decode(text)?, decode(tag)?);
    // The header is authenticated as it was sent.
    match member(b"$.enc")?.as_ref() {
        b"A128GCM" => gcm(&key, 16, &nonce, header, &text, &tag),
        b"A192GCM" => gcm(&key, 24, &nonce, header, &text, &tag),
        b"A256GCM" => gcm(&key, 32, &nonce, header, &text, &tag),
        b"A128CBC-HS256" => cbc(&key, 16, "sha256", &nonce, header, &text, &tag),
        b"A192CBC-HS384" => cbc(&key, 24, "sha384", &nonce, header, &text, &tag),
        b"A256CBC-HS512" => cbc(&key, 32, "sha512", &nonce, header, &text, &tag),
        _ => None,
    }
}

/// The key of the text: the secret itself, or what the secret unwraps. `member` decodes one of the header.
fn content_key(
    algorithm: &[u8],
    secret: &[u8],
    wrapped: &[u8],
    member: &dyn Fn(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let bits = |bits: usize| (secret.len() * 8 == bits).then_some(());
    let gcm = || aes::gcm_decrypt(secret, &member(b"$.iv")?, &[], wrapped, &member(b"$.tag")?);
    match algorithm {
        b"dir" => wrapped.is_empty().then(|| secret.to_vec()),
        b"A128KW" => bits(128).and_then(|()| aes::unwrap(secret, wrapped)),
        b"A192KW" => bits(192).and_then(|()| aes::unwrap(secret, wrapped)),
        b"A256KW" => bits(256).and_then(|()| aes::unwrap(secret, wrapped)),
        b"A128GCMKW" => bits(128).and_then(|()| gcm()),
        b"A192GCMKW" => bits(192).and_then(|()| gcm()),
        b"A256GCMKW" => bits(256).and_then(|()| gcm()),
        _ => None,
    }
}

fn gcm(key: &[u8], len: usize, nonce: &[u8], aad: &[u8], text: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    if key.len() != len || nonce.len() != 12 {
        return None;
    }
    aes::gcm_decrypt(key, nonce, aad, text, tag)
}

/// The first half of the key authenticates, the second decrypts (RFC 7518, 5.2).
fn cbc(key: &[u8], len: usize, digest: &str, iv: &[u8], aad: &[u8], text: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    let (sign, open) = key.split_at_checked(len).filter(|(_, open)| open.len() == len)?;
    let bits = (aad.len() as u64 * 8).to_be_bytes();
    let code = digest::mac(digest, sign, &[aad, iv, text, &bits].concat())?;
    let right = crypt::same(code.get(..len)?, tag);
    right.then(|| aes::cbc_decrypt(open, iv, text))?
}
