//! Calendar dates and their printing, without a clock: seconds since the epoch go in, text comes out.

use std::io::Write;

pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
pub(crate) const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// A moment of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// 1 to 12, and 1 to 31.
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    /// 0 is Sunday.
    pub(crate) weekday: u32,
    /// 0 is the first of January.
    pub(crate) yearday: u32,
}

impl Date {
    /// The date of a number of seconds since the epoch, in UTC.
    pub(crate) fn of(seconds: i64) -> Date {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as u32);
        // Years start in March here, so that the leap day is the last of a year.
        let era_days = days + 719_468;
        let (era, day_of_era) = (era_days.div_euclid(146_097), era_days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date {
            year,
            month: month as u32,
            day: day as u32,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 4).rem_euclid(7) as u32,
            yearday: (days - days_before(year)) as u32,
        }
    }

    pub(crate) fn month_name(&self) -> &'static str {
        MONTHS.get(self.month as usize - 1).copied().unwrap_or("")
    }

    pub(crate) fn day_name(&self) -> &'static str {
        DAYS.get(self.weekday as usize).copied().unwrap_or("")
    }

    /// `06/Nov/1994:08:49:37`, the beginning of every date of a log.
    pub(crate) fn write_log(&self, out: &mut Vec<u8>) {
        let Date { year, day, hour, minute, second, .. } = self;
        let _ = write!(out, "{day:02}/{}/{year:04}:{hour:02}:{minute:02}:{second:02}", self.month_name());
    }
}

/// Days from the epoch to the first of January of a year.
fn days_before(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - 719_162
}

/// Seconds since the epoch of a date in UTC; a day or an hour beyond its range counts on.
pub(crate) fn seconds(year: i64, month: u32, day: u32, (hour, minute, second): (u32, u32, u32)) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let months = BEFORE.get(month as usize - 1).copied().unwrap_or(0) + i64::from(leap && month > 2);
    let days = days_before(year) + months + i64::from(day) - 1;
    days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)
}

/// `+0100`.
pub(crate) fn write_offset(offset: i32, out: &mut Vec<u8>) {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
    let _ = write!(out, "{sign}{:02}{:02}", minutes / 60, minutes % 60);
}

/// What `strftime` prints: a moment, and how it is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'f> {
    pub(crate) seconds: i64,
    /// Seconds ahead of UTC, and what the zone is called.
    pub(crate) offset: i32,
    pub(crate) zone: &'static str,
    /// Nine digits for `%N`; without them it is no conversion.
    pub(crate) fraction: Option<&'f str>,
}

/// Prints a date as `strftime` does in the C locale; `%N` is the fraction, with an optional number of digits before it.
pub(crate) fn strftime(format: &[u8], moment: Moment<'_>, out: &mut Vec<u8>) {
    let Moment { seconds, offset, zone, fraction } = moment;
    let date = Date::of(seconds.saturating_add(offset.into()));
    let mut rest = format.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        if let (Some((digits, tail)), Some(fraction)) = (fraction_digits(rest.as_slice()), fraction) {
            out.extend(fraction.bytes().take(digits));
            rest = tail.iter();
            continue;
        }
        match rest.next() {
            Some(b's') => out.extend(seconds.to_string().into_bytes()),
            Some(b'z') => write_offset(offset, out),
            Some(b'Z') => out.extend(zone.as_bytes()),
            Some(letter) => write_field(&date, *letter, out),
            None => out.push(b'%'),
        }
    }
}

/// The number of digits that `%N` or `%3N` asks for, and what follows.
fn fraction_digits(text: &[u8]) -> Option<(usize, &[u8])> {
    let len = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, tail) = text.split_at_checked(len)?;
    let tail = tail.strip_prefix(b"N")?;
    let digits = digits.iter().fold(0usize, |sum, b| (sum * 10 + usize::from(b - b'0')).min(9));
    Some((if len == 0 { 9 } else { digits }, tail))
}

