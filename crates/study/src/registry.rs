//! The one table of engines, from which every front is made.

use distretto_core::{Engine, Estimand};
use distretto_report::{Catalogue, Language};

/// All engines in the order of the manual. A new engine is one more row.
const ENGINES: &[Engine] =
    &[distretto_measure::ENGINE, distretto_link::ENGINE, distretto_innovate::ENGINE, distretto_appraise::ENGINE];

/// The words of this crate, in the form in which a catalogue takes them.
pub(crate) const WORDS: Engine = Engine {
    name: "study",
    about: "",
    estimands: &[],
    messages: &[("en", include_str!("../messages/en.toml")), ("zh", include_str!("../messages/zh.toml"))],
};

/// All engines in the order of the manual.
#[must_use]
pub fn registry() -> &'static [Engine] {
    ENGINES
}

/// The estimand that a command such as `measure lq` names.
#[must_use]
pub fn find<'a>(engines: &'a [Engine], engine: &str, estimand: &str) -> Option<&'a Estimand> {
    let engine = engines.iter().find(|row| row.name == engine)?;
    engine.estimands.iter().find(|row| row.name == estimand)
}

/// The words of all engines, of the readers and of this crate in a language.
#[must_use]
pub fn catalogue(language: Language) -> Catalogue {
    catalogue_of(ENGINES, language)
}

/// The same for some engines.
pub(crate) fn catalogue_of(engines: &[Engine], language: Language) -> Catalogue {
    let all: Vec<Engine> = engines.iter().copied().chain([distretto_data::WORDS, WORDS]).collect();
    Catalogue::new(language, &all)
}
