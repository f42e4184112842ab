//! The `userlist` section (manual, section 12.1).

use crate::line::Cx;
use rules::{
    Userlist,
    userlist::{Password, User},
};
use source::{Diagnostic, Form, Span, Word};
use syntax::{Directive, Section};

/// Reads a section. Groups count whichever line names them, the group's or the user's.
pub fn read(cx: &mut Cx<'_>, section: &Section) -> Option<Userlist> {
    let Some(name) = section.header.args().first() else {
        let message = "'userlist' expects <name> as arguments.";
        cx.diagnostics.push(Diagnostic::alert("missing-argument", section.header.span, message).help("name it"));
        return None;
    };
    let mut list = Userlist { name: name.bytes().to_vec(), users: Vec::new(), groups: Vec::new() };
    let mut groups: Vec<Group> = Vec::new();
    for line in &section.lines {
        match line.keyword().bytes() {
            b"user" => user(cx, line, &mut list),
            b"group" => group(cx, line, &mut groups),
            _ => {
                let message = format!("unknown keyword '{}' in 'userlist' section", line.keyword().show());
                let help = "a userlist has lines 'user' and 'group'";
                cx.diagnostics.push(Diagnostic::alert("unknown-keyword", line.keyword().span, message).help(help));
            }
        }
    }
    join(cx, &mut list, groups, section.header.span);
    Some(list)
}

struct Group {
    name: Vec<u8>,
    users: Vec<Vec<u8>>,
}

fn user(cx: &mut Cx<'_>, line: &Directive, list: &mut Userlist) {
    let Some((name, mut rest)) = line.args().split_first() else {
        let message = "'user' expects <name> as arguments.";
        return cx.diagnostics.push(Diagnostic::alert("missing-argument", line.span, message).help("name the user"));
    };
    if list.users.iter().any(|user| user.name == name.bytes()) {
        let (user, list) = (name.show(), String::from_utf8_lossy(&list.name));
        let message = format!("ignoring duplicated user '{user}' in userlist '{list}'.");
        return cx
            .diagnostics
            .push(Diagnostic::warning("duplicate-user", name.span, message).help("remove the line").form(Form::Line));
    }
    let mut user = User { name: name.bytes().to_vec(), password: Password::Hashed(Vec::new()), groups: Vec::new() };
    while let Some((option, value, after)) = pair(rest) {
        match option.bytes() {
            b"password" => {
                unknown_hash(cx, value);
                user.password = Password::Hashed(value.bytes().to_vec());
            }
            b"insecure-password" => user.password = Password::Plain(value.bytes().to_vec()),
            b"groups" => user.groups = names(value),
            _ => break,
        }
        rest = after;
    }
    if let Some(word) = rest.first() {
        let message = format!(
            "'user' only supports 'password', 'insecure-password' and 'groups' options, got '{}'.",
            word.show()
        );
        cx.diagnostics
            .push(Diagnostic::alert("bad-argument", word.span, message).help("write the option and its value"));
    }
    list.users.push(user);
}

/// What `crypt(3)` of this system might know, but evenkeel does not: the user could never log in.
fn unknown_hash(cx: &mut Cx<'_>, hash: &Word) {
    if !rules::crypt::is_supported(hash.bytes()) {
        let message = format!("the form of the password hash '{}' is not supported by evenkeel yet", hash.show());
        let help = "hash the password as SHA-512: openssl passwd -6, or mkpasswd -m sha-512";
        cx.diagnostics.push(Diagnostic::alert("not-supported", hash.span, message).help(help));
    }
}

fn group(cx: &mut Cx<'_>, line: &Directive, groups: &mut Vec<Group>) {
    let Some((name, rest)) = line.args().split_first() else {
        let message = "'group' expects <name> as arguments.";
        return cx.diagnostics.push(Diagnostic::alert("missing-argument", line.span, message).help("name the group"));
    };
    let users = match pair(rest) {
        Some((option, value, [])) if option.is("users") => names(value),
        None if rest.is_empty() => Vec::new(),
        _ => {
            let message = "'group' only supports 'users' option.";
            return cx
                .diagnostics
                .push(Diagnostic::alert("bad-argument", line.span, message).help("group NAME users A,B"));
        }
    };
    groups.push(Group { name: name.bytes().to_vec(), users });
}

/// Puts users into the groups that name them, and reports what is named but not there.
fn join(cx: &mut Cx<'_>, list: &mut Userlist, groups: Vec<Group>, span: Span) {
    let shown = String::from_utf8_lossy(&list.name).into_owned();
    let mut say = |message: String| {
        cx.diagnostics.push(
            Diagnostic::alert("unknown-group", span, message).help("declare it in the same userlist").form(Form::Plain),
        );
    };
    for user in &list.users {
        for group in user.groups.iter().filter(|name| !groups.iter().any(|group| group.name == **name)) {
            let (group, user) = (String::from_utf8_lossy(group), String::from_utf8_lossy(&user.name));
            say(format!("userlist '{shown}': no such group '{group}' specified in user '{user}'"));
        }
    }
    for group in groups {
        list.groups.push(group.name.clone());
        for name in group.users {
            match list.users.iter_mut().find(|user| user.name == name) {
                Some(user) => user.groups.push(group.name.clone()),
                None => {
                    let (user, group) = (String::from_utf8_lossy(&name), String::from_utf8_lossy(&group.name));
                    say(format!("userlist '{shown}': no such user '{user}' specified in group '{group}'"));
                }
            }
        }
    }
}

fn pair(words: &[Word]) -> Option<(&Word, &Word, &[Word])> {
    match words {
        [option, value, rest @ ..] => Some((option, value, rest)),
        _ => None,
    }
}

fn names(word: &Word) -> Vec<Vec<u8>> {
    word.bytes().split(|b| *b == b',').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}
