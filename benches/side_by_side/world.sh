#!/bin/sh
# A synthetic world table of 41 regions and 35 sectors (1,435 x 1,435) and a sparse table of 10,000 sectors (1 % filled):
# multipliers, KWW, WWZ and Borin-Mancini by distretto; the same multipliers by pymrio, KWW and WWZ by plain numpy (for
# R decompr, which computes them with the same dense products); time and memory of whole processes, reading included.
# usage: world.sh DISTRETTO PYTHON   (pip install numpy pandas pymrio)
set -eu
distretto=$1
python=$2
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" "$here/world.py" make "$folder/world.csv" 41 35
"$python" "$here/world.py" sparse "$folder/sparse.csv" 10000
clock() {
    /usr/bin/time -f '%U CPU s, %e s, %M KiB' "$@"
}
for estimand in leontief multipliers kww wwz borin-mancini participation; do
    echo "distretto link $estimand, 1,435 sectors"
    clock "$distretto" link "$estimand" "$folder/world.csv" --quiet --format json --out "$folder/$estimand.json"
done
for job in multipliers kww wwz; do
    echo "peer, $job, 1,435 sectors"
    clock "$python" "$here/world.py" "$job" "$folder/world.csv" "$folder"
done
echo "distretto link multipliers, 10,000 sectors, iterative"
clock "$distretto" link multipliers "$folder/sparse.csv" --solver iterative --quiet --format json --out "$folder/sparse.json"
grep solver_residual "$folder/sparse.json"
