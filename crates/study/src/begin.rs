//! `distretto new`: a study that runs as it is, with real data beside it.

use crate::templates::TEMPLATES;
use distretto_core::{Fault, FaultKind, nearest};
use distretto_data::write_atomically;
use std::path::Path;

/// Names that are reserved for templates to come.
const TO_COME: [&str; 2] = ["dynamics", "full"];

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
        write_atomically(&path, here(content).as_bytes())?;
    }
    Ok(())
}

/// A file of an example where it now stands: `examples/NAME/study.toml` is `study.toml`, and the findings, which are for
/// those who check the example, did not come along.
fn here(content: &str) -> String {
    let mut lines = Vec::new();
    for line in content.split('\n') {
        if line.starts_with('#') && line.contains("FINDINGS.md") {
            lines.push("# Where the data come from is in DATA.md.".to_owned());
            continue;
        }
        match line.find("examples/").filter(|_| line.starts_with('#') && line.ends_with("/study.toml")) {
            Some(at) => lines.push(format!("{}study.toml", &line[..at])),
            None => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_study_speaks_of_the_files_that_it_has() {
        let text = "# A study\n#   distretto run examples/a/study.toml\n# See FINDINGS.md\npath = \"examples/a\"\n";
        let expected = "# A study\n#   distretto run study.toml\n# Where the data come from is in DATA.md.\npath = \"examples/a\"\n";
        assert_eq!(here(text), expected);
        for template in TEMPLATES {
            for (name, content) in template.files.iter().filter(|(name, _)| name.ends_with(".toml")) {
                let text = here(content);
                assert!(!text.contains("examples/") && !text.contains("FINDINGS"), "{}: {name}", template.name);
            }
        }
    }
}
