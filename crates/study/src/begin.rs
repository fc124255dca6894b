//! `distretto new`: a study that runs as it is, with real data beside it.

use distretto_core::{Fault, FaultKind, nearest};
use distretto_data::write_atomically;
use std::path::Path;

/// A study to start from: its name, what it shows, and its files.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Name for `--template`.
    pub name: &'static str,
    /// What it shows, in a line.
    pub about: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// The studies to start from; the first is the default.
pub const TEMPLATES: &[Template] = &[AREAS, PLANTS];

const AREAS: Template = Template {
    name: "areas",
    about: "Where an industry is, what moved it: vehicle makers and their suppliers in the United States, 2001 and 2011",
    files: &[
        ("study.toml", include_str!("../templates/areas/study.toml")),
        ("states_2001_2011.csv", include_str!("../templates/areas/states_2001_2011.csv")),
        ("industries.csv", include_str!("../templates/areas/industries.csv")),
        ("states.geojson", include_str!("../templates/areas/states.geojson")),
        ("DATA.md", include_str!("../templates/areas/DATA.md")),
        ("us-atlas-3.0.1_ISC.txt", include_str!("../templates/areas/us-atlas-3.0.1_ISC.txt")),
    ],
};

/// Its data are those of the example.
const PLANTS: Template = Template {
    name: "plants",
    about: "At which distances plants cluster, where, with whom: 2,211 large emitters in the United States, 2017",
    files: &[
        ("study.toml", include_str!("../templates/plants/study.toml")),
        ("plants.csv", include_str!("../../../examples/plants-us/plants.csv")),
        ("industries.csv", include_str!("../../../examples/plants-us/industries.csv")),
        ("states.geojson", include_str!("../../../examples/plants-us/states.geojson")),
        ("DATA.md", include_str!("../../../examples/plants-us/DATA.md")),
        ("us-atlas-3.0.1_ISC.txt", include_str!("../../../examples/plants-us/us-atlas-3.0.1_ISC.txt")),
    ],
};

/// Names that are reserved for templates to come.
const TO_COME: [&str; 5] = ["innovation", "network", "appraisal", "dynamics", "full"];

/// Writes a study to start from into a folder that is empty or not there yet; the study itself comes last.
///
/// # Errors
/// When there is no such template, or the folder holds anything or cannot be written.
pub fn begin(folder: &Path, template: &str) -> Result<(), Fault> {
    let found = TEMPLATES.iter().find(|known| known.name == template).ok_or_else(|| no_template(template))?;
    let shown = folder.display().to_string();
    let fault = |message: String| Fault::new(FaultKind::File, message).in_file(shown.clone());
    if folder.exists() && !folder.is_dir() {
        return Err(fault("this is a file, not a folder".into()).with_hint("choose another name"));
    }
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(fault("the folder is not empty".into()).with_hint("choose another name: nothing is overwritten"));
    }
    std::fs::create_dir_all(folder).map_err(|error| fault(format!("the folder cannot be made: {error}")))?;
    for (name, content) in found.files.iter().rev() {
        write_atomically(&folder.join(name), content.as_bytes())?;
    }
    Ok(())
}

fn no_template(name: &str) -> Fault {
    let known: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
    let hint = match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is: {}", known.join(", ")),
    };
    let why = if TO_COME.contains(&name) { "this template is not there yet" } else { "there is no such template" };
    Fault::option(why).with_value(name).with_hint(hint)
}
