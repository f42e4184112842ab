//! The dates of log lines: local time, made into text once a second.

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use std::{
    cell::Cell,
    io::Write,
    time::{SystemTime, UNIX_EPOCH},
};

/// The time zone of the machine, or of `TZ`, as it was when the thread started.
#[derive(Debug)]
pub struct Zone {
    zone: TimeZone,
    /// The quarter of an hour asked about last, and its offset: no zone changes within one.
    last: Cell<(i64, i32)>,
}

impl Default for Zone {
    fn default() -> Zone {
        Zone::new(TimeZone::system())
    }
}

impl Zone {
    fn new(zone: TimeZone) -> Zone {
        Zone { zone, last: Cell::new((i64::MIN, 0)) }
    }

    /// Seconds that local time is ahead of UTC at a number of seconds since the epoch.
    pub fn offset(&self, seconds: i64) -> i32 {
        let quarter = seconds.div_euclid(900);
        let (last, offset) = self.last.get();
        if last == quarter {
            return offset;
        }
        let offset = Timestamp::from_second(seconds).map_or(0, |at| self.zone.to_offset(at).seconds());
        self.last.set((quarter, offset));
        offset
    }
}

/// The texts of the current second.
#[derive(Debug, Default)]
pub(super) struct Clock {
    pub(super) second: Option<i64>,
    pub(super) micros: u32,
    /// `Nov 22 12:00:00`.
    pub(super) short: Vec<u8>,
    /// `2026-11-22T12:00:00`, and `+00:00`: microseconds go between them.
    pub(super) iso: Vec<u8>,
    pub(super) offset: Vec<u8>,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Clock {
    /// Sets the clock; the texts are made anew only when the second is another one.
    pub(super) fn set(&mut self, now: SystemTime, zone: &Zone) {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.micros = since.subsec_micros();
        let second = since.as_secs() as i64;
        if self.second.replace(second) != Some(second) {
            self.write(second, zone.offset(second));
        }
    }

    fn write(&mut self, second: i64, ahead: i32) {
        let offset = Offset::from_seconds(ahead).unwrap_or(Offset::UTC);
        let date = offset.to_datetime(Timestamp::from_second(second).unwrap_or_default());
        let (year, month, day) = (date.year(), date.month(), date.day());
        let (hour, minute, second) = (date.hour(), date.minute(), date.second());
        let name = MONTHS.get(usize::from(month.unsigned_abs()).wrapping_sub(1)).unwrap_or(&"Jan");
        [&mut self.short, &mut self.iso, &mut self.offset].into_iter().for_each(Vec::clear);
        let _ = write!(self.short, "{name} {day:2} {hour:02}:{minute:02}:{second:02}");
        let _ = write!(self.iso, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        let (sign, minutes) = (if ahead < 0 { '-' } else { '+' }, ahead.unsigned_abs() / 60);
        let _ = write!(self.offset, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    }

    /// `2026-11-22T12:00:00.123456+00:00`.
    pub(super) fn write_iso(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.iso);
        let _ = write!(out, ".{:06}", self.micros);
        out.extend_from_slice(&self.offset);
    }
}

/// `22/Nov/2026:12:00:00.123`, for lines that no format makes.
pub fn write_date(at: SystemTime, zone: &Zone, out: &mut Vec<u8>) {
    write_fields(at, zone, '.', 1000, 3, out);
}

/// `22/Nov/2026:12:00:00.123456`, for answers of the runtime socket.
pub fn write_date_micros(at: SystemTime, zone: &Zone, out: &mut Vec<u8>) {
    write_fields(at, zone, '.', 1, 6, out);
}

fn write_fields(at: SystemTime, zone: &Zone, point: char, unit: u32, digits: usize, out: &mut Vec<u8>) {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() as i64;
    let offset = Offset::from_seconds(zone.offset(seconds)).unwrap_or(Offset::UTC);
    let date = offset.to_datetime(Timestamp::from_second(seconds).unwrap_or_default());
    let month = MONTHS.get(usize::from(date.month().unsigned_abs()).wrapping_sub(1)).unwrap_or(&"Jan");
    let (hour, minute, second) = (date.hour(), date.minute(), date.second());
    let _ = write!(out, "{:02}/{month}/{:04}:{hour:02}:{minute:02}:{second:02}", date.day(), date.year());
    let _ = write!(out, "{point}{:0digits$}", since.subsec_micros() / unit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(zone: &str, seconds: u64, short: &str, iso: &str) {
        let zone = Zone::new(TimeZone::posix(zone).expect("a zone"));
        let (mut clock, mut out) = (Clock::default(), Vec::new());
        let at = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_micros(42);
        clock.set(at, &zone);
        clock.write_iso(&mut out);
        assert_eq!(String::from_utf8_lossy(&clock.short), short);
        assert_eq!(String::from_utf8_lossy(&out), iso);
    }

    #[test]
    fn dates_are_local() {
        check("UTC0", 784_111_777, "Nov  6 08:49:37", "1994-11-06T08:49:37.000042+00:00");
        check("CET-1CEST,M3.5.0,M10.5.0/3", 784_111_777, "Nov  6 09:49:37", "1994-11-06T09:49:37.000042+01:00");
        check("CET-1CEST,M3.5.0,M10.5.0/3", 1_751_328_000, "Jul  1 02:00:00", "2025-07-01T02:00:00.000042+02:00");
        check("NST3:30", 1_735_689_599, "Dec 31 20:29:59", "2024-12-31T20:29:59.000042-03:30");
    }

    #[test]
    fn an_offset_is_remembered_for_a_quarter_of_an_hour() {
        let zone = Zone::new(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone"));
        // The last second of winter time 2025, and the first of summer time.
        assert_eq!([zone.offset(1_743_296_399), zone.offset(1_743_296_400)], [3600, 7200]);
    }
}
