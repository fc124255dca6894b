#!/usr/bin/env python3
"""The peer of the benches of `innovate`: the same systems by numpy and scipy, read from the same files.

usage: innovate_peer.py dense|eigenvalues|coordination|planner|markets FOLDER [RATE]
dense    one linear system of all firms under competition (everyone sells), without any certificate
eigenvalues  the same, and the eigenvalues of which the stability margin is the smallest real part
coordination, planner  the same of a coalition of all and of the second-best planner
markets  the fixed point x = max(0, 2 D q / gamma) over sparse links, markets of ten, without any certificate
Prints the seconds of reading and of solving, and total R&D.
"""
import sys
import time

import numpy as np

kind, folder = sys.argv[1], sys.argv[2]
rate = float(sys.argv[3]) if len(sys.argv) > 3 else 0.05
start = time.perf_counter()


def read(name, columns):
    return np.loadtxt(f"{folder}/{name}", delimiter=",", skiprows=1, usecols=columns)


def dense(kind):
    cost, gamma = read("firms.csv", (1, 2)).T
    n = len(cost)
    s = rate * np.loadtxt(f"{folder}/matrix.csv", delimiter=",", skiprows=1, usecols=range(1, n + 1))
    np.fill_diagonal(s, 1.0)
    begun = time.perf_counter()
    d = s - s.sum(axis=0) / (n + 1)
    base = 100.0 - cost
    q0 = base - base.sum() / (n + 1)
    if kind == "planner":
        # D'(2H + P), with H = I and P = 11' for a homogeneous good of slope 1.
        weights = 2 * d.T + d.sum(axis=0)[:, None]
    elif kind == "coordination":
        weights = 2 * d.T
    else:
        weights = 2 * np.diag(np.diag(d))
    m = np.diag(gamma) - weights @ d
    x = np.linalg.solve(m, weights @ q0)
    if kind == "eigenvalues":
        print(f"stability margin {np.linalg.eigvals(m / np.diag(m)[:, None]).real.min():.12g}")
    return begun, x


def markets():
    import scipy.sparse as sparse

    cost, gamma = read("firms.csv", (2, 3)).T
    links = np.loadtxt(f"{folder}/links.csv", delimiter=",", skiprows=1)
    n = len(cost)
    source, target = links[:, 0].astype(int) - 1, links[:, 1].astype(int) - 1
    begun = time.perf_counter()
    s = sparse.csr_matrix((links[:, 2], (target, source)), (n, n))
    inside = sparse.csr_matrix((links[:, 2] * (target // 10 == source // 10), (target, source)), (n, n)).T.tocsr()
    market = np.arange(n) // 10
    x = np.zeros(n)
    for sweep in range(300):
        y = 100.0 - cost + x + s @ x
        sells = np.ones(n, bool)
        while True:
            count = np.bincount(market, sells)
            threshold = np.bincount(market, y * sells) / (count + 1)
            still = sells & (y > threshold[market])
            if (still == sells).all():
                break
            sells = still
        q = np.where(sells, y - threshold[market], 0.0)
        reached = 1 + inside @ sells.astype(float)
        slope = np.where(sells, 1 - reached / (count[market] + 1), 0.0)
        new = np.maximum(0, 2 * slope * q / gamma)
        change = np.abs(new - x).max()
        x = new
        if change < 1e-11:
            break
    print(f"sweeps {sweep + 1}, last change {change:.1e}")
    return begun, x


begun, x = markets() if kind == "markets" else dense(kind)
end = time.perf_counter()
print(f"{kind}: reading {begun - start:.2f} s, solving {end - begun:.2f} s, total R&D {x.sum():.12g}")
