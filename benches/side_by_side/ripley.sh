#!/usr/bin/env bash
# Isotropic K in a polygon beside spatstat.explore, 20,000 and 100,000 plants; CPU time and peak memory by GNU time.
# usage: ripley.sh [FOLDER]   (needs python3, /usr/bin/time; R with spatstat.explore for the peer)
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
cargo build --release --quiet
python3 benches/side_by_side/make_window.py 20000 1 "$folder/plants20k.csv" "$folder/window.csv"
python3 benches/side_by_side/make_window.py 100000 2 "$folder/plants100k.csv" "$folder/window.csv"
measure() {
  local name=$1 label=$2; shift 2
  /usr/bin/time -f "$label: wall %e s, cpu %U + %S s, peak %M KiB" \
    target/release/distretto measure ripley "$folder/$name.csv" --window "$folder/window.csv" --quiet \
    --out "$folder/$label.json" "$@"
}
for correction in isotropic border none; do
  measure plants20k "20k-$correction" --r 0:50:0.5 --correction $correction
  measure plants100k "100k-$correction" --r 0:20:0.2 --correction $correction
done
measure plants20k 20k-translate --r 0:10:0.5 --correction translate
measure plants20k 20k-csr --r 0:50:0.5 --nsim 99
measure plants20k 20k-random-location --r 0:50:0.5 --industry A --nsim 99
if command -v Rscript > /dev/null; then
  for job in "plants20k 50 0.5 20k" "plants100k 20 0.2 100k"; do
    # shellcheck disable=SC2086 # the job is four words
    /usr/bin/time -f "spatstat: wall %e s, cpu %U + %S s, peak %M KiB" \
      Rscript benches/side_by_side/ripley.R "$folder" $job
  done
fi
