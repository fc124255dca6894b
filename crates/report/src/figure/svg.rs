//! Writes SVG: fixed decimals, everything escaped, nothing that depends on a clock or a path.

use super::style;
use std::fmt::Write;

/// Where text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing that grows downwards as shapes are added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drawing {
    body: String,
    hatched: bool,
    dotted: bool,
}

/// A coordinate with one decimal at most.
pub(crate) fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text for content or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are not allowed in XML.
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Width of a text in pixels: an estimate for a sans-serif face, on the safe side.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 0.29,
        'f' | 'r' | 't' | '(' | ')' | '-' | 'I' => 0.38,
        'm' | 'w' | 'M' | 'W' | '–' | '…' | '%' => 0.88,
        'A'..='Z' => 0.68,
        '0'..='9' => 0.6,
        c if c.is_ascii() => 0.57,
        c => crate::width::of(c.encode_utf8(&mut [0; 4])) as f64 * 0.52,
    };
    // Faces differ; the wide ones (DejaVu, Verdana) must fit too.
    1.06 * size * text.chars().map(em).sum::<f64>()
}

/// The text cut with `…` to a width in pixels.
pub(crate) fn fitted(text: &str, size: f64, most: f64) -> String {
    if text_width(text, size) <= most {
        return text.to_owned();
    }
    let mut short = text.to_owned();
    while short.pop().is_some() {
        let candidate = format!("{}…", short.trim_end());
        if text_width(&candidate, size) <= most {
            return candidate;
        }
    }
    "…".to_owned()
}

/// The text in lines of a width in pixels, broken at blanks, behind `|` and `-` and between wide characters; the last
/// one cut with `…`.
pub(crate) fn wrapped(text: &str, size: f64, most: f64, lines: usize) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    // Coalitions are parted by `|` and not within their names.
    let parted = text.contains('|');
    for c in text.chars() {
        let wide = !parted && crate::width::of(c.encode_utf8(&mut [0; 4])) > 1;
        if wide && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
        if matches!(c, ' ' | '|' | '-') {
            words.push(String::new());
        }
    }
    let mut found: Vec<String> = Vec::new();
    let mut line = String::new();
    for (k, word) in words.iter().enumerate() {
        if text_width(format!("{line}{word}").trim_end(), size) <= most || line.is_empty() {
            line.push_str(word);
            continue;
        }
        if found.len() + 1 == lines {
            line.push_str(&words[k..].concat());
            break;
        }
        found.push(std::mem::take(&mut line));
        line.push_str(word);
    }
    found.push(line);
    found.iter().map(|line| fitted(line.trim(), size, most)).collect()
}

impl Drawing {
    /// Adds an element: its name with attributes, and words that appear under the pointer.
    pub(crate) fn shape(&mut self, element: &str, tip: Option<&str>) {
        let name = element.split(' ').next().unwrap_or_default();
        let _ = match tip {
            Some(tip) => writeln!(self.body, "<{element}><title>{}</title></{name}>", escaped(tip)),
            None => writeln!(self.body, "<{element}/>"),
        };
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = ((n(from.0), n(from.1)), (n(to.0), n(to.1)));
        self.shape(&format!("line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\""), None);
    }

    /// A filled rectangle given by two opposite corners.
    pub(crate) fn rect(&mut self, fill: &str, a: (f64, f64), b: (f64, f64), tip: Option<&str>) {
        let (x, y) = (a.0.min(b.0), a.1.min(b.1));
        let (w, h) = ((a.0 - b.0).abs(), (a.1 - b.1).abs());
        let place = format!("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", n(x), n(y), n(w), n(h));
        self.shape(&format!("rect fill=\"{fill}\" {place}"), tip);
    }

    /// A frame without filling.
    pub(crate) fn frame(&mut self, class: &str, at: (f64, f64), size: (f64, f64)) {
        let place = format!("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", n(at.0), n(at.1), n(size.0), n(size.1));
        self.shape(&format!("rect class=\"{class}\" {place}"), None);
    }

