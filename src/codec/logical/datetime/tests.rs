use TimeUnit::{Micros, Millis, Nanos};

use super::*;

fn timestamp(text: &str, unit: TimeUnit) -> Parsed {
    read_timestamp(text.as_bytes(), unit)
}

fn written(write: impl Fn(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_calendar_counts_every_day() {
    // Four eras, one day after the other.
    let (mut year, mut month, mut day) = (-800, 1, 1);
    let mut days = days_since_1970(year, month, day);
    while year < 800 {
        assert_eq!((civil(days), days_since_1970(year, month, day)), ((year, month, day), days));
        days += 1;
        day += 1;
        if day > days_of_month(year, month) {
            (month, day) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    assert_eq!(days_since_1970(1970, 1, 1), 0);
    assert_eq!(days_since_1970(2000, 3, 1), 11_017);
}

#[test]
fn dates_of_every_size() {
    for (days, text) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (19_782, "2024-02-29"),
        (2_932_896, "9999-12-31"),
        (2_932_897, "+10000-01-01"),
        (-719_528, "0000-01-01"),
        (-719_529, "-0001-12-31"),
        (i64::from(i32::MAX), "+5881580-07-11"),
        (i64::from(i32::MIN), "-5877641-06-23"),
    ] {
        assert_eq!(written(|out| write_date(days, out)), text);
        assert_eq!(read_date(text.as_bytes()), Ok(days), "{text}");
    }
    // As JavaScript writes them.
    assert_eq!(read_date(b"+010000-01-01"), Ok(2_932_897));
    assert_eq!(read_date(b"-000001-12-31"), Ok(-719_529));
}

#[test]
fn timestamps_of_every_size() {
    for (value, unit, text) in [
        (0, Millis, "1970-01-01T00:00:00.000Z"),
        (-1, Millis, "1969-12-31T23:59:59.999Z"),
        (1_704_164_645_678, Millis, "2024-01-02T03:04:05.678Z"),
        (1_704_164_645_678_901, Micros, "2024-01-02T03:04:05.678901Z"),
        (1_704_164_645_678_901_234, Nanos, "2024-01-02T03:04:05.678901234Z"),
        (i64::MAX, Millis, "+292278994-08-17T07:12:55.807Z"),
        (i64::MIN, Millis, "-292275055-05-16T16:47:04.192Z"),
        (i64::MAX, Micros, "+294247-01-10T04:00:54.775807Z"),
        (i64::MIN, Micros, "-290308-12-21T19:59:05.224192Z"),
        (i64::MAX, Nanos, "2262-04-11T23:47:16.854775807Z"),
        (i64::MIN, Nanos, "1677-09-21T00:12:43.145224192Z"),
    ] {
        assert_eq!(written(|out| write_timestamp(value, unit, out)), text);
        assert_eq!(timestamp(text, unit), Ok(value), "{text}");
        let local = text.strip_suffix('Z').unwrap();
        assert_eq!(written(|out| write_local_timestamp(value, unit, out)), local);
        assert_eq!(read_local_timestamp(local.as_bytes(), unit), Ok(value));
        assert_eq!(read_local_timestamp(text.as_bytes(), unit), Err(TextFault::Form), "a local time has no offset");
        assert_eq!(timestamp(local, unit), Err(TextFault::Form), "a point in time has an offset");
    }
    for (text, unit) in [
        ("+292278994-08-17T07:12:55.808Z", Millis),
        ("-292275055-05-16T16:47:04.191Z", Millis),
        ("2262-04-11T23:47:16.854775808Z", Nanos),
        ("+9999999999-12-31T23:59:59Z", Nanos),
        ("+99999999999-12-31T23:59:59Z", Millis),
    ] {
        assert_eq!(timestamp(text, unit), Err(TextFault::Range), "{text}");
    }
    // The offset alone brings it back into the range.
    assert_eq!(timestamp("2262-04-12T00:47:16.854775807+01:00", Nanos), Ok(i64::MAX));
}

#[test]
fn what_others_write_is_read() {
    let seconds = 1_704_164_645_000;
    for text in [
        "2024-01-02T03:04:05Z",
        "2024-01-02t03:04:05z",
        "2024-01-02 03:04:05+00:00",
        "2024-01-02T03:04:05-00:00",
        "2024-01-02T03:04:05.0Z",
        "2024-01-02T03:04:05,000Z",
        "2024-01-02T03:04:05.000000000000Z",
        "2024-01-02T04:34:05+01:30",
        "2024-01-02T04:34:05+0130",
        "2024-01-02T05:04:05+02",
        "2024-01-01T23:04:05-04:00",
    ] {
        assert_eq!(timestamp(text, Millis), Ok(seconds), "{text}");
    }
    assert_eq!(timestamp("2024-01-02T03:04Z", Millis), Ok(seconds - 5000));
    assert_eq!(timestamp("2024-01-02T03:04:05.5Z", Nanos), Ok(1_704_164_645_500_000_000));
}

#[test]
fn nothing_is_cut_off() {
    assert_eq!(timestamp("2024-01-02T03:04:05.6789Z", Millis), Err(TextFault::Finer));
    assert_eq!(timestamp("2024-01-02T03:04:05.0000001Z", Micros), Err(TextFault::Finer));
    assert_eq!(timestamp("2024-01-02T03:04:05.0000000001Z", Nanos), Err(TextFault::Finer));
    assert_eq!(timestamp("2016-12-31T23:59:60Z", Millis), Err(TextFault::LeapSecond));
    assert_eq!(read_time(b"23:59:60", Millis), Err(TextFault::LeapSecond));
}

#[test]
fn what_is_no_date_or_time_is_refused() {
    for text in [
        "",
        "2024",
        "2024-1-02",
        "2024-01-2",
        "24-01-02",
        "2024-00-01",
        "2024-13-01",
        "2024-01-00",
        "2024-01-32",
        "2023-02-29",
        "1900-02-29",
        "2024-04-31",
        "2024/01/02",
        "20240102",
        "2024-01-02 ",
        " 2024-01-02",
        "+24-01-02",
        "-0000-01-01",
        "10000-01-01",
        "2024-W01-1",
        "2024-01-02Z",
        "２024-01-02",
    ] {
        assert_eq!(read_date(text.as_bytes()), Err(TextFault::Form), "{text}");
    }
    for text in ["", "12", "1:30", "12:3", "24:00:00", "12:60", "12:30:", "12:30:5", "12:30:61", "12:30:00.", "12:30Z"]
    {
        assert_eq!(read_time(text.as_bytes(), Millis), Err(TextFault::Form), "{text}");
    }
    for text in [
        "2024-01-02",
        "2024-01-02T",
        "2024-01-02T03:04:05",
        "2024-01-02T03:04:05+",
        "2024-01-02T03:04:05+1",
        "2024-01-02T03:04:05+01:",
        "2024-01-02T03:04:05+24:00",
        "2024-01-02T03:04:05+01:60",
        "2024-01-02T03:04:05ZZ",
        "2024-01-02_03:04:05Z",
        "2024-01-02  03:04:05Z",
        "2024-01-02T03:04:05 Z",
        "2024-01-02T24:00:00Z",
    ] {
        assert_eq!(timestamp(text, Millis), Err(TextFault::Form), "{text}");
    }
}

#[test]
fn times_of_a_day() {
    for (value, unit, text) in [
        (0, Millis, "00:00:00.000"),
        (86_399_999, Millis, "23:59:59.999"),
        (86_399_999_999, Micros, "23:59:59.999999"),
        (45_000_000_000, Micros, "12:30:00.000000"),
    ] {
        assert_eq!(written(|out| assert!(write_time(value, unit, out))), text);
        assert_eq!(read_time(text.as_bytes(), unit), Ok(value));
    }
    assert_eq!(read_time(b"12:30", Millis), Ok(45_000_000));
    for (value, unit) in [(-1, Millis), (86_400_000, Millis), (86_400_000_000, Micros), (i64::MIN, Micros)] {
        assert_eq!(written(|out| assert!(!write_time(value, unit, out))), "");
    }
}
