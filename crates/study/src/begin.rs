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
