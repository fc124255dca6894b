#!/usr/bin/env bash
# Factor analysis of 10,000 units on 200 indicators, 10,000 draws of the weights of 1,000 units on 30 indicators, and DEA of 1,000 units; CPU time and peak memory by GNU time.
# usage: appraise.sh [FOLDER] [PYTHON]   (needs numpy, scipy, factor_analyzer 0.5.1, pymcdm for PYTHON, /usr/bin/time; 20 MB of disk)
# DISTRETTO names another binary than that of the release build.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
python=${2:-python3}
binary=${DISTRETTO:-target/release/distretto}
[ -n "${DISTRETTO:-}" ] || cargo build --release --quiet
[ -s "$folder/rank.csv" ] || "$python" benches/side_by_side/appraise.py make "$folder"
measure() {
  local name=$1; shift
  /usr/bin/time -f "$name: wall %e s, cpu %U + %S s, peak %M KiB" "$binary" appraise "$@" --quiet --out "$folder/out.json"
}
measure factor-pca-varimax factor "$folder/factor.csv" --factors 8
measure factor-minres-oblimin factor "$folder/factor.csv" --factors 8 --convention psych
measure factor-ml-varimax factor "$folder/factor.csv" --factors 8 --extract ml
measure factor-parallel factor "$folder/factor.csv" --factors parallel
measure pca pca "$folder/factor.csv" --components 8
measure rank-topsis-10000-draws rank "$folder/rank.csv" --normalise minmax --monte-carlo 10000
measure rank-vikor-10000-draws rank "$folder/rank.csv" --method vikor --monte-carlo 10000
measure rank-topsis-bootstrap-1000 rank "$folder/rank.csv" --normalise minmax --monte-carlo 0 --bootstrap 1000
measure dea dea "$folder/dea.csv" --inputs a,b,c --outputs y,z
measure dea-super-slacks dea "$folder/dea.csv" --inputs a,b,c --outputs y,z --super --slacks --model bcc
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$python" benches/side_by_side/appraise.py factor_analyzer "$folder/factor.csv"
OMP_NUM_THREADS=1 "$python" benches/side_by_side/appraise.py linprog "$folder/dea.csv" 200
OMP_NUM_THREADS=1 "$python" benches/side_by_side/appraise.py pymcdm "$folder/rank.csv" 1000
