//! Numbers as text: strict, and rounded correctly.

/// How many significant digits an `f64` holds exactly as an integer.
const EXACT_DIGITS: usize = 15;

/// Powers of ten that an `f64` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// What stands between the whole part and the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decimal {
    /// Only a point.
    Point,
    /// A comma or a point, as in files separated by `;`.
    PointOrComma,
}

/// The number that `text` writes: sign, digits, fraction, exponent, nothing else; `None` for anything else,
/// `NaN`, `inf` and thousands separators included. A number too large for an `f64` comes back infinite.
pub(crate) fn parse_number(text: &str, decimal: Decimal) -> Option<f64> {
    short(text.as_bytes(), decimal).or_else(|| long(text, decimal))
}

/// Signed decimals of at most 15 digits: mantissa and power of ten are exact, so one division rounds correctly
/// (Clinger 1990).
fn short(text: &[u8], decimal: Decimal) -> Option<f64> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.len() > EXACT_DIGITS + 1 {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut point = None;
    for (i, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(i),
            b',' if point.is_none() && decimal == Decimal::PointOrComma => point = Some(i),
            _ => return None,
        }
    }
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || count > EXACT_DIGITS {
        return None;
    }
    let decimals = point.map_or(0, |at| digits.len() - 1 - at);
    // At most 15 digits: below 2^53.
    let value = mantissa as f64 / POWERS[decimals];
    Some(if negative && mantissa != 0 { -value } else { value })
}

fn long(text: &str, decimal: Decimal) -> Option<f64> {
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b','));
    if !plain {
        return None;
    }
    let commas = text.bytes().filter(|&byte| byte == b',').count();
    let value: f64 = match (commas, decimal) {
        (0, _) => text.parse().ok()?,
        (1, Decimal::PointOrComma) if !text.contains('.') => text.replace(',', ".").parse().ok()?,
        _ => return None,
    };
    // Minus zero would be printed with its sign.
    Some(if value == 0.0 { 0.0 } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_numbers_are_read() {
        let cases = [("0", 0.0), ("-12", -12.0), ("+3.5", 3.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("-0", 0.0)];
        for (text, value) in cases {
            assert_eq!(parse_number(text, Decimal::Point), Some(value), "{text}");
        }
        assert_eq!(parse_number("1,5", Decimal::PointOrComma), Some(1.5));
        assert_eq!(parse_number("-0.0", Decimal::Point).map(f64::to_bits), Some(0));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "-", ".", "1,234", "NaN", "inf", "1 2", "0x1", "1_0", "n/a", "1.2.3", "--1", "１２", "e5"] {
            assert_eq!(parse_number(text, Decimal::Point), None, "{text}");
        }
        for text in ["1.234,5", "1,234,567", ","] {
            assert_eq!(parse_number(text, Decimal::PointOrComma), None, "{text}");
        }
        assert_eq!(parse_number("1e999", Decimal::Point), Some(f64::INFINITY));
    }

    proptest! {
        #[test]
        fn every_double_comes_back(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            prop_assert_eq!(parse_number(&format!("{value:?}"), Decimal::Point), Some(value));
        }

        #[test]
        fn decimals_are_rounded_as_the_standard_library_does(text in "-?[0-9]{1,18}\\.[0-9]{0,18}") {
            let expected: f64 = text.parse().expect("a decimal");
            prop_assert_eq!(parse_number(&text, Decimal::Point), Some(expected));
            prop_assert_eq!(parse_number(&text.replace('.', ","), Decimal::PointOrComma), Some(expected));
        }
    }
}
