#!/usr/bin/env bash
# Reads, validates and measures 10 million area rows; wall time, CPU time and peak memory by GNU time.
# usage: lq_ten_million.sh [FOLDER]   (needs about 2 GB of disk; /usr/bin/time from the package `time`)
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
table=$folder/areas_10m.csv
[ -s "$table" ] || python3 benches/side_by_side/make_areas.py "$table"
ls -l "$table" | awk '{print "table: " $5 / 1e6 " MB"}'
cargo build --release --quiet
for run in 1 2 3; do
  /usr/bin/time -f "run $run: wall %e s, cpu %U + %S s, peak %M KiB" \
    target/release/distretto measure lq "$table" --out "$folder/lq.csv" --quiet
done
ls -l "$folder/lq.csv" | awk '{print "result: " $5 / 1e6 " MB"}'
