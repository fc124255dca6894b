"""Tables of `appraise.sh`, and the same jobs by other tools: make FOLDER | factor_analyzer FILE | linprog FILE UNITS | pymcdm FILE DRAWS."""
import sys, time
import numpy as np


def make(folder):
    r = np.random.default_rng(1)
    x = r.lognormal(size=(1000, 3))
    y = x.prod(1, keepdims=True) ** 0.3 * r.uniform(0.4, 1, (1000, 2))
    write(folder + "/dea.csv", ["a", "b", "c", "y", "z"], np.hstack([x, y]))
    f = r.normal(size=(10_000, 8))
    d = f @ r.normal(size=(8, 200)) * 0.5 + r.normal(size=(10_000, 200))
    write(folder + "/factor.csv", [f"x{j}" for j in range(200)], d)
    write(folder + "/rank.csv", [f"x{j}" for j in range(30)], r.lognormal(size=(1000, 30)))


def write(path, names, cells):
    with open(path, "w") as out:
        out.write(",".join(["unit"] + names) + "\n")
        for i, row in enumerate(cells):
            out.write(f"u{i}," + ",".join(f"{v:.6g}" for v in row) + "\n")


def read(path):
    return np.genfromtxt(path, delimiter=",", skip_header=1)[:, 1:]


def factor_analyzer(path):
    from factor_analyzer import FactorAnalyzer, calculate_kmo
    x = read(path)
    for method, rotation in [("principal", "varimax"), ("minres", "oblimin"), ("ml", "varimax")]:
        start = time.process_time()
        tool = FactorAnalyzer(n_factors=8, method=method, rotation=rotation)
        tool.fit(x)
        tool.transform(x)
        calculate_kmo(x)
        print(f"factor_analyzer {method} {rotation}: cpu {time.process_time() - start:.1f} s")


def linprog(path, units):
    from scipy.optimize import linprog as solve
    d = read(path)
    x, y = d[:, :3].T, d[:, 3:].T
    start = time.process_time()
    for o in range(units):
        a = np.vstack([np.hstack([-x[:, [o]], x]), np.hstack([np.zeros((2, 1)), -y])])
        solve(np.r_[1, np.zeros(len(d))], A_ub=a, b_ub=np.r_[np.zeros(3), -y[:, o]], method="highs")
    print(f"linprog (HiGHS), {units} CCR programmes of 1,000 units: cpu {time.process_time() - start:.1f} s")


def pymcdm(path, draws):
    from pymcdm.methods import TOPSIS
    from pymcdm.normalizations import minmax_normalization
    from scipy.stats import rankdata
    x = read(path)
    r = np.random.default_rng(1)
    method, types = TOPSIS(minmax_normalization), np.ones(x.shape[1])
    start = time.process_time()
    ranks = np.array([rankdata(-method(x, w, types), "min") for w in r.dirichlet(types, draws)])
    np.quantile(ranks, [0.05, 0.5, 0.95], axis=0)
    print(f"pymcdm topsis, {draws} draws of the weights, 1,000 units x 30 indicators: cpu {time.process_time() - start:.1f} s")


if sys.argv[1] == "make":
    make(sys.argv[2])
elif sys.argv[1] == "factor_analyzer":
    factor_analyzer(sys.argv[2])
elif sys.argv[1] == "pymcdm":
    pymcdm(sys.argv[2], int(sys.argv[3]))
else:
    linprog(sys.argv[2], int(sys.argv[3]))
