#!/usr/bin/env python3
"""Games of the benches of `innovate`: firms, links, and the TOML file that names them.

usage: make_game.py KIND SIZE SEED FOLDER
KIND: dense    one market, every pair of firms linked at random (`matrix.csv`)
      markets  markets of ten firms, seven links a firm, three in ten of them within its market
      one      one market, unit costs so far apart that most firms leave, absorptive capacity and leakage by firm
      exit     as `markets`, with unit costs so far apart that many firms are near exit
"""
import random
import sys
from pathlib import Path

kind, size, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
draw = random.Random(seed)
folder.mkdir(parents=True, exist_ok=True)


def firms(spread, market):
    rows = ["firm,market,marginal_cost,rd_cost,absorptive,leakage"]
    for i in range(size):
        cost = 40 + spread * draw.random()
        rows.append(f"{i + 1},{market(i)},{cost:.6f},{8 + 8 * draw.random():.6f},{draw.random():.4f},{draw.random():.4f}")
    (folder / "firms.csv").write_text("\n".join(rows) + "\n")


def game(spillover):
    text = '[market]\nintercept = 100.0\nslope = 1.0\n[firms]\ntable = "firms.csv"\n[spillover]\n' + spillover
    (folder / "game.toml").write_text(text)


def links():
    with open(folder / "links.csv", "w") as out:
        out.write("source,target,weight\n")
        for i in range(size):
            market = i // 10 * 10
            seen = {i}
            while len(seen) < 8:
                j = market + draw.randrange(min(10, size - market)) if draw.random() < 0.3 else draw.randrange(size)
                if j not in seen:
                    seen.add(j)
                    out.write(f"{j + 1},{i + 1},{0.3 * draw.random():.4f}\n")


if kind == "dense":
    # Costs so close that all firms sell, as in the system that the peer solves.
    rows = ["firm,marginal_cost,rd_cost"]
    rows += [f"{i + 1},{40 + 0.05 * draw.random():.6f},{8 + 8 * draw.random():.6f}" for i in range(size)]
    (folder / "firms.csv").write_text("\n".join(rows) + "\n")
    with open(folder / "matrix.csv", "w") as out:
        out.write("firm," + ",".join(str(j + 1) for j in range(size)) + "\n")
        for i in range(size):
            out.write(f"{i + 1}," + ",".join(f"{draw.random():.4f}" for _ in range(size)) + "\n")
    game('rate = 0.05\nmatrix = "matrix.csv"\n')
elif kind in ("markets", "exit"):
    firms(8 if kind == "markets" else 40, lambda i: i // 10 + 1)
    text = (folder / "firms.csv").read_text().splitlines()
    (folder / "firms.csv").write_text("\n".join(",".join(line.split(",")[:4]) for line in text) + "\n")
    links()
    game('links = "links.csv"\n')
elif kind == "one":
    firms(60, lambda i: 1)
    game("rate = 0.5\n")
else:
    sys.exit(f"unknown kind {kind}")
