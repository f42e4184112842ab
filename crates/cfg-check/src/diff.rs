//! The difference of two texts in the form of `diff -u`, which `patch` and `git apply` read.

use std::fmt::Write;

/// Lines shown around a change.
const AROUND: usize = 3;
/// Beyond this many changed lines the middle of the files is shown as replaced, rather than searched for what is common.
const MOST: usize = 2000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Keep,
    Drop,
    Add,
}

/// Empty if the texts are the same.
pub fn unified(name: &str, old: &[u8], new: &[u8]) -> String {
    if old == new {
        return String::new();
    }
    let (old, new) = (lines(old), lines(new));
    let steps = steps(&old, &new);
    let mut out = format!("--- a/{name}\n+++ b/{name}\n");
    let (mut at, mut left, mut right) = (0, 0, 0);
    while at < steps.len() {
        let Some(first) = steps.iter().skip(at).position(|step| *step != Step::Keep) else { break };
        let skip = first.saturating_sub(AROUND);
        (at, left, right) = (at + skip, left + skip, right + skip);
        let hunk = steps.get(at..at + hunk(steps.get(at..).unwrap_or(&[]))).unwrap_or(&[]);
        let count = |not: Step| hunk.iter().filter(|step| **step != not).count();
        let (gone, come) = (count(Step::Add), count(Step::Drop));
        let start = |at: usize, count: usize| if count == 0 { at } else { at + 1 };
        let _ = writeln!(out, "@@ -{},{gone} +{},{come} @@", start(left, gone), start(right, come));
        for step in hunk {
            let (sign, line) = match step {
                Step::Keep => (' ', old.get(left)),
                Step::Drop => ('-', old.get(left)),
                Step::Add => ('+', new.get(right)),
            };
            left += usize::from(*step != Step::Add);
            right += usize::from(*step != Step::Drop);
            print(&mut out, sign, line.copied().unwrap_or(b""));
        }
        at += hunk.len();
    }
    out
}

fn print(out: &mut String, sign: char, line: &[u8]) {
    let text = String::from_utf8_lossy(line);
    match text.strip_suffix('\n') {
        Some(text) => *out += &format!("{sign}{text}\n"),
        None => *out += &format!("{sign}{text}\n\\ No newline at end of file\n"),
    }
}

/// How many steps belong to the hunk that starts here: up to a stretch of common lines that parts two hunks.
fn hunk(steps: &[Step]) -> usize {
    let (mut end, mut kept) = (0, 0);
    for (at, step) in steps.iter().enumerate() {
        if *step == Step::Keep {
            kept += 1;
        } else {
            (kept, end) = (0, at + 1);
        }
        if end > 0 && kept > 2 * AROUND {
            break;
        }
    }
    (end + AROUND).min(steps.len())
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|b| *b == b'\n').collect()
}

/// The shortest way from the one to the other, by the longest common subsequence of what differs.
fn steps(old: &[&[u8]], new: &[&[u8]]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(head..).unwrap_or(&[]), new.get(head..).unwrap_or(&[]));
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    let mut out = vec![Step::Keep; head];
    if old.len().max(new.len()) > MOST {
        out.extend(vec![Step::Drop; old.len()]);
        out.extend(vec![Step::Add; new.len()]);
    } else {
        out.extend(middle(old, new));
    }
    out.extend(vec![Step::Keep; tail]);
    out
}

fn middle(old: &[&[u8]], new: &[&[u8]]) -> Vec<Step> {
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let below = common[(i + 1) * width + j].max(common[i * width + j + 1]);
            common[i * width + j] = if a == b { common[(i + 1) * width + j + 1] + 1 } else { below };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
            out.push(Step::Keep);
        } else if j >= new.len() || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            i += 1;
            out.push(Step::Drop);
        } else {
            j += 1;
            out.push(Step::Add);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_stand_between_what_stays() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n13\n14";
        let want = "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n@@ -11,3 +11,4 @@\n 11\n 12\n 13\n\
                    +14\n\\ No newline at end of file\n";
        assert_eq!(unified("x", old.as_bytes(), new.as_bytes()), want);
        assert_eq!(unified("x", b"a\n", b"a\n"), "");
        assert_eq!(unified("x", b"", b"a\n"), "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n");
    }
}
