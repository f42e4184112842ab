//! The nearest known name, for messages about unknown ones.

/// The name that differs least from `word`, if it is near enough to be a slip.
pub fn nearest<'n>(word: &[u8], names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let limit = word.len() / 3 + 1;
    let distances = names.map(|name| (distance(word, name.as_bytes()), name));
    distances.filter(|(d, _)| *d <= limit && !word.is_empty()).min_by_key(|(d, name)| (*d, *name)).map(|(_, name)| name)
}

/// Levenshtein's distance.
pub fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b) {
            let up = *cell;
            let best = (corner + usize::from(x != y)).min(up + 1).min(left + 1);
            (corner, left, *cell) = (up, best, best);
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_nonsense_is_not() {
        let names = ["path", "path_beg", "req.hdr", "url"];
        let near = |word: &str| nearest(word.as_bytes(), names.into_iter());
        assert_eq!(near("pth"), Some("path"));
        assert_eq!(near("req_hdr"), Some("req.hdr"));
        assert_eq!(near("zzzzzz"), None);
        assert_eq!(near(""), None);
    }
}
