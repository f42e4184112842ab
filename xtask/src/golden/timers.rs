//! Durations in bands of 200 ms: the value is 200·k for [200·k−120, 200·k+80) ms, or -1 for "never".

use serde_json::Value;

/// The band of a time in ms.
pub(crate) fn band(ms: i64) -> i64 {
    if ms < 0 { -1 } else { (ms + 120).div_euclid(200) * 200 }
}

/// True when both are never, or at most one band apart.
pub(crate) fn close(expected: Option<i64>, got: Option<i64>) -> bool {
    match (expected, got) {
        (Some(e), Some(g)) => (e < 0) == (g < 0) && (e - g).abs() <= 200,
        (e, g) => e == g,
    }
}

/// The same for a list of bands.
pub(crate) fn all_close(expected: &Value, got: &[i64]) -> bool {
    let expected: Vec<i64> = expected.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    expected.len() == got.len() && expected.iter().zip(got).all(|(e, g)| close(Some(*e), Some(*g)))
}

/// The bands of the slash-separated timers of a log line: its first word of three numbers or more.
pub(crate) fn of_line(line: &[u8]) -> Vec<i64> {
    let text = String::from_utf8_lossy(line);
    let numbers = |word: &str| -> Option<Vec<i64>> {
        let parts: Vec<&str> = word.split('/').collect();
        let all: Result<Vec<i64>, _> = parts.iter().map(|part| part.trim_start_matches('+').parse()).collect();
        all.ok().filter(|all| all.len() >= 3)
    };
    text.split(' ').find_map(numbers).unwrap_or_default().into_iter().map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands() {
        assert_eq!([-1, 0, 79, 80, 279, 280].map(band), [-1, 0, 0, 200, 200, 400]);
        assert_eq!(
            of_line(b"127.0.0.1:1 [22/Nov/2026:10:00:00.000] fe be/s1 0/0/-1/+200/300 200 5"),
            [0, 0, -1, 200, 400]
        );
        assert!(close(Some(200), Some(0)) && !close(Some(-1), Some(0)) && !close(Some(400), Some(0)));
    }
}
