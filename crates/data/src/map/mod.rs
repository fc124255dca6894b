//! Outlines of regions, as GeoJSON or TopoJSON.

mod geojson;
mod shape;
mod topojson;

use crate::file::{binary_kind, ending, read_bytes};
use crate::sha256_hex;
use crate::table::{Loaded, ReadOptions};
use distretto_core::{Fault, InputData, InputRecord, Message, Region, RegionMap};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::path::Path;

/// Reads outlines of regions out of a GeoJSON or TopoJSON file; which of the two it is, its content says.
///
/// The code of a region is its property `region`, else the `id` of the feature, else its property `id` or `code`; its
/// name is the property `name`. A ring does not repeat its first point at its end.
///
/// # Errors
/// When the file cannot be read, is neither, or has a feature without code, a code twice, a ring of fewer than 4 points
/// or a geometry other than polygons.
pub fn read_map(path: &Path, shown: &str) -> Result<Loaded, Fault> {
    read_map_with(path, shown, &ReadOptions::default())
}

/// Like [`read_map`], with the properties that hold code and name where they are not called `region` and `name`: a
/// property that is named must be there.
///
/// # Errors
/// As [`read_map`].
pub fn read_map_with(path: &Path, shown: &str, options: &ReadOptions) -> Result<Loaded, Fault> {
    let (ending, packed) = ending(path);
    if packed || !matches!(ending.as_str(), "geojson" | "json" | "topojson") {
        let what = if packed { "gz" } else { ending.as_str() };
        let fault = Fault::input(format!("files that end in .{what} cannot be read as a map")).in_file(shown);
        return Err(fault.with_hint("outlines are .geojson or .topojson"));
    }
    map_from_bytes(&read_bytes(path, shown)?, shown, options)
}

/// Like [`read_map_with`], for a file that is already in memory.
///
/// # Errors
/// As [`read_map`].
pub fn map_from_bytes(bytes: &[u8], shown: &str, options: &ReadOptions) -> Result<Loaded, Fault> {
    let (regions, notes) = parse(bytes, shown, options)?;
    let map = RegionMap { path: shown.to_owned(), regions };
    let record = InputRecord { path: shown.to_owned(), sha256: sha256_hex(bytes), rows: map.regions.len() };
    Ok(Loaded { data: InputData::Map(map), record, notes })
}

/// The regions in the bytes of a map.
fn parse(bytes: &[u8], shown: &str, options: &ReadOptions) -> Result<(Vec<Region>, Vec<Message>), Fault> {
    let fault = |message: String| Fault::input(message).in_file(shown);
    if let Some((what, hint)) = binary_kind(bytes) {
        return Err(fault(format!("this is {what}, not a map")).with_hint(hint));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(fault("the file is empty".to_owned()).with_hint("a map needs at least one region"));
    }
    let document: shape::Document = serde_json::from_slice(bytes).map_err(|error| json_fault(&error, shown))?;
    let read = match document.kind.as_deref() {
        Some("FeatureCollection") => geojson::regions(document, options).map(|regions| (regions, Vec::new())),
        Some("Topology") => topojson::regions(document, shown, options),
        Some(other) => Err(fault(format!("`{other}` cannot be read as a map"))
            .with_hint("a map is a GeoJSON FeatureCollection or a TopoJSON Topology")),
        None => Err(fault("this is JSON without a `type`".to_owned())
            .with_hint("a map is a GeoJSON FeatureCollection or a TopoJSON Topology")),
    };
    let (regions, notes) = read.map_err(|fault| fault.in_file(shown))?;
    refuse_empty_and_double(&regions).map_err(|fault| fault.in_file(shown))?;
    Ok((regions, notes))
}

fn json_fault(error: &serde_json::Error, shown: &str) -> Fault {
    let what = match error.classify() {
        serde_json::error::Category::Data => "the JSON is not that of a map",
        serde_json::error::Category::Eof => "the JSON ends too early",
        _ => "this is not JSON",
    };
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default().to_owned();
    let fault = Fault::input(format!("{what}: {text}")).in_file(shown).at_line(error.line() as u64);
    fault.in_column(format!("{}", error.column())).with_hint("is the download complete?")
}

fn refuse_empty_and_double(regions: &[Region]) -> Result<(), Fault> {
    if regions.is_empty() {
        return Err(Fault::input("the map has no features").with_hint("a map needs at least one region"));
    }
    let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
    for (place, region) in regions.iter().enumerate() {
        if let Some(first) = seen.insert(&region.id, place) {
            let message = format!("duplicate region: features {} and {} have the same code", first + 1, place + 1);
            let fault = Fault::input(message).with_value(&*region.id);
            return Err(fault.with_hint("make one MultiPolygon of the parts of a region"));
        }
    }
    Ok(())
}

/// A code as text: text as it is, a whole number in digits.
fn code(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
            _ => number.to_string(),
        }),
        _ => None,
    }
}

/// Code and name of a feature by its properties.
fn identity(
    id: Option<&Value>,
    properties: Option<&serde_json::Map<String, Value>>,
    place: usize,
    options: &ReadOptions,
) -> Result<(String, Option<String>), Fault> {
    let property = |name: &str| code(properties.and_then(|all| all.get(name)));
    let renamed = |standard: &str| options.rename.iter().rev().find(|(name, _)| name == standard).map(|(_, name)| name);
    let found = match renamed("region") {
        Some(name) => property(name),
        None => property("region").or_else(|| code(id)).or_else(|| property("id")).or_else(|| property("code")),
    };
    let found = found.ok_or_else(|| {
        let names: Vec<&str> = properties.into_iter().flat_map(|all| all.keys()).map(String::as_str).take(12).collect();
        let list = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let message = format!("feature {} has no code; its properties: {list}", place + 1);
        Fault::input(message).with_hint(match renamed("region") {
            Some(name) => format!("it lacks the property `{name}`"),
            None => "give each feature the property `region`, or an `id`".to_owned(),
        })
    })?;
    Ok((found, property(renamed("name").map_or("name", String::as_str))))
}

#[cfg(test)]
mod tests;
