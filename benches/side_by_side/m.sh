#!/usr/bin/env bash
# M with 1,000 simulations beside a plain C loop of the same job; CPU time and peak memory by GNU time.
# usage: m.sh [FOLDER]   (needs gcc, python3, /usr/bin/time; about 20 MB of disk; the C loop makes few simulations)
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
cargo build --release --quiet
gcc -O3 -march=native benches/side_by_side/m_loop.c -o "$folder/m_loop" -lm
make() { [ -s "$folder/$4.csv" ] || python3 benches/side_by_side/make_plants.py "$1" "$2" "$3" "$folder/$4.csv"; }
make 20000 2000 4 m20k
make 100000 10000 5 m100k
make 100000 5000 6 case100k
measure() {
  local name=$1 file=$2; shift 2
  /usr/bin/time -f "$name: wall %e s, cpu %U + %S s, peak %M KiB" \
    target/release/distretto measure m "$folder/$file.csv" --industry A --nsim 1000 --quiet --out "$folder/$name.json" "$@"
}
measure 20k-weighted-250 m20k --weight size --r 0:250:2.5
measure 20k-weighted-median m20k --weight size
measure 20k-median m20k
measure 100k-weighted-250 m100k --weight size --r 0:250:2.5
measure 100k-weighted-median m100k --weight size
measure 100k-median m100k
# The distances and the share of Marcon and Puech 2026 (19 distances up to half the side, 5 % of interest).
measure 100k-weighted-19 case100k --weight size --r 0:90:10 --r 100:500:50
"$folder/m_loop" "$folder/m20k.csv" 9 250 100 1
"$folder/m_loop" "$folder/m100k.csv" 1 250 100 1
