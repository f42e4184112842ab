//! Dates from numbers and numbers from dates (manual, section 7.3.1).

use super::text::bytes;
use crate::{
    date::{DAYS, Date, MONTHS, Moment, seconds, strftime},
    row::{Absent, ArgKind, Args, Convert, Fetched},
    stream::Cx,
    value::{Type, Value},
};
use std::time::{Duration, UNIX_EPOCH};

const FORMAT: &[ArgKind] = &[ArgKind::Str, ArgKind::Int];

/// A row that prints a number of seconds, or of parts of them.
macro_rules! print {
    ($name:literal, $scale:literal, $local:literal) => {
        Convert::new($name, Type::Int, Type::Str, |args, cx, value| print(args, cx, value, $scale, $local))
            .args(1, FORMAT)
            .ok(&[concat!($name, "(%Y)"), concat!($name, "(\"%d/%b\",-1)")])
            .bad(&[concat!($name, "(%Y,x)")])
    };
}

pub(super) const TABLE: &[Convert] = &[
    Convert::new("date", Type::Str, Type::Int, date),
    Convert::new("http_date", Type::Int, Type::Str, http_date)
        .args(0, &[ArgKind::Int, ArgKind::OneOf(&["s", "ms", "us"])])
        .ok(&["http_date", "http_date(60)", "http_date(0,ms)"])
        .bad(&["http_date(x)", "http_date(0,h)"]),
    print!("ltime", 1, true),
    print!("ms_ltime", 1000, true),
    print!("ms_utime", 1000, false),
    print!("us_ltime", 1_000_000, true),
    print!("us_utime", 1_000_000, false),
    print!("utime", 1, false),
];

/// HAProxy keeps 55 bits of plain seconds, without a sign, so that negative ones lie far ahead.
fn wrapped(seconds: i64) -> i64 {
    seconds & 0x007f_ffff_ffff_ffff
}

fn print<'a>(args: &'a Args, cx: &Cx<'a>, value: Value<'a>, scale: i64, local: bool) -> Fetched<'a> {
    let number = value.into_int().ok_or(Absent::Missing)?;
    let seconds = (number / scale).wrapping_add(args.int(1).unwrap_or(0));
    let seconds = if scale == 1 { wrapped(seconds) } else { seconds };
    // A negative fraction is printed as the unsigned number that its bits are.
    let fraction = format!("{:09}", (number % scale).wrapping_mul(1_000_000_000 / scale) as u64);
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds.max(0) as u64)).unwrap_or(UNIX_EPOCH);
    let (offset, zone) = match local.then(|| cx.env.utc_offset(time)) {
        None => (0, "GMT"),
        Some(0) => (0, "UTC"),
        Some(offset) => (offset, ""),
    };
    let fraction = fraction.get(..9).filter(|_| scale > 1);
    let mut out = Vec::new();
    strftime(args.str(0).unwrap_or_default(), Moment { seconds, offset, zone, fraction }, &mut out);
    Ok(Value::string(out))
}

/// A date of RFC 9110; where the unit is a part of a second, what is left of it stands behind the seconds.
fn http_date<'a>(args: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let number = value.into_int().ok_or(Absent::Missing)?.wrapping_add(args.int(0).unwrap_or(0));
    let scale = [1, 1000, 1_000_000].get(args.int(1).unwrap_or(0) as usize).copied().unwrap_or(1);
    let d = Date::of(wrapped(number / scale));
    let fraction = if scale > 1 { format!(".{}", number % scale) } else { String::new() };
    let time = format!("{:02}:{:02}:{:02}{fraction} GMT", d.hour, d.minute, d.second);
    Ok(Value::string(format!("{}, {:02} {} {:04} {time}", d.day_name(), d.day, d.month_name(), d.year)))
}

/// Seconds of a date in one of the three forms of RFC 9110.
fn date<'a>(_: &'a Args, _: &Cx<'a>, value: Value<'a>) -> Fetched<'a> {
    let text = bytes(value);
    let text = std::str::from_utf8(&text).map_err(|_| Absent::Missing)?;
    imf(text)
        .or_else(|| rfc850(text))
        .or_else(|| asctime(text))
        .map(|s| Value::Int(unsigned_days(s)))
        .ok_or(Absent::Missing)
}

/// HAProxy counts days in 32 bits without a sign.
fn unsigned_days(seconds: i64) -> i64 {
    i64::from(seconds.div_euclid(86_400) as u32) * 86_400 + seconds.rem_euclid(86_400)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf(text: &str) -> Option<i64> {
    let (weekday, rest) = text.split_once(", ")?;
    DAYS.iter().position(|name| *name == weekday)?;
    let [day, month, year, clock, zone] = rest.split(' ').collect::<Vec<_>>()[..] else { return None };
    (zone.starts_with("GMT") && day.len() == 2 && year.len() == 4).then_some(())?;
    moment(year.parse().ok()?, month, day, clock)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`: years up to 68 are of this century.
fn rfc850(text: &str) -> Option<i64> {
    let (weekday, rest) = text.split_once(", ")?;
    DAYS.iter().position(|name| weekday.starts_with(name) && weekday.ends_with("day"))?;
    let [day, clock, "GMT"] = rest.split(' ').collect::<Vec<_>>()[..] else { return None };
    let [day, month, year] = day.split('-').collect::<Vec<_>>()[..] else { return None };
    (day.len() == 2 && year.len() == 2).then_some(())?;
    let year: i64 = year.parse().ok()?;
    moment(if year < 69 { 2000 + year } else { 1900 + year }, month, day, clock)
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &str) -> Option<i64> {
    let [weekday, month, day, clock, year] = text.split_ascii_whitespace().collect::<Vec<_>>()[..] else {
        return None;
    };
    DAYS.iter().position(|name| *name == weekday)?;
    moment(year.parse().ok().filter(|_| year.len() == 4)?, month, day, clock)
}

fn moment(year: i64, month: &str, day: &str, clock: &str) -> Option<i64> {
    let month = MONTHS.iter().position(|name| *name == month)? as u32 + 1;
    let day = number(day, 31).filter(|day| *day > 0)?;
    let [hour, minute, second] = clock.split(':').collect::<Vec<_>>()[..] else { return None };
    [hour, minute, second].iter().all(|part| part.len() == 2).then_some(())?;
    let clock = (number(hour, 24)?, number(minute, 59)?, number(second, 60)?);
    Some(seconds(year, month, day, clock))
}

fn number(text: &str, limit: u32) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= limit)
}
