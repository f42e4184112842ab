//! A server's health as a number: check results counted up to `rise` and down to `fall` (manual, section 5.2).

use crate::state::server::Health;
use config::keyword::server::{InitState, ServerCheck};
use std::time::Duration;

/// `rise` and `fall` of a server. The count of results goes from 0 to `rise + fall - 1`; from `rise` on it means up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub rise: u32,
    pub fall: u32,
}

impl Bounds {
    pub fn of(check: &ServerCheck) -> Bounds {
        Bounds { rise: check.rise.max(1), fall: check.fall.max(1) }
    }

    /// The count of a server that no recent check has failed.
    pub fn top(self) -> u32 {
        self.rise + self.fall - 1
    }

    /// Where the count stands before the first check. Without `init-state` a server takes traffic although its count
    /// says down: the first failure takes it down whatever `fall` says.
    pub fn start(self, init: InitState) -> u32 {
        match init {
            InitState::None | InitState::FullyDown => 0,
            other => self.back(other),
        }
    }

    /// Where the count stands when the server leaves maintenance.
    pub fn back(self, init: InitState) -> u32 {
        match init {
            InitState::Down => self.rise - 1,
            InitState::FullyDown => 0,
            InitState::FullyUp => self.top(),
            InitState::None | InitState::Up => self.rise,
        }
    }

    /// The count behind one more result.
    pub fn after(self, count: u32, passed: bool) -> u32 {
        match passed {
            true if count + 1 >= self.rise => self.top(),
            true => count + 1,
            false if count > self.rise => count - 1,
            false => 0,
        }
    }

    /// `2/3 UP`, as `option log-health-checks` shows it.
    pub fn show(self, count: u32) -> String {
        match count.checked_sub(self.rise) {
            Some(above) => format!("{}/{} UP", above + 1, self.fall),
            None => format!("{count}/{} DOWN", self.rise),
        }
    }

    /// What `show stat` has for status, leaving administrative states aside: `UP`, `UP 1/3`, `DOWN 1/2`, `NOLB`.
    pub fn status(self, count: u32, health: Health) -> String {
        let above = i64::from(count) - i64::from(self.rise) + 1;
        match health {
            Health::Down if count == 0 => "DOWN".to_owned(),
            Health::Down => format!("DOWN {count}/{}", self.rise),
            Health::Stopping if count >= self.top() => "NOLB".to_owned(),
            Health::Stopping => format!("NOLB {above}/{}", self.fall),
            Health::Up if count >= self.top() => "UP".to_owned(),
            Health::Up => format!("UP {above}/{}", self.fall),
        }
    }
}

/// The health a server starts with.
pub fn initial(init: InitState) -> Health {
    match init {
        InitState::Down | InitState::FullyDown => Health::Down,
        InitState::FullyUp | InitState::None | InitState::Up => Health::Up,
    }
}

/// The time to the next check: `inter` while all is well, `downinter` while nothing is, `fastinter` in between.
pub fn interval(check: &ServerCheck, count: u32, health: Health) -> Duration {
    let other = if count >= Bounds::of(check).top() {
        None
    } else if count == 0 && health == Health::Down {
        check.downinter
    } else {
        check.fastinter
    };
    other.unwrap_or(check.inter)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The states a server goes through, from a start and a line of results: `+` passed, `-` failed.
    fn check(rise: u32, fall: u32, init: InitState, results: &str, expected: &str) {
        let bounds = Bounds { rise, fall };
        let (mut count, mut health) = (bounds.start(init), initial(init));
        let mut seen = Vec::new();
        for result in results.chars() {
            count = bounds.after(count, result == '+');
            if count >= rise {
                health = Health::Up;
            } else if result == '-' && count == 0 {
                health = Health::Down;
            }
            seen.push(bounds.status(count, health));
        }
        assert_eq!(seen.join(", "), expected, "rise {rise} fall {fall} {init:?} {results}");
    }

    #[test]
    fn results_are_counted() {
        check(2, 3, InitState::None, "++---++", "UP 0/3, UP, UP 2/3, UP 1/3, DOWN, DOWN 1/2, UP");
        check(3, 3, InitState::None, "+++-+", "UP -1/3, UP 0/3, UP, UP 2/3, UP");
        check(1, 1, InitState::None, "+-+", "UP, DOWN, UP");
        check(2, 3, InitState::None, "--", "DOWN, DOWN");
        check(2, 1, InitState::None, "-+-++", "DOWN, DOWN 1/2, DOWN, DOWN 1/2, UP");
        check(3, 3, InitState::FullyUp, "---", "UP 2/3, UP 1/3, DOWN");
        check(3, 3, InitState::Up, "-+", "DOWN, DOWN 1/3");
        check(3, 3, InitState::Up, "+", "UP");
        check(3, 3, InitState::Down, "+", "UP");
        check(3, 3, InitState::FullyDown, "+++", "DOWN 1/3, DOWN 2/3, UP");
    }

    #[test]
    fn the_log_counts_from_the_nearer_end() {
        let bounds = Bounds { rise: 2, fall: 3 };
        let shown: Vec<_> = (0..=bounds.top()).map(|count| bounds.show(count)).collect();
        assert_eq!(shown, ["0/2 DOWN", "1/2 DOWN", "1/3 UP", "2/3 UP", "3/3 UP"]);
    }

    #[test]
    fn the_pace_follows_the_state() {
        let seconds = Duration::from_secs;
        let mut check = ServerCheck {
            inter: seconds(4),
            fastinter: Some(seconds(1)),
            downinter: Some(seconds(9)),
            rise: 2,
            fall: 3,
            port: None,
            addr: None,
            proto: None,
        };
        let pace = |check: &ServerCheck, count, health| interval(check, count, health).as_secs();
        assert_eq!(pace(&check, 4, Health::Up), 4);
        assert_eq!(pace(&check, 3, Health::Up), 1);
        assert_eq!(pace(&check, 0, Health::Up), 1);
        assert_eq!(pace(&check, 0, Health::Down), 9);
        assert_eq!(pace(&check, 1, Health::Down), 1);
        (check.fastinter, check.downinter) = (None, None);
        assert_eq!((pace(&check, 1, Health::Down), pace(&check, 0, Health::Down)), (4, 4));
    }
}
