//! Lists whose order means something.

use super::{What, changed, meaning::Entry};

/// Beyond so many pairs of lines, the middle of two lists counts as replaced.
const MOST: usize = 4_000_000;

/// The differences of two lists: what has to be taken out, put in and moved.
pub(super) fn compare(old: &[Entry], new: &[Entry]) -> Vec<What> {
    let front = old.iter().zip(new).take_while(|(a, b)| a.same(b)).count();
    let (old, new) = (old.get(front..).unwrap_or(&[]), new.get(front..).unwrap_or(&[]));
    let back = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a.same(b)).count();
    let (old, new) = (cut(old, back), cut(new, back));
    let (gone, come) = if old.len() * new.len() > MOST { (all(old), all(new)) } else { left(old, new) };
    told(old, new, &gone, come)
}

fn cut(list: &[Entry], back: usize) -> &[Entry] {
    list.get(..list.len() - back).unwrap_or(&[])
}

fn all(list: &[Entry]) -> Vec<usize> {
    (0..list.len()).collect()
}

/// The numbers of the entries that are not part of the longest common list.
fn left(old: &[Entry], new: &[Entry]) -> (Vec<usize>, Vec<usize>) {
    let width = new.len() + 1;
    // The length of the longest common list behind each pair of places.
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[at(i, j)] = match old[i].same(&new[j]) {
                true => lengths[at(i + 1, j + 1)] + 1,
                false => lengths[at(i + 1, j)].max(lengths[at(i, j + 1)]),
            };
        }
    }
    let (mut i, mut j, mut gone, mut come) = (0, 0, Vec::new(), Vec::new());
    while i < old.len() && j < new.len() {
        if old[i].same(&new[j]) {
            (i, j) = (i + 1, j + 1);
        } else if lengths[at(i + 1, j)] >= lengths[at(i, j + 1)] {
            gone.push(i);
            i += 1;
        } else {
            come.push(j);
            j += 1;
        }
    }
    gone.extend(i..old.len());
    come.extend(j..new.len());
    (gone, come)
}

/// What is gone here and comes there has moved; what is gone and something comes at its place has changed.
fn told(old: &[Entry], new: &[Entry], gone: &[usize], mut come: Vec<usize>) -> Vec<What> {
    let mut out = Vec::new();
    let mut rest = Vec::new();
    for one in gone.iter().filter_map(|at| old.get(*at)) {
        match come.iter().position(|at| new.get(*at).is_some_and(|other| other.same(one))) {
            Some(found) => {
                let other = new.get(come.remove(found));
                out.extend(other.map(|other| What::Moved { old: one.side(), new: other.side() }));
            }
            None => rest.push(one),
        }
    }
    let alike = |one: &Entry, other: &Entry| words(&one.text, 2) == words(&other.text, 2);
    for one in rest {
        match come.iter().position(|at| new.get(*at).is_some_and(|other| alike(one, other))) {
            Some(found) => out.extend(new.get(come.remove(found)).map(|other| changed(one, other))),
            None => out.push(What::Removed(one.side())),
        }
    }
    out.extend(come.into_iter().filter_map(|at| new.get(at)).map(|entry| What::Added(entry.side())));
    out
}

/// The first words of a text: a rule and its action, a route and its backend.
fn words(text: &str, count: usize) -> Vec<&str> {
    text.split(' ').take(count).collect()
}
