//! How wide text is, on a terminal and in a figure.

/// Columns that a character takes on a terminal: two for Chinese, Japanese, Korean and full-width characters
/// (Unicode Standard Annex 11, wide and full-width blocks), none for combining marks.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// Columns that a text takes on a terminal.
pub(crate) fn of(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// The text, cut with `…` where it is wider than so many columns.
pub(crate) fn truncated(text: &str, most: usize) -> String {
    if of(text) <= most {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += columns(*c);
        used <= most
    };
    let mut out: String = text.chars().take_while(fits).collect();
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// The text filled with spaces to so many columns, on its left when `right` aligned.
pub(crate) fn padded(text: &str, columns: usize, right: bool) -> String {
    let space = " ".repeat(columns.saturating_sub(of(text)));
    if right { format!("{space}{text}") } else { format!("{text}{space}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(of("区位商 LQ"), 9);
        assert_eq!(padded("区位", 6, true), "  区位");
        assert_eq!(truncated("产业集群", 6), "产业…");
        assert_eq!(truncated("Elkhart-Goshen, IN", 9), "Elkhart-…");
    }
}
