//! How numbers are written: for programs with every digit, for eyes with four.

use crate::order::equal;

/// Appends the shortest decimals that read back as the same double; `false` (and nothing) for NaN and infinity.
pub(crate) fn push_exact(out: &mut Vec<u8>, value: f64) -> bool {
    if !value.is_finite() {
        return false;
    }
    // 2^53: below it every integral double prints exactly as an integer.
    if value.trunc() == value && value.abs() < 9_007_199_254_740_992.0 {
        push_integer(out, value as i64);
        return true;
    }
    serde_json::to_writer(&mut *out, &value).expect("writing to memory does not fail");
    if out.ends_with(b".0") {
        out.truncate(out.len() - 2);
    }
    true
}

fn push_integer(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// A share in per cent: one decimal, two digits below 1 %, none where the share is a whole per cent.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let whole = (percent - percent.round()).abs() < 1e-9;
    match percent.abs() {
        _ if whole => format!("{percent:.0}%"),
        size if size >= 1.0 => format!("{percent:.1}%"),
        _ => format!("{}%", significant(percent, 2)),
    }
}

/// A count with thousands separated: `1,234`.
pub(crate) fn count(value: u64) -> String {
    separated(&value.to_string())
}

/// A number with so many decimals, thousands separated.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    separated(&format!("{value:.decimals$}"))
}

/// A whole number with thousands separated; `1.234e15` from 10^15.
pub(crate) fn whole(value: f64) -> String {
    if value.abs() < 1e15 { separated(&format!("{value:.0}")) } else { significant(value, 4) }
}

/// So many significant digits, thousands separated, all digits before the point kept; `1.234e-5` below 0.0001 and
/// from 10^15. Trailing zeros stand: see [`trimmed`]. NaN and infinity do not exist: an en dash.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent = scientific.split_once('e').and_then(|(_, e)| e.parse::<i32>().ok()).unwrap_or(0);
    if !(-4..15).contains(&exponent) {
        return scientific;
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    separated(&format!("{value:.decimals$}"))
}

/// Significant digits of a sentence or a cell.
const DIGITS: usize = 4;

/// Most of them, where fewer do not tell two numbers apart.
const MOST_DIGITS: usize = 7;

/// Significant digits with which a number is told from others beside it: four, or as many more as it takes; four where
/// the numbers are equal, or as good as equal.
pub(crate) fn digits_apart(value: f64, others: impl Iterator<Item = f64>) -> usize {
    let unlike: Vec<f64> = others.filter(|other| other.is_finite() && !equal(*other, value)).collect();
    let apart = |digits: &usize| unlike.iter().all(|&other| significant(other, *digits) != significant(value, *digits));
    (DIGITS..=MOST_DIGITS).find(apart).unwrap_or(DIGITS)
}

/// The same number without trailing zeros after the point.
pub(crate) fn trimmed(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').map_or((text, None), |(m, e)| (m, Some(e)));
    let short = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    match exponent {
        Some(exponent) => format!("{short}e{exponent}"),
        None => short.to_owned(),
    }
}

/// The same number with a true minus sign and powers of ten written out: `−1.2 × 10⁻⁵`.
pub(crate) fn typographic(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').map_or((text, None), |(m, e)| (m, Some(e)));
    let mut out = mantissa.replace('-', "−");
    if let Some(exponent) = exponent {
        out.push_str(" × 10");
        out.extend(exponent.chars().map(|c| match c {
            '-' => '⁻',
            digit => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit.to_digit(10).unwrap_or(0) as usize],
        }));
    }
    out
}

/// `= 0.003`, or `< 0.001`: a p-value of 0 is never written.
pub(crate) fn p_relation(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("= {p:.3}") }
}

fn separated(digits: &str) -> String {
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
    let mut out = String::with_capacity(digits.len() + 4);
    out.push_str(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(fraction);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(value: f64) -> String {
        let mut out = Vec::new();
        if !push_exact(&mut out, value) {
            return "null".to_owned();
        }
        String::from_utf8(out).expect("digits are ASCII")
    }

    #[test]
    fn programs_read_every_digit() {
        assert_eq!(exact(3.0), "3");
        assert_eq!(exact(-42.0), "-42");
        assert_eq!(exact(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(exact(1e300), "1e+300");
        assert_eq!(exact(-0.0), "0");
        assert_eq!(exact(f64::NAN), "null");
    }

    #[test]
    fn eyes_read_four_digits() {
        let cases = [
            (0.0599063, "0.05991"),
            (56.18, "56.18"),
            (1234.5678, "1,235"),
            (-20399.0, "-20,399"),
            (122_485_576.0, "122,485,576"),
            (0.99996, "1.000"),
            (0.0000123456, "1.235e-5"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(significant(value, 4), text);
        }
        assert_eq!(trimmed(&significant(0.5, 4)), "0.5");
        assert_eq!(trimmed(&significant(1000.0, 4)), "1,000");
        assert_eq!(typographic("-1.235e-15"), "−1.235 × 10⁻¹⁵");
    }

    proptest! {
        #[test]
        fn exact_numbers_read_back(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            prop_assert_eq!(exact(value).parse::<f64>().ok(), Some(value));
        }

        #[test]
        fn short_numbers_are_near(value in -1e12_f64..1e12) {
            let text = trimmed(&significant(value, 4)).replace(',', "");
            let read: f64 = text.parse().expect("a number");
            prop_assert!((read - value).abs() <= 0.5e-3 * value.abs() + 1e-300);
        }
    }
}
