#!/usr/bin/env python3
"""Write plants in a window of two rings, not convex: usage make_window.py N SEED PLANTS.csv WINDOW.csv

The outline is a star of 60 vertices of mean radius 450, with a round lake of 12 vertices. Half of the plants are in 200
towns, half in open country; a tenth are of industry A. Coordinates have six decimals.
"""
import math
import random
import sys


def ring(centre, radii):
    n = len(radii)
    angles = [2 * math.pi * k / n for k in range(n)]
    return [(round(centre[0] + r * math.cos(a), 6), round(centre[1] + r * math.sin(a), 6)) for a, r in zip(angles, radii)]


def inside(x, y, rings):
    odd = False
    for points in rings:
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
            if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
                odd = not odd
    return odd


def main():
    n, seed = int(sys.argv[1]), int(sys.argv[2])
    draw = random.Random(9)
    rings = [ring((500, 500), [draw.uniform(400, 500) for _ in range(60)]), ring((400, 450), [60] * 12)]
    with open(sys.argv[4], "w") as out:
        out.write("x,y,ring\n")
        for name, points in zip("ab", rings):
            out.writelines(f"{x:.6f},{y:.6f},{name}\n" for x, y in points)
    draw = random.Random(seed)
    towns = [(draw.uniform(0, 1000), draw.uniform(0, 1000), draw.expovariate(0.1)) for _ in range(200)]
    with open(sys.argv[3], "w") as out:
        out.write("id,industry,x,y\n")
        written = 0
        while written < n:
            if draw.random() < 0.5:
                x, y, spread = towns[draw.randrange(200)]
                x, y = x + draw.gauss(0, spread), y + draw.gauss(0, spread)
            else:
                x, y = draw.uniform(0, 1000), draw.uniform(0, 1000)
            x, y = round(x, 6), round(y, 6)
            if inside(x, y, rings):
                out.write(f"p{written},{'A' if draw.random() < 0.1 else 'B'},{x:.6f},{y:.6f}\n")
                written += 1


main()
