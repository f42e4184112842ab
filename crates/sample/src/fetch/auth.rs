//! Credentials of the `Authorization` field (manual, section 7.3.6).

use super::http::request;
use crate::{
    base64,
    row::{Absent, ArgKind, Args, Fetch, Fetched, Places},
    stream::Cx,
    value::{Type, Value},
};

const USERLIST: &[ArgKind] = &[ArgKind::Userlist];

pub(super) const TABLE: &[Fetch] = &[
    Fetch::new("http_auth", Type::Bool, Places::REQUEST, http_auth)
        .args(1, USERLIST)
        .ok(&["http_auth(users)"])
        .bad(&["http_auth", "http_auth()"]),
    Fetch::new("http_auth_bearer", Type::Str, Places::REQUEST, bearer).args(0, &[ArgKind::Str]),
    Fetch::new("http_auth_group", Type::Str, Places::REQUEST, group)
        .args(1, USERLIST)
        .ok(&["http_auth_group(users)"])
        .bad(&["http_auth_group"]),
    Fetch::new("http_auth_pass", Type::Str, Places::REQUEST, |_, cx| basic(cx).map(|(_, p)| Value::string(p))),
    Fetch::new("http_auth_type", Type::Str, Places::REQUEST, |_, cx| Ok(Value::str(credentials(cx)?.0))),
    Fetch::new("http_auth_user", Type::Str, Places::REQUEST, |_, cx| basic(cx).map(|(u, _)| Value::string(u))),
];

/// Scheme and token of the request, the proxy's own field first when the target is absolute.
fn credentials<'a>(cx: &Cx<'a>) -> Result<(&'a [u8], &'a [u8]), Absent> {
    let head = request(cx)?;
    let proxied = head.target().first().is_some_and(|b| *b != b'/' && *b != b'*');
    let value = head.field(if proxied { b"proxy-authorization" } else { b"authorization" });
    scheme_and_token(value.ok_or(Absent::Missing)?).ok_or(Absent::Missing)
}

fn scheme_and_token(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = memchr::memchr(b' ', value)?;
    let token = value.get(blank..)?.trim_ascii();
    (blank > 0 && !token.is_empty()).then_some((value.get(..blank)?, token))
}

/// User and password.
fn basic(cx: &Cx<'_>) -> Result<(Vec<u8>, Vec<u8>), Absent> {
    let (scheme, token) = credentials(cx)?;
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(Absent::Missing);
    }
    let mut user = base64::STANDARD.decode(token).ok_or(Absent::Missing)?;
    let colon = memchr::memchr(b':', &user).ok_or(Absent::Missing)?;
    let password = user.split_off(colon + 1);
    user.truncate(colon);
    Ok((user, password))
}

fn bearer<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let (scheme, token) = match args.str(0).unwrap_or_default() {
        b"" => credentials(cx)?,
        name => {
            let value = request(cx)?.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v);
            scheme_and_token(value.ok_or(Absent::Missing)?).ok_or(Absent::Missing)?
        }
    };
    if scheme.eq_ignore_ascii_case(b"bearer") { Ok(Value::str(token)) } else { Err(Absent::Missing) }
}

fn http_auth<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let (list, _) = args.id(0).ok_or(Absent::Missing)?;
    let Ok((user, password)) = basic(cx) else { return Ok(Value::Bool(false)) };
    Ok(Value::Bool(cx.env.authenticate(list, &user, &password)))
}

/// The user's name when the password is right; ACLs then ask for the user's groups.
fn group<'a>(args: &'a Args, cx: &Cx<'a>) -> Fetched<'a> {
    let (list, _) = args.id(0).ok_or(Absent::Missing)?;
    let (user, password) = basic(cx)?;
    match cx.env.authenticate(list, &user, &password) {
        true => Ok(Value::string(user)),
        false => Err(Absent::Missing),
    }
}
