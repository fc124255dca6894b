//! What a study keeps of a computation, and the key that says whether it may be kept: the digest of command, options,
//! input contents, seed, language and the version of the code.

use crate::rebuild::Layout;
use crate::request::Request;
use distretto_core::{Fault, FaultKind, OptionValues};
use distretto_data::sha256_hex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is kept of a computation beside its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Under which it may be kept.
    pub key: String,
    /// SHA-256 of the JSON: a file that was cut or edited is computed anew.
    pub outcome: String,
    /// The layout of the tables.
    pub tables: Vec<Layout>,
    /// What the reader of each input noted, as sentences.
    pub notes: Vec<(String, Vec<String>)>,
}

impl State {
    /// Reads what was kept; anything else counts as nothing.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The bytes that are kept.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("strings and words are always JSON");
        bytes.push(b'\n');
        bytes
    }
}

/// The key of a request.
///
/// # Errors
/// When an input cannot be read.
pub(crate) fn key(request: &Request<'_>, language: &str) -> Result<String, Fault> {
    // What a document names is read too: another content, or other columns of it, is another result.
    let named = request.named_files()?;
    let mut inputs = Vec::new();
    for input in request.inputs.iter().chain(&named) {
        let bytes = std::fs::read(&input.path).map_err(|error| {
            Fault::new(FaultKind::File, format!("the file cannot be read: {error}")).in_file(&input.shown)
        })?;
        inputs.push(json!({
            "name": input.name, "path": input.shown, "sha256": sha256_hex(&bytes),
            "columns": input.read.rename, "wide": input.read.wide, "sheet": input.read.sheet,
        }));
    }
    let all = json!({
        "command": request.estimand.command(),
        "revision": request.estimand.revision,
        "version": env!("CARGO_PKG_VERSION"),
        "options": sorted(&request.options_in_full()),
        "inputs": inputs,
        "seed": request.seed,
        "language": language,
    });
    Ok(sha256_hex(all.to_string().as_bytes()))
}

/// The order in which options are written says nothing.
fn sorted(options: &OptionValues) -> Vec<(&String, &Value)> {
    let mut pairs: Vec<_> = options.iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    pairs
}
