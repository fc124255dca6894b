//! Colours and type of all figures.
//!
//! Sequential: ColorBrewer YlGnBu (6 classes) on light, viridis (6 samples; van der Walt and Smith 2015) on dark, so
//! that more always stands out more. Diverging: ColorBrewer PuOr (6 classes); quadrants: ColorBrewer RdBu (4 classes).
//! Groups: Okabe and Ito 2008. All are safe for the colour-blind. What greyscale cannot tell apart is told apart by
//! dots (values below zero, low quadrants), dashes (lines) or shape (groups).

/// Number of steps of the sequential palette.
pub(crate) const SEQUENTIAL: usize = 6;
/// Number of steps on each side of the diverging palette.
pub(crate) const DIVERGING: usize = 3;
/// Number of groups that are told apart by colour.
pub(crate) const GROUPS: usize = 7;
/// Size of all text, in pixels.
pub(crate) const TEXT: f64 = 13.0;
/// Bold text is so much wider, in the widest of the fonts that a reader may have.
pub(crate) const BOLD: f64 = 1.16;
/// Width of all figures, in pixels.
pub(crate) const WIDTH: f64 = 640.0;

/// The rules that every figure carries; they only reach inside figures.
pub(crate) const CSS: &str = "\
svg.fig{--ink:#1b1f24;--soft:#57606a;--rule:#d4d9df;--paper:#fff;--land:#f3f4f6;--edge:#a9b2bb;--coast:#8c959f;\
--main:#2c6fa8;--pale:#b9c6d2;--mark:#b3400f;--b1:#eef0f2;--b2:#d5dbe0;--s1:#ffffcc;--s2:#c7e9b4;--s3:#7fcdbb;--s4:#41b6c4;--s5:#2c7fb8;--s6:#253494;\
--n1:#fee0b6;--n2:#f1a340;--n3:#b35806;--p1:#d8daeb;--p2:#998ec3;--p3:#542788;\
--hh:#ca0020;--hl:#f4a582;--lh:#92c5de;--ll:#0571b0;\
--g1:#0072b2;--g2:#d55e00;--g3:#009e73;--g4:#cc79a7;--g5:#e69f00;--g6:#56b4e9;--g7:#6b6b6b;\
font:13px system-ui,-apple-system,'Segoe UI','Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;\
background:var(--paper)}\
@media (prefers-color-scheme:dark){svg.fig{--ink:#e6e9ed;--soft:#a3adb8;--rule:#3a424c;--paper:#14181d;--land:#20262d;\
--edge:#414b56;--coast:#7d8894;--main:#6fb1e6;--pale:#46525e;--mark:#ff9a5c;--b1:#242a31;--b2:#39424c;\
--s1:#482475;--s2:#414487;--s3:#2a788e;--s4:#22a884;--s5:#7ad151;--s6:#fde725;\
--n1:#5a3a14;--n2:#b8731f;--n3:#fdb863;--p1:#3d3659;--p2:#7c6fb0;--p3:#cdc2f2;\
--hh:#ff6b6b;--hl:#a35a45;--lh:#3f6f8a;--ll:#62b5f0;\
--g1:#56a8e0;--g2:#ff8a3d;--g3:#2fc79a;--g4:#e39ac3;--g5:#f2bd4b;--g6:#8fd0f5;--g7:#a8a8a8}}\
@media print{svg.fig{--ink:#000;--soft:#444;--rule:#ccc;--paper:#fff;--land:#f3f4f6;--edge:#a9b2bb;--coast:#777;--main:#2c6fa8;--b1:#eef0f2;--b2:#d5dbe0;\
--pale:#b9c6d2;--mark:#b3400f;--s1:#ffffcc;--s2:#c7e9b4;--s3:#7fcdbb;--s4:#41b6c4;--s5:#2c7fb8;--s6:#253494;\
--n1:#fee0b6;--n2:#f1a340;--n3:#b35806;--p1:#d8daeb;--p2:#998ec3;--p3:#542788;\
--hh:#ca0020;--hl:#f4a582;--lh:#92c5de;--ll:#0571b0;\
--g1:#0072b2;--g2:#d55e00;--g3:#009e73;--g4:#cc79a7;--g5:#e69f00;--g6:#56b4e9;--g7:#6b6b6b}}\
svg.fig text{fill:var(--ink)}svg.fig .soft{fill:var(--soft)}svg.fig .of-g1{fill:var(--g1)}svg.fig .of-g2{fill:var(--g2)}svg.fig .of-g3{fill:var(--g3)}svg.fig .strong{font-weight:600}\
svg.fig .halo{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}\
svg.fig .grid{stroke:var(--rule);fill:none}svg.fig .axis{stroke:var(--soft);fill:none}\
svg.fig .ref{stroke:var(--mark);stroke-dasharray:5 3;fill:none}svg.fig .whisker{stroke:var(--ink);stroke-width:1.4;fill:none}\
svg.fig .land{fill:var(--land);stroke:var(--coast);stroke-width:.6}svg.fig .region{stroke:var(--edge);stroke-width:.5;stroke-linejoin:round}\
svg.fig .focus{fill:none;stroke:var(--ink);stroke-width:1.8;stroke-linejoin:round}svg.fig .box{fill:none;stroke:var(--rule)}\
svg.fig .spot{stroke:var(--coast);stroke-width:.5;fill-opacity:.92}svg.fig .dot{stroke:var(--paper);stroke-width:.7}svg.fig .curve{fill:none;stroke-width:2}";

