//! Figures of a scenario as a table and as JSON.

use crate::{
    measure::SIDES,
    scenario::Scenario,
    stats::{Spread, ratio, spread},
};
use serde_json::{Value, json};

/// All figures of one scenario; the first is the one that counts.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) scenario: &'static Scenario,
    /// Requests (connections, where they are held) of each round of each proxy.
    pub(crate) requests: u64,
    pub(crate) figures: Vec<Figure>,
}

/// One quantity in every round, evenkeel's value first.
#[derive(Debug)]
pub(crate) struct Figure {
    name: &'static str,
    unit: &'static str,
    rounds: Vec<[f64; 2]>,
    /// Whether this describes the circumstances, of which no ratio is taken.
    condition: bool,
}

impl Figure {
    pub(crate) fn new(name: &'static str, unit: &'static str, rounds: impl Iterator<Item = [f64; 2]>) -> Self {
        Self { name, unit, rounds: rounds.collect(), condition: false }
    }

    pub(crate) fn condition(self) -> Self {
        Self { condition: true, ..self }
    }

    fn medians(&self) -> [f64; 2] {
        [0, 1].map(|side| spread(self.rounds.iter().map(|pair| pair[side])).median)
    }

    fn ratio(&self) -> Spread {
        ratio(self.rounds.iter().copied())
    }

    fn row(&self) -> String {
        let [ours, theirs] = self.medians().map(number);
        let mut row = format!("  {:<34}{ours:>12}{theirs:>12}", format!("{} {}", self.name, self.unit));
        if !self.condition {
            row.push_str(&ratio_columns(self.ratio()));
        }
        row
    }

    fn json(&self) -> Value {
        let side = |side: usize| self.rounds.iter().map(|pair| pair[side]).collect::<Vec<_>>();
        let [ours, theirs] = self.medians();
        let mut value = json!({
            "name": self.name, "unit": self.unit,
            SIDES[0]: { "median": ours, "rounds": side(0) },
            SIDES[1]: { "median": theirs, "rounds": side(1) },
        });
        if !self.condition {
            let Spread { min, low, median, high, max } = self.ratio();
            value["ratio"] = json!({ "median": median, "min": min, "low": low, "high": high, "max": max });
        }
        value
    }
}

impl Report {
    /// The table of this scenario, a line a figure.
    pub(crate) fn table(&self) -> String {
        let Self { scenario, requests, figures } = self;
        let rounds = figures.first().map_or(0, |figure| figure.rounds.len());
        let [ours, theirs] = SIDES;
        let mut lines = vec![
            format!("{}: {}", scenario.name, scenario.says),
            format!("  {:<34}{ours:>12}{theirs:>12}{RATIO_HEAD}", format!("{rounds} rounds of {requests}")),
        ];
        lines.extend(figures.iter().map(Figure::row));
        lines.join("\n")
    }

    /// One line of the summary: the figure that counts against its target.
    pub(crate) fn summary(&self) -> String {
        let Some(figure) = self.figures.first() else { return String::new() };
        let ratio = figure.ratio();
        let [ours, theirs] = figure.medians().map(number);
        let target = self.scenario.target;
        let verdict = if ratio.median <= target { "met" } else { "missed" };
        let what = format!("{}, {} {}", self.scenario.name, figure.name, figure.unit);
        format!("  {what:<38}{ours:>10}{theirs:>10}{}   {target:.2} {verdict}", ratio_columns(ratio))
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "scenario": self.scenario.name,
            "says": self.scenario.says,
            "requests_per_round": self.requests,
            "target": self.scenario.target,
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
        })
    }
}

/// The line above the summary's lines.
pub(crate) fn summary_head() -> String {
    let [ours, theirs] = SIDES;
    format!("{:<40}{ours:>10}{theirs:>10}{RATIO_HEAD}      target", "summary")
}

const RATIO_HEAD: &str = "   ratio   (half of all rounds)   (all rounds)";

/// The median of the ratios, the quartiles around it, the extremes.
fn ratio_columns(Spread { min, low, median, high, max }: Spread) -> String {
    format!("{median:>8.3}   {:<20}   {:<13}", format!("({low:.3} – {high:.3})"), format!("({min:.3} – {max:.3})"))
}

/// Three significant digits or more, without an exponent.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::SCENARIOS;

    fn report() -> Report {
        let rounds = [[9.0, 10.0], [18.5, 20.0], [27.0, 30.0]];
        let figures = vec![
            Figure::new("CPU", "µs/request", rounds.into_iter()),
            Figure::new("used by other processes", "%", rounds.into_iter()).condition(),
        ];
        Report { scenario: &SCENARIOS[0], requests: 1000, figures }
    }

    #[test]
    fn a_table_has_medians_and_the_ratio_of_rounds() {
        let expected = "\
keepalive: HTTP/1 keep-alive, 64 connections, 34-byte bodies
  3 rounds of 1000                      evenkeel     haproxy   ratio   (half of all rounds)   (all rounds)
  CPU µs/request                           18.50       20.00   0.900   (0.900 – 0.913)        (0.900 – 0.925)
  used by other processes %                18.50       20.00";
        assert_eq!(report().table(), expected);
    }

    #[test]
    fn the_summary_says_whether_the_target_is_met() {
        assert_eq!(
            report().summary(),
            "  keepalive, CPU µs/request                  18.50     20.00   0.900   (0.900 – 0.913)        (0.900 – 0.925)   0.92 met"
        );
        let figures = vec![Figure::new("CPU", "µs/request", [[2.0, 2.0]].into_iter())];
        assert!(Report { figures, ..report() }.summary().ends_with("0.92 missed"));
    }

    #[test]
    fn json_has_every_round() {
        let json = report().json();
        assert_eq!(json["figures"][0]["evenkeel"]["rounds"], json!([9.0, 18.5, 27.0]));
        assert_eq!(json["figures"][0]["ratio"]["median"], json!(0.9));
        assert!(json["figures"][1].get("ratio").is_none());
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!([17.456, 417.26, 45_123.7, 0.5].map(number), ["17.46", "417.3", "45124", "0.50"]);
    }
}
