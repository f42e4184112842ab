//! A line of the runtime socket: commands separated by `;`, words by blanks, `\` before what is meant as it stands
//! (management guide, section 9.3).

/// Words beyond which a command is refused.
pub const MAX_WORDS: usize = 64;

/// The commands of a line, each as its words. A line of `n` separators has `n + 1` commands, empty ones included; a
/// carriage return separates too.
pub fn commands(line: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let (mut commands, mut words, mut word) = (Vec::new(), Vec::new(), None::<Vec<u8>>);
    let mut bytes = line.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => word.get_or_insert_default().extend(bytes.next()),
            b';' | b'\r' => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            b' ' | b'\t' => words.extend(word.take()),
            byte => word.get_or_insert_default().push(*byte),
        }
    }
    words.extend(word);
    if !(words.is_empty() && line.ends_with(b"\r") && commands.len() > 1) {
        commands.push(words);
    }
    commands
}

/// How a payload behind a line ends, if one follows: `<<` at an empty line, `<<PATTERN` at a line that is the pattern.
pub fn payload_end(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.trim_ascii_end();
    let last = line.rsplit(|b| *b == b' ').next()?;
    Some(last.strip_prefix(b"<<")?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &[&[&str]]) {
        let found = commands(line.as_bytes());
        let shown: Vec<Vec<_>> = found.iter().map(|c| c.iter().map(|w| String::from_utf8_lossy(w)).collect()).collect();
        assert_eq!(shown, expect, "{line:?}");
    }

    #[test]
    fn lines_are_split() {
        check("", &[&[]]);
        check("show  info", &[&["show", "info"]]);
        check(";;", &[&[], &[], &[]]);
        check("a b;c ; d", &[&["a", "b"], &["c"], &["d"]]);
        check("echo a\\;b c\\ d e\\\\f", &[&["echo", "a;b", "c d", "e\\f"]]);
        check("echo \"x;y\"", &[&["echo", "\"x"], &["y\""]]);
        check("show version\r", &[&["show", "version"], &[]]);
        check("x\\", &[&["x"]]);
    }

    #[test]
    fn payloads_are_announced() {
        assert_eq!(payload_end(b"add map m <<"), Some(Vec::new()));
        assert_eq!(payload_end(b"add map m <<%E% "), Some(b"%E%".to_vec()));
        assert_eq!(payload_end(b"add map m k v"), None);
    }
}