    pub(crate) fn circle(&mut self, attributes: &str, at: (f64, f64), radius: f64, tip: Option<&str>) {
        let place = format!("cx=\"{}\" cy=\"{}\" r=\"{}\"", n(at.0), n(at.1), n(radius));
        self.shape(&format!("circle {attributes} {place}"), tip);
    }

    pub(crate) fn path(&mut self, attributes: &str, data: &str, tip: Option<&str>) {
        self.shape(&format!("path {attributes} d=\"{data}\""), tip);
    }

    /// Text on a baseline.
    pub(crate) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        self.turned(class, at, anchor, text, "");
    }

    /// Text that reads upwards.
    pub(crate) fn upwards(&mut self, class: &str, at: (f64, f64), text: &str) {
        let turn = format!(" transform=\"rotate(-90 {} {})\"", n(at.0), n(at.1));
        self.turned(class, at, Anchor::Middle, text, &turn);
    }

    fn turned(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str, more: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let (x, y) = (n(at.0), n(at.1));
        let _ = writeln!(self.body, "<text{class} x=\"{x}\" y=\"{y}\"{anchor}{more}>{}</text>", escaped(text));
    }

    /// The filling of a shape without data.
    pub(crate) fn hatch(&mut self) -> &'static str {
        self.hatched = true;
        "url(#hatch)"
    }

    /// Dots over a shape, told apart from its neighbours in greyscale too.
    pub(crate) fn dots(&mut self) -> &'static str {
        self.dotted = true;
        "url(#dots)"
    }

    /// The whole element; identifiers are made unique by the content, since a page holds many figures.
    pub(crate) fn finish(self, height: f64, title: &str, description: &str) -> String {
        let mut definitions = String::new();
        if self.hatched {
            definitions.push_str(
                "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
                 patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"var(--land)\"/>\
                 <rect width=\"1.4\" height=\"6\" fill=\"var(--pale)\"/></pattern>",
            );
        }
        if self.dotted {
            definitions.push_str(
                "<pattern id=\"dots\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">\
                 <circle cx=\"2.5\" cy=\"2.5\" r=\".9\" fill=\"var(--ink)\" fill-opacity=\".55\"/></pattern>",
            );
        }
        let mark = format!("{:08x}", digest(&self.body));
        let unique = |text: String| {
            let text = text.replace("url(#hatch)", &format!("url(#hatch-{mark})"));
            let text = text.replace("url(#dots)", &format!("url(#dots-{mark})"));
            text.replace("id=\"hatch\"", &format!("id=\"hatch-{mark}\""))
                .replace("id=\"dots\"", &format!("id=\"dots-{mark}\""))
        };
        if !definitions.is_empty() {
            definitions = format!("<defs>{definitions}</defs>\n");
        }
        let (width, height) = (n(style::WIDTH), n(height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fig\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\">\n<title>{}</title>\n<desc>{}</desc>\n<style>{}</style>\n{}{}</svg>\n",
            escaped(title),
            escaped(description),
            style::CSS,
            unique(definitions),
            unique(self.body),
        )
    }
}

/// FNV-1a, 32 bits: names patterns by content, no more.
fn digest(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_text() {
        let mut drawing = Drawing::default();
        drawing.text("", (0.0, 1.25), Anchor::End, "<script>\"&'\u{7}");
        let svg = drawing.finish(10.0, "a<b", "c\"d");
        assert!(
            svg.contains("<text x=\"0\" y=\"1.2\" text-anchor=\"end\">&lt;script&gt;&quot;&amp;&#39; </text>"),
            "{svg}"
        );
        assert!(svg.contains("<title>a&lt;b</title>"));
    }

    #[test]
    fn text_is_wrapped_at_blanks_and_between_wide_characters() {
        assert_eq!(
            wrapped("skilled people leave", 13.0, 60.0, 3),
            ["skilled", "people", "leave"].map(str::to_owned).as_slice()
        );
        assert_eq!(wrapped("产业集群", 13.0, 30.0, 3), ["产业", "集群"]);
        assert_eq!(wrapped("a b c d e f g h", 13.0, 20.0, 2).len(), 2);
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(fitted("Elkhart-Goshen, IN", 13.0, 60.0), "Elkhart…");
        assert_eq!(fitted("短", 13.0, 60.0), "短");
    }
}
