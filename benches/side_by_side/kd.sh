#!/usr/bin/env bash
# Kd beside a plain C histogram of the same pairs, and at the scale of a country; CPU time and peak memory by GNU time.
# usage: kd.sh [FOLDER]   (needs gcc, python3, /usr/bin/time; about 150 MB of disk)
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
cargo build --release --quiet
gcc -O3 -march=native benches/side_by_side/pair_histogram.c -o "$folder/pair_histogram" -lm
make() { [ -s "$folder/$4.csv" ] || python3 benches/side_by_side/make_plants.py "$1" "$2" "$3" "$folder/$4.csv" "$folder/$4.txt"; }
make 20000 20000 1 all20k
make 1000000 10000 2 a10k
make 1000000 100000 3 a100k
measure() {
  local name=$1; shift
  /usr/bin/time -f "$name: wall %e s, cpu %U + %S s, peak %M KiB" \
    target/release/distretto measure kd "$folder/$name.csv" --industry A --quiet --out "$folder/$name.json" "$@"
}
for run in 1 2 3; do
  "$folder/pair_histogram" "$folder/all20k.txt" 4096 0.35
  measure all20k --r 0:1022:2
done
measure a10k --r 0:100:1 --nsim 1000
measure a100k --r 0:100:1 --nsim 1000
