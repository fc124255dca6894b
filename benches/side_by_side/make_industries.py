#!/usr/bin/env python3
"""Write plants of many industries in a plane: usage make_industries.py N INDUSTRIES SEED PLANTS.csv

N plants in a square of side 1000, half of them in 200 towns. Sizes of industries fall like 1/rank^0.7; every third
industry has a home town in which a fifth of its plants stand.
"""
import random
import sys


def main():
    n, industries, seed = (int(word) for word in sys.argv[1:4])
    draw = random.Random(seed)
    towns = [(draw.uniform(0, 1000), draw.uniform(0, 1000), draw.expovariate(0.1)) for _ in range(200)]
    codes = [f"I{k:03}" for k in range(industries)]
    shares = [(k + 1) ** -0.7 for k in range(industries)]
    with open(sys.argv[4], "w") as out:
        out.write("id,industry,x,y,size\n")
        for i in range(n):
            # Every industry has a plant or more.
            k = i if i < industries else draw.choices(range(industries), shares)[0]
            kind = draw.random()
            if kind < 0.5:
                home = k % 3 == 0 and kind < 0.2
                x, y, spread = towns[k % 200] if home else towns[draw.randrange(200)]
                x, y = x + draw.gauss(0, spread), y + draw.gauss(0, spread)
            else:
                x, y = draw.uniform(0, 1000), draw.uniform(0, 1000)
            out.write(f"p{i},{codes[k]},{x:.6f},{y:.6f},{int(draw.paretovariate(1.2))}\n")


main()
