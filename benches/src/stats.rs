//! Medians, percentiles and spreads.

/// Five numbers that stand for many: a half of the values lies between `low` and `high`, all between `min` and `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
    pub(crate) max: f64,
}

/// The spread of some values; of none, everything is NaN.
pub(crate) fn spread(values: impl IntoIterator<Item = f64>) -> Spread {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| quantile(&values, share);
    Spread { min: at(0.0), low: at(0.25), median: at(0.5), high: at(0.75), max: at(1.0) }
}

/// The value at this share of the way through sorted values, between two of them if need be.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or(f64::NAN);
    let (low, high) = (at(place.floor()), at(place.ceil()));
    low + (high - low) * place.fract()
}

/// The spread of `pair[0] / pair[1]` over rounds: both sides of a ratio saw the same moment of the machine.
pub(crate) fn ratio(pairs: impl IntoIterator<Item = [f64; 2]>) -> Spread {
    spread(pairs.into_iter().map(|[ours, theirs]| ours / theirs))
}

/// The value that `percent` of the sorted values do not exceed (nearest rank); 0 of none.
pub(crate) fn percentile(sorted: &[u64], percent: f64) -> u64 {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).or(sorted.last()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!([0.0, 50.0, 99.0, 100.0].map(|percent| percentile(&hundred, percent)), [1, 50, 99, 100]);
        assert_eq!(percentile(&[7], 50.0), 7);
        assert_eq!(percentile(&[1, 2, 3], 50.0), 2);
        assert_eq!(percentile(&[], 99.0), 0);
    }

    #[test]
    fn a_spread_lies_between_values_where_it_must() {
        let five = |values: &[f64]| {
            let Spread { min, low, median, high, max } = spread(values.iter().copied());
            [min, low, median, high, max]
        };
        assert_eq!(five(&[3.0, 1.0, 2.0]), [1.0, 1.5, 2.0, 2.5, 3.0]);
        assert_eq!(five(&[4.0, 1.0, 2.0, 3.0]), [1.0, 1.75, 2.5, 3.25, 4.0]);
        assert_eq!(five(&[7.0]), [7.0; 5]);
        assert!(spread([]).median.is_nan());
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let Spread { min, median, max, .. } = ratio([[1.0, 2.0], [30.0, 60.0], [6.0, 10.0]]);
        assert_eq!([min, median, max], [0.5, 0.5, 0.6]);
    }
}
