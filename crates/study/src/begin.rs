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
pub const TEMPLATES: &[Template] = &[AREAS, APPRAISAL, SURVEY];

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

// The studies of the examples as they are: a second copy would rot.

const APPRAISAL: Template = Template {
    name: "appraisal",
    about: "How units compare on many indicators, how firm that is, what they lack: innovation in the provinces of China; paths/ holds paths to copy",
    files: &[
        ("study.toml", include_str!("../../../examples/jiangxi-innovation/study.toml")),
        ("notes/any-weights.md", include_str!("../../../examples/jiangxi-innovation/notes/any-weights.md")),
        ("notes/conventions.md", include_str!("../../../examples/jiangxi-innovation/notes/conventions.md")),
        ("notes/coupling.md", include_str!("../../../examples/jiangxi-innovation/notes/coupling.md")),
        ("notes/factors.md", include_str!("../../../examples/jiangxi-innovation/notes/factors.md")),
        ("notes/index.md", include_str!("../../../examples/jiangxi-innovation/notes/index.md")),
        ("notes/rank.md", include_str!("../../../examples/jiangxi-innovation/notes/rank.md")),
        ("notes/weights.md", include_str!("../../../examples/jiangxi-innovation/notes/weights.md")),
        ("notes/years.md", include_str!("../../../examples/jiangxi-innovation/notes/years.md")),
        ("tree.toml", include_str!("../../../examples/jiangxi-innovation/tree.toml")),
        ("indicators_2023.csv", include_str!("../../../examples/jiangxi-innovation/indicators_2023.csv")),
        ("panel_2010_2023.csv", include_str!("../../../examples/jiangxi-innovation/panel_2010_2023.csv")),
        ("indicators.csv", include_str!("../../../examples/jiangxi-innovation/indicators.csv")),
        ("names.csv", include_str!("../../../examples/jiangxi-innovation/names.csv")),
        ("provinces.geojson", include_str!("../../../examples/jiangxi-innovation/provinces.geojson")),
        ("DATA.md", include_str!("../../../examples/jiangxi-innovation/DATA.md")),
        ("techme_MIT.txt", include_str!("../../../examples/jiangxi-innovation/techme_MIT.txt")),
        ("echarts_LICENSE", include_str!("../../../examples/jiangxi-innovation/echarts_LICENSE")),
        ("echarts_NOTICE", include_str!("../../../examples/jiangxi-innovation/echarts_NOTICE")),
        ("paths/wang-lu-2016.toml", include_str!("../templates/appraisal/paths/wang-lu-2016.toml")),
        ("paths/lin-2013.toml", include_str!("../templates/appraisal/paths/lin-2013.toml")),
    ],
};

const SURVEY: Template = Template {
    name: "survey-cluster-firms",
    about: "A questionnaire for the firms of a cluster with its codebook: state of innovation, bottlenecks, choice of path; on simulated answers",
    files: &[
        ("study.toml", include_str!("../../../examples/survey-cluster-firms/study.toml")),
        ("notes/answers.md", include_str!("../../../examples/survey-cluster-firms/notes/answers.md")),
        ("notes/bottlenecks.md", include_str!("../../../examples/survey-cluster-firms/notes/bottlenecks.md")),
        ("notes/reliable.md", include_str!("../../../examples/survey-cluster-firms/notes/reliable.md")),
        ("answers.csv", include_str!("../../../examples/survey-cluster-firms/answers.csv")),
        ("codebook.csv", include_str!("../../../examples/survey-cluster-firms/codebook.csv")),
        ("codes.csv", include_str!("../../../examples/survey-cluster-firms/codes.csv")),
        ("frame.csv", include_str!("../../../examples/survey-cluster-firms/frame.csv")),
        ("items.csv", include_str!("../../../examples/survey-cluster-firms/items.csv")),
        ("DATA.md", include_str!("../../../examples/survey-cluster-firms/DATA.md")),
    ],
};

/// Names that are reserved for templates to come.
const TO_COME: [&str; 5] = ["plants", "innovation", "network", "dynamics", "full"];

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
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|error| fault(format!("the folder cannot be made: {error}")))?;
        write_atomically(&path, content.as_bytes())?;
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