/// The figure with the colours of the light scheme written out, for programs that know neither variables nor schemes.
pub(crate) fn plain(svg: &str) -> String {
    let light = &CSS[CSS.find("--").unwrap_or(0)..CSS.find(";font").unwrap_or(CSS.len())];
    let schemes = CSS.find("@media").unwrap_or(CSS.len())..CSS.rfind("}}").map_or(CSS.len(), |end| end + 2);
    let svg = svg.replace(&CSS[schemes], "");
    let mut parts = svg.split("var(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((name, rest)) = part.split_once(')') else { continue };
        let named = |pair: &&str| pair.split_once(':').is_some_and(|(known, _)| known == name);
        out.push_str(light.split(';').find(named).and_then(|pair| pair.split_once(':')).map_or("none", |pair| pair.1));
        out.push_str(rest);
    }
    out
}

/// The variable of class `i` of `k` classes of the sequential palette.
pub(crate) fn sequential(i: usize, k: usize) -> String {
    let last = (SEQUENTIAL - 1) as f64;
    let step = if k <= 1 { last - 1.0 } else { (i as f64 * last / (k - 1) as f64).round() };
    format!("var(--s{})", step as usize + 1)
}

/// The variable of class `i` of `k` classes of a ratio, of which the first `below` lie below 1: these are grey.
pub(crate) fn ratio(i: usize, k: usize, below: usize) -> String {
    if i < below {
        return format!("var(--b{})", if below == 1 { 2 } else { i + 1 });
    }
    // Four steps of the sequential palette, those that are darker than both greys.
    let (i, k) = (i - below, k - below);
    format!("var(--s{})", if k <= 1 { 5 } else { 3 + i * 3 / (k - 1) })
}

/// The variable of class `i`, counted from zero outwards, of `k` classes above or below zero.
pub(crate) fn diverging(i: usize, k: usize, negative: bool) -> String {
    let step = if k <= 1 { 2 } else { 1 + i * (DIVERGING - 1) / (k - 1).max(1) };
    format!("var(--{}{step})", if negative { 'n' } else { 'p' })
}

/// The variable of a group.
pub(crate) fn group(i: usize) -> String {
    format!("var(--g{})", i.min(GROUPS - 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_use_the_whole_palette() {
        assert_eq!((sequential(0, 6), sequential(5, 6)), ("var(--s1)".into(), "var(--s6)".into()));
        assert_eq!((sequential(0, 3), sequential(2, 3)), ("var(--s1)".into(), "var(--s6)".into()));
        assert_eq!(
            (ratio(0, 6, 2), ratio(1, 6, 2), ratio(5, 6, 2)),
            ("var(--b1)".into(), "var(--b2)".into(), "var(--s6)".into())
        );
        assert_eq!(diverging(2, 3, true), "var(--n3)");
        assert_eq!(diverging(1, 2, false), "var(--p3)");
    }

    #[test]
    fn every_variable_is_defined_in_light_dark_and_print() {
        for part in CSS.split("@media") {
            for name in ["--ink:", "--s6:", "--n3:", "--p3:", "--ll:", "--g7:", "--mark:", "--b2:"] {
                assert!(part.contains(name), "{name} in {part}");
            }
        }
    }

    #[test]
    fn colours_are_written_out() {
        let svg =
            format!("<svg class=\"fig\"><style>{CSS}</style><path stroke=\"var(--g2)\" fill=\"var(--paper)\"/></svg>");
        let plain = plain(&svg);
        assert!(plain.ends_with("<path stroke=\"#d55e00\" fill=\"#fff\"/></svg>"), "{plain}");
        assert!(!plain.contains("var(") && !plain.contains("@media") && !plain.contains("none\"/>"));
        assert!(plain.contains("svg.fig text{fill:#1b1f24}") && plain.contains(".curve{fill:none;stroke-width:2}"));
    }
}
