#!/bin/sh
# Networks against igraph and rustworkx: betweenness of a Barabási–Albert graph (n = 2000, m = 10, weights 1–9), and all
# centralities of the projection of Horizon 2020 (a CSV file source, target: organisation, project), when it is given.
# usage: networks.sh DISTRETTO PYTHON [H2020.csv]
set -eu
distretto=$1
python=$2
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" "$here/networks.py" make "$folder/ba.csv"
"$python" "$here/networks.py" time "$folder/ba.csv"
for weighted in "" --weighted; do
    echo "distretto link centrality $weighted (all columns)"
    /usr/bin/time -f '%U CPU s, %M KiB' "$distretto" link centrality "$folder/ba.csv" $weighted --quiet --format json --out "$folder/out.json"
done
if [ $# -gt 2 ]; then
    for estimand in network centrality holes small-world core-periphery communities assortativity robustness; do
        echo "distretto link $estimand, Horizon 2020"
        /usr/bin/time -f '%U CPU s, %e s, %M KiB' "$distretto" link "$estimand" "$3" --participation \
            --col actor=source --col event=target --quiet --format json --out "$folder/out.json"
    done
fi
