#!/bin/sh
# All pairs of 300 industries, and the localisation of each, on 50,000 plants: usage colocation.sh DISTRETTO FOLDER [NSIM]
#
# Nobody else does this job in one run; each line prints CPU seconds, wall seconds and peak memory.
set -eu
program=$1 folder=$2 nsim=${3:-999}
here=$(dirname "$0")
plants=$folder/plants_50000_300.csv
[ -f "$plants" ] || python3 "$here/make_industries.py" 50000 300 1 "$plants"

job() {
    echo "$*"
    /usr/bin/time -f "  %U CPU s, %e s, %M kB" "$program" measure "$@" --nsim "$nsim" --quiet --format csv --out "$folder/result.csv"
}

job colocation "$plants" --function m --r 10
job colocation "$plants" --function m --r 50
job colocation "$plants" --function m --r 2:10:2
job colocation "$plants" --function m --r 10 --weight size
job colocation "$plants" --function kd --r 10 --bandwidth 3
job colocation "$plants" --function k --r 10 --window bbox
job localisation "$plants" --r 0:50:1
job localisation "$plants" --r 0:50:1 --function m