/// One conversion of `strftime`; those that are none are printed as they stand.
fn write_field(date: &Date, letter: u8, out: &mut Vec<u8>) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    let Date { year, month, day, hour, minute, second, weekday, yearday } = *date;
    let long = |names: &[&'static str], at: u32| names.get(at as usize).copied().unwrap_or("");
    let twelve = (hour + 11) % 12 + 1;
    let _ = match letter {
        b'a' => write!(out, "{}", date.day_name()),
        b'A' => write!(out, "{}", long(&DAYS, weekday)),
        b'b' | b'h' => write!(out, "{}", date.month_name()),
        b'B' => write!(out, "{}", long(&MONTHS, month - 1)),
        b'c' => {
            let (name, month) = (date.day_name(), date.month_name());
            write!(out, "{name} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year}")
        }
        b'C' => write!(out, "{:02}", year / 100),
        b'd' => write!(out, "{day:02}"),
        b'D' | b'x' => write!(out, "{month:02}/{day:02}/{:02}", year % 100),
        b'e' => write!(out, "{day:2}"),
        b'F' => write!(out, "{year}-{month:02}-{day:02}"),
        b'g' => write!(out, "{:02}", iso_week(date).0 % 100),
        b'G' => write!(out, "{}", iso_week(date).0),
        b'H' => write!(out, "{hour:02}"),
        b'I' => write!(out, "{twelve:02}"),
        b'j' => write!(out, "{:03}", yearday + 1),
        b'k' => write!(out, "{hour:2}"),
        b'l' => write!(out, "{twelve:2}"),
        b'm' => write!(out, "{month:02}"),
        b'M' => write!(out, "{minute:02}"),
        b'n' => writeln!(out),
        b'p' => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
        b'P' => write!(out, "{}", if hour < 12 { "am" } else { "pm" }),
        b'r' => write!(out, "{twelve:02}:{minute:02}:{second:02} {}", if hour < 12 { "AM" } else { "PM" }),
        b'R' => write!(out, "{hour:02}:{minute:02}"),
        b'S' => write!(out, "{second:02}"),
        b't' => write!(out, "\t"),
        b'T' | b'X' => write!(out, "{hour:02}:{minute:02}:{second:02}"),
        b'u' => write!(out, "{}", (weekday + 6) % 7 + 1),
        b'U' => write!(out, "{:02}", (yearday + 7 - weekday) / 7),
        b'V' => write!(out, "{:02}", iso_week(date).1),
        b'w' => write!(out, "{weekday}"),
        b'W' => write!(out, "{:02}", (yearday + 7 - (weekday + 6) % 7) / 7),
        b'y' => write!(out, "{:02}", year % 100),
        b'Y' => write!(out, "{year}"),
        b'%' => write!(out, "%"),
        other => {
            out.extend([b'%', other]);
            Ok(())
        }
    };
}

/// Year and week of ISO 8601.
fn iso_week(date: &Date) -> (i64, i64) {
    let monday = i64::from((date.weekday + 6) % 7);
    let week = (i64::from(date.yearday) - monday + 10) / 7;
    let days_of = |year: i64| days_before(year + 1) - days_before(year);
    let weeks_of = |year: i64| {
        let first = (days_before(year) + 3).rem_euclid(7);
        if first == 3 || (first == 2 && days_of(year) == 366) { 53 } else { 52 }
    };
    match week {
        0 => (date.year - 1, weeks_of(date.year - 1)),
        53 if weeks_of(date.year) == 52 => (date.year + 1, 1),
        week => (date.year, week),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: i64, format: &str, expect: &str) {
        let mut out = Vec::new();
        let moment = Moment { seconds, offset: 0, zone: "UTC", fraction: Some("123456000") };
        strftime(format.as_bytes(), moment, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expect, "{format} of {seconds}");
    }

    #[test]
    fn dates_print_as_in_c() {
        check(0, "%a %d %b %Y %T %z %j %u %w", "Thu 01 Jan 1970 00:00:00 +0000 001 4 4");
        check(784_111_777, "%A, %d-%b-%y %H:%M:%S %p %I", "Sunday, 06-Nov-94 08:49:37 AM 08");
        check(1_709_164_800, "%F %U %W %V %G", "2024-02-29 08 09 09 2024");
        check(1_735_603_200, "%F %V %G", "2024-12-31 01 2025");
        check(1_609_459_200, "%F %V %G", "2021-01-01 53 2020");
        check(-1, "%F %T", "1969-12-31 23:59:59");
        check(5, "%3N %N %0N|%q %% %s %Z", "123 123456000 |%q % 5 UTC");
    }

    #[test]
    fn seconds_and_dates_are_inverse() {
        for moment in [0, 951_782_400, 951_868_799, 4_107_542_400, -86_400, 253_402_300_799] {
            let d = Date::of(moment);
            assert_eq!(seconds(d.year, d.month, d.day, (d.hour, d.minute, d.second)), moment);
        }
    }
}
