//! Dates and times in PostgreSQL's ISO style, read exactly as postgres-date 1.0.7 reads them.
//!
//! Anything out of the ordinary (infinity, BC, years below 100 or above 9999, another DateStyle)
//! is left to the JavaScript parser.

/// Year, month, day.
pub(super) fn date(value: &[u8]) -> Option<[i32; 3]> {
    let (date, rest) = split_date(value)?;
    rest.is_empty().then_some(date)
}

/// Year, month, day, hour, minute, second, millisecond.
pub(super) fn timestamp(value: &[u8]) -> Option<[i32; 7]> {
    let ([year, month, day], rest) = split_date(value)?;
    let ([hour, minute, second], millis, rest) = split_time(rest)?;
    rest.is_empty()
        .then_some([year, month, day, hour, minute, second, millis])
}

/// Milliseconds since 1970 in UTC.
pub(super) fn timestamp_tz(value: &[u8]) -> Option<f64> {
    let ([year, month, day], rest) = split_date(value)?;
    let ([hour, minute, second], millis, rest) = split_time(rest)?;
    let offset = split_offset(rest)?;
    let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
    let seconds =
        days * 86_400 + i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second)
            - i64::from(offset);
    // At most 15 digits, which a double holds.
    #[allow(clippy::cast_precision_loss, reason = "15 digits fit a double")]
    Some((seconds * 1_000 + i64::from(millis)) as f64)
}

fn split_date(value: &[u8]) -> Option<([i32; 3], &[u8])> {
    let (head, rest) = value.split_first_chunk::<10>()?;
    if head[4] != b'-' || head[7] != b'-' {
        return None;
    }
    let year = number(&head[..4])?;
    if year < 100 {
        return None;
    }
    Some(([year, number(&head[5..7])?, number(&head[8..10])?], rest))
}

fn split_time(value: &[u8]) -> Option<([i32; 3], i32, &[u8])> {
    let (head, rest) = value.split_first_chunk::<9>()?;
    if head[0] != b' ' || head[3] != b':' || head[6] != b':' {
        return None;
    }
    let time = [
        number(&head[1..3])?,
        number(&head[4..6])?,
        number(&head[7..9])?,
    ];
    let digits = match rest.split_first() {
        Some((b'.', tail)) => tail.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => return Some((time, 0, rest)),
    };
    if digits == 0 {
        return None;
    }
    // postgres-date multiplies the parsed fraction by 1000 and Date drops what is behind the point:
    // the same doubles give the same milliseconds.
    let fraction: f64 = std::str::from_utf8(&rest[..=digits]).ok()?.parse().ok()?;
    #[allow(clippy::cast_possible_truncation, reason = "below 1000")]
    let millis = (fraction * 1_000.0) as i32;
    Some((time, millis, &rest[digits + 1..]))
}

/// Seconds east of UTC in `+HH`, `+HH:MM` or `+HH:MM:SS`.
fn split_offset(value: &[u8]) -> Option<i32> {
    let (sign, digits) = value.split_first()?;
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let seconds = match digits {
        [h1, h2] => number(&[*h1, *h2])? * 3_600,
        [h1, h2, b':', m1, m2] => number(&[*h1, *h2])? * 3_600 + number(&[*m1, *m2])? * 60,
        [h1, h2, b':', m1, m2, b':', s1, s2] => {
            number(&[*h1, *h2])? * 3_600 + number(&[*m1, *m2])? * 60 + number(&[*s1, *s2])?
        }
        _ => return None,
    };
    Some(sign * seconds)
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i32::from(digit - b'0'))
    })
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's algorithm).
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_with_zone_become_milliseconds_of_utc() {
        assert_eq!(timestamp_tz(b"1970-01-01 00:00:00+00"), Some(0.0));
        assert_eq!(
            timestamp_tz(b"2024-02-29 12:34:56.789123+05:30"),
            Some(1_709_190_296_789.0)
        );
        assert_eq!(
            timestamp_tz(b"1883-11-18 12:03:57-07:52:58"),
            Some(-2_717_640_185_000.0)
        );
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_left_to_the_parser() {
        for value in [
            &b"infinity"[..],
            b"-infinity",
            b"0044-03-15 00:00:00+00 BC",
            b"0099-01-01 00:00:00+00",
            b"10000-01-01 00:00:00+00",
            b"01/02/2024 00:00:00 UTC",
            b"",
        ] {
            assert_eq!(timestamp_tz(value), None);
            assert_eq!(timestamp(value), None);
            assert_eq!(date(value), None);
        }
    }

    #[test]
    fn dates_and_local_timestamps_become_parts() {
        assert_eq!(date(b"2024-02-29"), Some([2024, 2, 29]));
        assert_eq!(
            timestamp(b"2024-02-29 23:59:58.5"),
            Some([2024, 2, 29, 23, 59, 58, 500])
        );
    }
}
