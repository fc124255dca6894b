use super::*;
use crate::catalogue::Language;
use crate::figure::Figure;

pub(crate) const EVIL: &str = "\"><script>alert('x')</script>&<!--";

fn report() -> Report {
    let figure =
        Figure { svg: "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".into(), caption: EVIL.into(), alt: EVIL.into() };
    let table = Preview {
        name: "cells".into(),
        title: EVIL.into(),
        headings: vec![(EVIL.into(), false), ("LQ".into(), true)],
        rows: vec![vec![EVIL.into(), "56.18".into()]],
        marked: vec![true],
        remark: "1 of 933 rows".into(),
        href: Some("tables/lq.cells.csv".into()),
    };
    let chapter = Chapter {
        id: "lq".into(),
        title: EVIL.into(),
        estimand: EVIL.into(),
        command: "measure lq".into(),
        call: EVIL.into(),
        brief: EVIL.into(),
        text: Some(format!("# {EVIL}\n\n**{EVIL}**\n\n- {EVIL}")),
        findings: vec![EVIL.into(), "Second.".into()],
        figures: vec![ChapterFigure { figure, href: Some("figures/lq.1.svg".into()) }],
        tables: vec![table],
        warnings: vec![EVIL.into()],
        method: EVIL.into(),
        limits: EVIL.into(),
        source: EVIL.into(),
        seed: 1,
        conventions: vec![("base".into(), EVIL.into())],
        options: vec![("industry".into(), EVIL.into())],
        href: Some("outcomes/lq.json".into()),
    };
    let source = DataSource {
        name: EVIL.into(),
        path: EVIL.into(),
        kind: EVIL.into(),
        rows: 1234,
        sha256: "ab".into(),
        notes: vec![EVIL.into()],
    };
    Report {
        title: EVIL.into(),
        question: Some(EVIL.into()),
        focus: Some(EVIL.into()),
        data: vec![source],
        chapters: vec![chapter],
        version: "0.1.0".into(),
        seed: 1,
        warnings: vec![EVIL.into()],
    }
}

#[test]
fn nothing_that_a_user_wrote_becomes_markup() {
    for language in [Language::En, Language::Zh] {
        let page = html(&report(), &Catalogue::new(language, &[]));
        assert!(!page.contains("<script"), "a script got through");
        assert!(!page.contains("<!--"), "a comment got through");
        crate::wellformed::assert_wellformed(&page);
    }
}

#[test]
fn the_page_of_an_empty_report_is_complete() {
    let page = html(&Report { title: "Empty".into(), ..Report::default() }, &Catalogue::new(Language::En, &[]));
    crate::wellformed::assert_wellformed(&page);
    assert!(page.contains("<h1>Empty</h1>"));
}

#[test]
fn a_template_of_the_user_is_rendered_or_refused() {
    let words = Catalogue::new(Language::Zh, &[]);
    let page =
        html_with(&report(), &words, "{{ word('report.figure') }} {{ report.chapters[0].id }} {{ 1234|thousands }}");
    assert_eq!(page.ok().as_deref(), Some("图 lq 1,234"));
    assert!(html_with(&report(), &words, "{{ report.no_such_field.x }}").is_err());
    assert!(html_with(&report(), &words, "{% if %}").is_err());
}

#[test]
fn a_text_stays_within_its_string_of_the_style_sheet() {
    assert_eq!(css_string("R&D (x), 汽车?"), "\"R\\26 D \\28 x\\29 , 汽车?\"");
    assert!(!css_string("\"}</style><script>\\").contains(['<', '>', '}', ';']));
}
