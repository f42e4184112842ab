//! The grammar of an ACL: criterion, flags, patterns.

use super::{
    Live, Pattern, Patterns, Test, derivatives, group, ip, live,
    method::{self, Method},
};
use crate::parse::{Fault, ParseRules};
use sample::{
    Expr, Places,
    map::{self, Map},
};
use source::{Span, Word};
use std::{borrow::Cow, sync::Arc};

/// The flags before the patterns, each with its argument and its effect.
pub const FLAGS: &[(&str, &str, &str)] = &[
    ("-i", "", "ignore case in the patterns behind it"),
    ("-f", "FILE", "take patterns from a file, one a line"),
    ("-m", "METHOD", "match with this method"),
    ("-M", "", "the file has two columns, of which the first counts"),
    ("-n", "", "do not resolve names to addresses"),
    ("-u", "ID", "the number that the CLI knows the ACL by"),
    ("--", "", "what follows are patterns, even if they begin with a minus sign"),
];

/// Parses what follows the name of an ACL, or stands between braces. `at` is where it is missing when it is.
pub(super) fn parse_test(words: &[Word], at: Span, places: Places, parse: &mut ParseRules<'_>) -> Option<Test> {
    let Some((criterion, rest)) = words.split_first().filter(|(word, _)| !word.text.is_empty()) else {
        let fault = Fault::new(at, "missing fetch method in ACL expression ''");
        return parse.fault(fault.help("write what to test, such as 'path_beg /api'"));
    };
    if let Some(names) = criterion.text.strip_prefix(b"acl(").and_then(|rest| rest.strip_suffix(b")")) {
        return acls(names, criterion.span, parse).map(Test::Acls);
    }
    let (expr, method) = subject(criterion, places, parse)?;
    let keyword = criterion.text.split(|b| b"(,".contains(b)).next().unwrap_or_default();
    let mut flags = Flags {
        words: rest,
        method,
        patterns: Patterns::default(),
        files: Vec::new(),
        number: None,
        chosen: false,
        loaded: false,
        map: false,
        ignore_case: false,
    };
    let result = flags.parse(&expr, parse).and_then(|()| flags.build(expr, (keyword, criterion.span), parse));
    result.map_err(|fault| parse.fault::<()>(fault)).ok()
}

/// The expression of a criterion, and the method that its name or type implies.
fn subject(criterion: &Word, places: Places, parse: &mut ParseRules<'_>) -> Option<(Expr, Option<&'static Method>)> {
    let text = criterion.text.as_slice();
    let end = text.iter().position(|b| b"(,".contains(b)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let Some(derivative) = derivatives::find(name) else {
        let expr = parse.expr(criterion, places)?;
        let method = method::default_for(expr.out);
        return Some((expr, method));
    };
    let word = Word::new([derivative.fetch.as_bytes(), rest].concat(), criterion.span);
    let expr = parse.expr(&word, places)?;
    let method = match expr.converters.is_empty() {
        true => method::find(derivative.method.as_bytes()),
        false => method::default_for(expr.out),
    };
    Some((expr, method))
}

/// The names in `acl(name,!name)`: each must have been declared before.
fn acls(names: &[u8], at: Span, parse: &mut ParseRules<'_>) -> Option<Vec<crate::Term>> {
    let term = |name: &[u8]| {
        let bare = name.strip_prefix(b"!").unwrap_or(name);
        let acl = super::named(bare, at, Places::ALL, parse)?;
        Some(crate::Term { negated: bare.len() != name.len(), acl })
    };
    names.split(|b| *b == b',').map(<[u8]>::trim_ascii).map(term).collect()
}

/// What the flags have said so far.
struct Flags<'w> {
    words: &'w [Word],
    method: Option<&'static Method>,
    patterns: Patterns,
    /// The sets of files whose patterns may change.
    files: Vec<(Arc<Map>, bool)>,
    /// `-u`.
    number: Option<u32>,
    /// Whether there was a `-m`.
    chosen: bool,
    /// Whether a file has been read.
    loaded: bool,
    map: bool,
    ignore_case: bool,
}

impl<'w> Flags<'w> {
    fn parse(&mut self, expr: &Expr, parse: &mut ParseRules<'_>) -> Result<(), Fault> {
        if let Some(word) = self.words.first().filter(|w| ["and", "or", "xor"].iter().any(|op| w.is(op))) {
            let fault = Fault::new(word.span, format!("'{}' is not a number", word.show()));
            return Err(
                fault.help("HAProxy takes the word for an operator here; write '--' before it if it is a pattern")
            );
        }
        while let Some(flag) = self.words.first().filter(|word| word.text.starts_with(b"-")) {
            self.words = self.words.get(1..).unwrap_or(&[]);
            match flag.text.as_slice() {
                b"--" => break,
                b"-i" => self.ignore_case = true,
                b"-n" => self.patterns.no_dns = true,
                b"-M" => self.map = true,
                b"-u" => self.number(flag)?,
                b"-m" => self.method(flag, expr)?,
                b"-f" => self.file(flag, parse)?,
                _ => return Err(unknown_flag(flag)),
            }
        }
        let ignore_case = self.ignore_case;
        let pattern = |word: &Word| Pattern { text: word.text.clone(), ignore_case, span: word.span };
        self.patterns.list.extend(self.words.iter().map(pattern));
        Ok(())
    }

