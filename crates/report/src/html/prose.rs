//! The words of an author: a small, safe part of Markdown.
//!
//! Headings (`#`), paragraphs, lists (`-`, `*`, `1.`), `**strong**`, `*emphasis*`, `` `code` `` and links. Everything
//! else is text; every character that HTML knows is escaped, and links lead to web, mail or relative places only.

use crate::figure::escaped;

/// A block of text.
enum Block {
    Heading(usize, String),
    Paragraph(String),
    List(bool, Vec<String>),
}

/// The text as HTML. Headings begin at level 3: they stand within a chapter.
pub(super) fn html(text: &str) -> String {
    let mut out = String::new();
    for block in blocks(text) {
        match block {
            Block::Heading(level, text) => {
                let level = (level + 2).min(6);
                out.push_str(&format!("<h{level}>{}</h{level}>\n", inline(&text)));
            }
            Block::Paragraph(text) => out.push_str(&format!("<p>{}</p>\n", inline(&text))),
            Block::List(ordered, items) => {
                let tag = if ordered { "ol" } else { "ul" };
                let items: String = items.iter().map(|item| format!("<li>{}</li>", inline(item))).collect();
                out.push_str(&format!("<{tag}>{items}</{tag}>\n"));
            }
        }
    }
    out
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            open = false;
            continue;
        }
        let hashes = line.chars().take_while(|c| *c == '#').count();
        if (1..=4).contains(&hashes) && line[hashes..].starts_with(' ') {
            blocks.push(Block::Heading(hashes, line[hashes..].trim().to_owned()));
            open = false;
        } else if let Some((ordered, item)) = list_item(line) {
            match blocks.last_mut() {
                Some(Block::List(same, items)) if *same == ordered && open => items.push(item.to_owned()),
                _ => blocks.push(Block::List(ordered, vec![item.to_owned()])),
            }
            open = true;
        } else {
            match blocks.last_mut() {
                Some(Block::Paragraph(before)) if open => {
                    before.push(' ');
                    before.push_str(line);
                }
                Some(Block::List(_, items)) if open => {
                    if let Some(item) = items.last_mut() {
                        item.push(' ');
                        item.push_str(line);
                    }
                }
                _ => blocks.push(Block::Paragraph(line.to_owned())),
            }
            open = true;
        }
    }
    blocks
}

fn list_item(line: &str) -> Option<(bool, &str)> {
    if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, item.trim()));
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let item = (1..=3).contains(&digits).then(|| line[digits..].strip_prefix(". ")).flatten()?;
    Some((true, item.trim()))
}

/// Paragraphs about a method: text without marks, in which `e_ri`, `Σ_r` and `x_(k)` have their subscripts set low.
pub(super) fn formulas(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>\n", subscripts(paragraph))).collect()
}

/// A letter (or two) or a bracket and what follows its `_`; a longer word, `symmetric_lq`, is the name of something.
fn subscripts(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('_') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let stem = before.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').count();
        let letters = before.chars().rev().take(stem).all(is_symbol);
        let length = subscript(after);
        out.push_str(&escaped(before));
        // `(S x)_i` is the i-th of a vector.
        let vector = stem == 0 && before.ends_with(')');
        if (vector || (1..=2).contains(&stem) && letters) && length > 0 {
            let low = after[..length].trim_start_matches('{').trim_end_matches('}');
            out.push_str(&format!("<sub>{}</sub>", escaped(low)));
            rest = &after[length..];
        } else {
            // What follows belongs to the name.
            let word = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
            out.push_str(&escaped(&rest[at..=at + word]));
            rest = &after[word..];
        }
    }
    out.push_str(&escaped(rest));
    out
}

/// A Latin or Greek letter, or a sign of sum or product.
fn is_symbol(c: char) -> bool {
    c.is_alphabetic() && c < '\u{2000}' || matches!(c, '∑' | '∏')
}

/// Bytes of the subscript at the beginning: letters and digits, or a group in parentheses or braces.
fn subscript(text: &str) -> usize {
    for (open, close) in [('(', ')'), ('{', '}')] {
        if text.starts_with(open) {
            let group = text.find(close).map_or(0, |at| at + 1);
            return if group > 2 && group <= 12 { group } else { 0 };
        }
    }
    let length = text.find(|c: char| !(is_symbol(c) || c.is_ascii_digit())).unwrap_or(text.len());
    if text[length..].starts_with('_') { 0 } else { length }
}

fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['*', '`', '[']) {
        out.push_str(&escaped(&rest[..start]));
        let from = &rest[start..];
        let (piece, used) = strong(from)
            .or_else(|| emphasis(from))
            .or_else(|| code(from))
            .or_else(|| link(from))
            .unwrap_or_else(|| (escaped(&from[..1]), 1));
        out.push_str(&piece);
        rest = &from[used..];
    }
    out.push_str(&escaped(rest));
    out
}

/// What stands between two marks, when it is not empty and does not begin or end with a space.
fn between<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let inner = text.strip_prefix(mark)?;
    let inner = &inner[..inner.find(mark)?];
    (!inner.is_empty() && inner.trim() == inner).then_some(inner)
}

fn strong(text: &str) -> Option<(String, usize)> {
    let inner = between(text, "**")?;
    Some((format!("<strong>{}</strong>", inline(inner)), inner.len() + 4))
}

fn emphasis(text: &str) -> Option<(String, usize)> {
    let inner = between(text, "*")?;
    Some((format!("<em>{}</em>", inline(inner)), inner.len() + 2))
}

fn code(text: &str) -> Option<(String, usize)> {
    let inner = between(text, "`")?;
    Some((format!("<code>{}</code>", escaped(inner)), inner.len() + 2))
}

fn link(text: &str) -> Option<(String, usize)> {
    let (words, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (target, _) = rest.split_once(')')?;
    let allowed = is_safe(target) && !words.contains(['[', ']']);
    allowed.then(|| (format!("<a href=\"{}\">{}</a>", escaped(target), escaped(words)), words.len() + target.len() + 4))
}

/// Web, mail, or a relative place: no other scheme, and nothing that a browser would strip to reveal one.
fn is_safe(target: &str) -> bool {
    let head = target.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = head.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let plain = !target.is_empty() && !target.chars().any(|c| c.is_whitespace() || c.is_control());
    plain && scheme.is_none_or(|scheme| ["http", "https", "mailto"].contains(&scheme.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_marks() {
        let text = "# Where\n\nOne **strong** and *soft*\nline, `a<b`.\n\n- first\n- second\n  goes on\n\n1. one";
        let expected = "<h3>Where</h3>\n<p>One <strong>strong</strong> and <em>soft</em> line, <code>a&lt;b</code>.</p>\n\
                        <ul><li>first</li><li>second goes on</li></ul>\n<ol><li>one</li></ol>\n";
        assert_eq!(html(text), expected);
        assert_eq!(html("3 * 4 * 5 [x] 区位商"), "<p>3 * 4 * 5 [x] 区位商</p>\n");
    }

    #[test]
    fn subscripts_stand_low() {
        assert_eq!(
            formulas("Σ_r e_ri/E_i ≤ w_ij z_j, x_(k), Σ_{i≠j} y_j.\n\nsymmetric_lq, n_a_b <i>"),
            "<p>Σ<sub>r</sub> e<sub>ri</sub>/E<sub>i</sub> ≤ w<sub>ij</sub> z<sub>j</sub>, x<sub>(k)</sub>, \
             Σ<sub>i≠j</sub> y<sub>j</sub>.</p>\n<p>symmetric_lq, n_a_b &lt;i&gt;</p>\n"
        );
        for text in ["_", "a_", "_a", "Σ_{", "x_(", "a_<b>", "w_ij的值，产业_i", "a__b", "x_(<b)&"] {
            crate::wellformed::assert_wellformed(&format!("<div>{}</div>", formulas(text)));
        }
        assert_eq!(formulas("w_ij的"), "<p>w<sub>ij</sub>的</p>\n");
        assert_eq!(formulas("c_i − (S x)_i"), "<p>c<sub>i</sub> − (S x)<sub>i</sub></p>\n");
    }

    #[test]
    fn markup_and_scripts_are_text() {
        assert_eq!(html("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
        assert!(!html("[x](javascript:alert(1))").contains("<a"));
        assert!(!html("[x](JaVaScRiPt:alert)").contains("<a"));
        assert!(!html("[x](data:text/html,a)").contains("<a"));
        assert_eq!(
            html("[x](https://a.b/?c=1&d=\"2\")"),
            "<p><a href=\"https://a.b/?c=1&amp;d=&quot;2&quot;\">x</a></p>\n"
        );
        assert_eq!(html("[x](tables/lq.csv)"), "<p><a href=\"tables/lq.csv\">x</a></p>\n");
    }
}
