#!/usr/bin/env python3
"""Write plants in a plane: usage make_plants.py N OF_A SEED PLANTS.csv [XY.txt]

N plants in 200 towns and open country of a square of side 1000, OF_A of them of industry A, drawn at random.
XY.txt gets the coordinates of the plants of A, for pair_histogram.c.
"""
import random
import sys


def main():
    n, of_a, seed = (int(word) for word in sys.argv[1:4])
    draw = random.Random(seed)
    towns = [(draw.uniform(0, 1000), draw.uniform(0, 1000), draw.expovariate(0.1)) for _ in range(200)]
    chosen = set(draw.sample(range(n), of_a))
    xy = open(sys.argv[5], "w") if len(sys.argv) > 5 else None
    with open(sys.argv[4], "w") as out:
        out.write("id,industry,x,y,size\n")
        for i in range(n):
            if draw.random() < 0.5:
                x, y, spread = towns[draw.randrange(200)]
                x, y = x + draw.gauss(0, spread), y + draw.gauss(0, spread)
            else:
                x, y = draw.uniform(0, 1000), draw.uniform(0, 1000)
            code = "A" if i in chosen else f"B{i % 20}"
            out.write(f"p{i},{code},{x:.6f},{y:.6f},{int(draw.paretovariate(1.2))}\n")
            if xy and i in chosen:
                xy.write(f"{x:.6f} {y:.6f}\n")


main()
