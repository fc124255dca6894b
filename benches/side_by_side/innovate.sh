#!/usr/bin/env bash
# Games of the issue's sizes beside numpy and scipy; CPU time and peak memory by GNU time.
# usage: innovate.sh [FOLDER]   (needs python3 with numpy and scipy, /usr/bin/time; about 500 MB of disk)
# BINARY=… measures another build; PYTHON=… another interpreter.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
python=${PYTHON:-python3}
if [ -z "${BINARY:-}" ]; then
  cargo build --release --quiet
  BINARY=target/release/distretto
fi
make() { [ -s "$folder/$1-$2/game.toml" ] || python3 benches/side_by_side/make_game.py "$1" "$2" 1 "$folder/$1-$2"; }
timed() { local name=$1; shift; /usr/bin/time -f "$name: wall %e s, cpu %U + %S s, peak %M KiB" "$@"; }
solve() {
  local name=$1 game=$2; shift 2
  timed "$name" timeout 600 "$BINARY" innovate solve "$folder/$game/game.toml" --quiet --format json --out "$folder/$name.json" "$@"
  python3 - "$folder/$name.json" <<'PY'
import json, sys
s = json.load(open(sys.argv[1]))["summary"]
print({k: s[k] for k in ("rd_total", "active_firms", "certified", "epsilon", "kinked_firms", "iterations", "scan")})
PY
}
# The linear system of the peer is that of a game in which all firms sell: for a planner that is so at a low rate.
make dense 1000; make markets 1000000; make exit 1000000; make one 1000000
for mode in competition coordination sharing consortium merger; do solve "dense-$mode" dense-1000 --mode "$mode"; done
# With the eigenvalues of the stability margin, which are no part of the certificate, as the second peer; by default
# games of more than 500 firms have a bound of it.
solve dense-competition-exact dense-1000 --mode competition --stability exact
for mode in planner-second-best planner-first-best; do
  solve "dense-$mode" dense-1000 --mode "$mode" --set spillover.rate=0.005
done
solve dense-planner-exit dense-1000 --mode planner-second-best
timed "numpy" "$python" benches/side_by_side/innovate_peer.py dense "$folder/dense-1000"
timed "numpy, and its eigenvalues" "$python" benches/side_by_side/innovate_peer.py eigenvalues "$folder/dense-1000"
timed "numpy, coordination" "$python" benches/side_by_side/innovate_peer.py coordination "$folder/dense-1000"
timed "numpy, planner" "$python" benches/side_by_side/innovate_peer.py planner "$folder/dense-1000" 0.005
solve markets markets-1000000
solve exit exit-1000000
solve one one-1000000
timed "scipy" "$python" benches/side_by_side/innovate_peer.py markets "$folder/markets-1000000"
cat > "$folder/ten.toml" <<'TOML'
[market]
intercept = 100.0
slope = 1.0
[firms]
marginal_cost = [40, 41, 42, 43, 44, 45, 46, 47, 48, 49]
rd_cost = 30.0
[spillover]
rate = 0.3
TOML
timed "sweep of 10,000" "$BINARY" innovate sweep "$folder/ten.toml" --vary spillover.rate=0:0.99:0.01 \
  --vary firms.rd_cost=20:69.5:0.5 --quiet --format json --out "$folder/sweep.json"
timed "coalitions of 10" "$BINARY" innovate coalitions "$folder/ten.toml" --mode consortium --quiet --format json \
  --out "$folder/coalitions.json"