    /// The argument of a flag.
    fn argument(&mut self) -> Option<&'w Word> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn number(&mut self, flag: &Word) -> Result<(), Fault> {
        let number = self.argument().and_then(|word| word.str()?.parse::<u32>().ok());
        let fault = || Fault::new(flag.span, "the argument of -u must be an integer").help("write -u and a number");
        self.number = Some(number.ok_or_else(fault)?);
        Ok(())
    }

    fn method(&mut self, flag: &Word, expr: &Expr) -> Result<(), Fault> {
        if self.loaded {
            let message = "'-m' must only be specified before patterns and files in parsing ACL expression";
            return Err(Fault::new(flag.span, message).help("move '-m' in front of '-f'"));
        }
        let Some(word) = self.argument() else { return Err(unknown_method(b"", flag.span)) };
        let method = method::find(&word.text).filter(|method| method.name != "meth");
        let method = method.ok_or_else(|| unknown_method(&word.text, word.span))?;
        if std::mem::replace(&mut self.chosen, true) {
            let message = "'-m' must only be specified once in parsing ACL expression";
            return Err(Fault::new(flag.span, message).help("keep one of them, and write one ACL for each method"));
        }
        if !method.takes(expr.out) {
            let message =
                format!("matching method '{}' cannot be used with fetch keyword '{}'", method.name, expr.fetch.name);
            let help =
                format!("its value is of type {}, which does not become {}", expr.out.name(), method.input.name());
            return Err(Fault::new(word.span, message).help(help));
        }
        self.method = Some(method);
        Ok(())
    }

    fn file(&mut self, flag: &Word, parse: &mut ParseRules<'_>) -> Result<(), Fault> {
        let word = self.argument().map_or((&b""[..], flag.span), |word| (word.text.as_slice(), word.span));
        self.loaded = true;
        let text = read(word.0, word.1, parse)?;
        let lines = text.split(|b| *b == b'\n').filter_map(|line| pattern_line(line, self.map));
        let Some(how) = self.method.and_then(live::way) else {
            let pattern = |text: &[u8]| Pattern { text: text.to_vec(), ignore_case: self.ignore_case, span: word.1 };
            self.patterns.list.extend(lines.map(pattern));
            return Ok(());
        };
        let address = |line: &[u8]| match how {
            map::Match::Ip => ip::resolved(line, self.patterns.no_dns, parse.outside),
            _ => None,
        };
        let keys: Vec<Cow<'_, [u8]>> =
            lines.map(|line| address(line).map_or(Cow::Borrowed(line), Cow::Owned)).collect();
        let name = word.0.strip_prefix(b"opt@").or_else(|| word.0.strip_prefix(b"file@")).unwrap_or(word.0);
        let set = Map::of_keys(name, keys.iter().map(|key| &**key)).at(word.1);
        set.use_as(how, self.ignore_case)
            .map_err(|why| Fault::new(word.1, why).help("correct the pattern in the file, or match another way"))?;
        self.files.push((Arc::new(set), self.ignore_case));
        Ok(())
    }

    fn build(&mut self, expr: Expr, said: (&[u8], Span), parse: &mut ParseRules<'_>) -> Result<Test, Fault> {
        if let Some(empty) = self.patterns.list.iter().find(|p| p.text.is_empty()) {
            let message = "an empty pattern cannot match anything";
            return Err(Fault::new(empty.span, message).help("use '-m len 0' to test for an empty value"));
        }
        if expr.fetch.name == group::FETCH {
            return Ok(Test::Groups { expr, groups: std::mem::take(&mut self.patterns.list) });
        }
        let Some(method) = self.method else {
            let message = format!(
                "matching method must be specified first (using '-m') when using a sample fetch of this type ('{}')",
                expr.fetch.name
            );
            return Err(Fault::new(expr.span, message).help("add, for example, '-m str' or '-m found'"));
        };
        let matcher = (method.build)(&self.patterns, parse.outside)?;
        let (how, fold) = (live::way(method), self.ignore_case);
        let mut live = Box::new(Live::new(how, fold, &self.patterns.list, std::mem::take(&mut self.files), said));
        live.number = self.number;
        Ok(Test::Sample { expr, matcher, live })
    }
}

/// A line of a pattern file: blanks in front go, and so do comments and empty lines; blanks behind are part of it.
fn pattern_line(line: &[u8], map: bool) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.first() == Some(&b'#') {
        return None;
    }
    let start = line.iter().position(|b| !b" \t".contains(b))?;
    let text = line.get(start..)?;
    let end = text.iter().position(|b| map && b" \t".contains(b)).unwrap_or(text.len());
    text.get(..end)
}

/// The bytes of a reference: a file, or nothing for one that is virtual or optional and missing.
fn read(name: &[u8], at: Span, parse: &ParseRules<'_>) -> Result<Vec<u8>, Fault> {
    if name.starts_with(b"virt@") {
        return Ok(Vec::new());
    }
    let optional = name.strip_prefix(b"opt@");
    let path = optional.or_else(|| name.strip_prefix(b"file@")).unwrap_or(name);
    match parse.outside.read(path) {
        Ok(bytes) => Ok(bytes),
        Err(_) if optional.is_some() => Ok(Vec::new()),
        Err(reason) => {
            let message = format!("failed to open pattern file <{}>", String::from_utf8_lossy(path));
            Err(Fault::new(at, message).help(format!("{reason}; write 'opt@' before the name if it may be missing")))
        }
    }
}

fn unknown_flag(flag: &Word) -> Fault {
    let message =
        format!("'{}' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'", flag.show());
    Fault::new(flag.span, message).help("the flags are -i, -f, -m, -M, -n, -u and --")
}

fn unknown_method(name: &[u8], at: Span) -> Fault {
    let message = format!("unknown matching method '{}' when parsing ACL expression", String::from_utf8_lossy(name));
    let names: Vec<_> = method::methods().map(|m| m.name).filter(|n| !["meth", "regm"].contains(n)).collect();
    Fault::new(at, message).help(format!("the methods are {}", names.join(", ")))
}
