#![no_main]

use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

const WORKBOOK: &[u8] = br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;

// The bytes are the XML of a sheet and, behind a zero, of the shared strings, in a sound archive: so the reader of
// sheets is reached, which check sums keep a mutated archive from.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    let (sheet, strings) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let files = [
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", strings),
    ];
    for (name, content) in files {
        archive.start_file(name, stored).expect("an archive in memory");
        archive.write_all(content).expect("an archive in memory");
    }
    let workbook = archive.finish().expect("an archive in memory").into_inner();
    distretto_fuzz::read(&workbook, "a.xlsx");
});
