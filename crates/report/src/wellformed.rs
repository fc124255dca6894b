//! A strict check that a page or a figure is well formed, for tests.

use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeSet;

/// Every element is closed, every attribute quoted and unique, every identifier used once, every number finite.
pub(crate) fn assert_wellformed(text: &str) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut depth, mut identifiers) = (0_i64, BTreeSet::new());
    loop {
        let event = reader.read_event().unwrap_or_else(|error| {
            let at = reader.error_position() as usize;
            panic!("{error} near `{}`", &text[at.saturating_sub(0)..text.len().min(at + 80)])
        });
        let element = match &event {
            Event::Start(element) => {
                depth += 1;
                element
            }
            Event::Empty(element) => element,
            Event::End(_) => {
                depth -= 1;
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        for attribute in element.attributes() {
            let attribute = attribute.expect("attributes are quoted and unique");
            let value = attribute.value.to_string();
            assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
            if attribute.key.as_ref() == "id" {
                assert!(identifiers.insert(value.clone()), "the identifier `{value}` stands twice");
            }
        }
    }
    assert_eq!(depth, 0, "an element is not closed");
}
