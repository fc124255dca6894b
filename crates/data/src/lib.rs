//! Readers and writers: CSV, XLSX, Parquet, GeoJSON, TopoJSON, weights files.
