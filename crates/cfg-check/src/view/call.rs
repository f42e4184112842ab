//! Samples and converters within words: `sc_http_req_rate(0)`, `var(txn.name)`, `%[src,map(/a)]`.

use source::{Span, Word};

/// A name, and what stands in the parentheses behind it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'p> {
    pub name: &'p [u8],
    /// `None` without parentheses.
    pub args: Option<&'p [u8]>,
    pub span: Span,
}

impl<'p> Call<'p> {
    /// Every name in a word, in order. What stands in parentheses is not searched.
    pub fn all(word: &'p Word) -> Vec<Call<'p>> {
        let (text, mut at, mut out) = (word.bytes(), 0, Vec::new());
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_.-".contains(b);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let len = rest.iter().take_while(|b| is_name(b)).count();
            if len == 0 {
                at += 1;
                continue;
            }
            let (name, behind) = rest.split_at(len);
            let inner = behind.strip_prefix(b"(");
            let args = inner.map(|inner| inner.get(..closing(inner)).unwrap_or(inner));
            let whole = len + args.map_or(0, |args| args.len() + 2);
            let start = word.span.start + at as u32;
            let span = Span { start, end: (start + whole as u32).min(word.span.end), ..word.span };
            out.push(Call { name, args, span: if word.cooked { word.span } else { span } });
            at += whole;
        }
        out
    }

    /// Its arguments, parted by commas.
    pub fn arg(&self, at: usize) -> Option<&'p [u8]> {
        self.args?.split(|b| *b == b',').nth(at)
    }

    pub fn is(&self, name: &str) -> bool {
        self.name == name.as_bytes()
    }
}

/// Where the parenthesis that is open closes.
fn closing(inner: &[u8]) -> usize {
    let mut depth = 0;
    let end = inner.iter().position(|b| match b {
        b'(' => {
            depth += 1;
            false
        }
        b')' if depth == 0 => true,
        b')' => {
            depth -= 1;
            false
        }
        _ => false,
    });
    end.unwrap_or(inner.len())
}

#[cfg(test)]
mod tests {
    use super::Call;
    use source::{Span, Word};

    #[test]
    fn names_and_arguments_are_found() {
        let word = Word::new("%[var(txn.a),map(/x(1),b)]%ci,sc0_conn_cur", Span::default());
        let calls = Call::all(&word);
        let shown = |call: &Call<'_>| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            format!("{}:{}", text(call.name), call.args.map_or("-".into(), text))
        };
        let shown: Vec<String> = calls.iter().map(shown).collect();
        assert_eq!(shown, ["var:txn.a", "map:/x(1),b", "ci:-", "sc0_conn_cur:-"]);
    }
}
