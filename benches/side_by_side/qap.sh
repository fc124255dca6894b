#!/bin/sh
# QAP and MRQAP of 200 actors with 1,000 permutations: whole processes, reading included. R sna's qaptest takes about
# 21 s for the same correlation.
# usage: qap.sh DISTRETTO PYTHON   (pip install numpy)
set -eu
distretto=$1
python=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" - "$folder" <<'MAKE'
import sys

import numpy as np

draw, n = np.random.default_rng(1), 200
for name in ("a", "b", "c", "y"):
    cells = draw.normal(size=(n, n))
    cells = (cells + cells.T) / 2
    with open(f"{sys.argv[1]}/{name}.csv", "w") as out:
        out.write("row," + ",".join(f"a{j}" for j in range(n)) + "\n")
        for i in range(n):
            out.write(f"a{i}," + ",".join(repr(float(cell)) for cell in cells[i]) + "\n")
MAKE
cd "$folder"
for command in "qap a.csv b.csv" "qap a.csv b.csv --directed" "mrqap y.csv a.csv b.csv c.csv"; do
    echo "distretto link $command"
    # Words of the command are words of the shell.
    # shellcheck disable=SC2086
    /usr/bin/time -f '%U CPU s, %e s, %M KiB' "$distretto" link $command --quiet --format json --out out.json
done
