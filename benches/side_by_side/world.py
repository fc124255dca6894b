"""World tables for world.sh, and what its peers compute of them.

usage: world.py make FILE REGIONS SECTORS | sparse FILE SECTORS | multipliers|kww|wwz FILE FOLDER
The last three also compare with the results of distretto in FOLDER, to 1e-8 relative.
"""
import json
import sys

import numpy as np
import pandas as pd


def make(path, regions, sectors):
    draw = np.random.default_rng(1)
    regions, sectors = int(regions), int(sectors)
    names = [f"R{r}" for r in range(regions)]
    labels = [f"{r}|S{s}" for r in names for s in range(sectors)]
    n = len(labels)
    home = np.kron(np.eye(regions), np.ones((sectors, sectors))) * 20 + 1
    flows = draw.gamma(0.5, 1, (n, n)) * home
    final = draw.gamma(0.5, 40, (n, regions)) * (np.kron(np.eye(regions), np.ones((sectors, 1))) * 20 + 1)
    output = np.maximum(flows.sum(1) + final.sum(1), 1.25 * flows.sum(0))
    own = np.repeat(np.arange(regions), sectors)
    final[np.arange(n), own] += output - flows.sum(1) - final.sum(1)
    table = pd.DataFrame(np.hstack([flows, final]), labels, labels + [f"{r}|final" for r in names])
    table.loc["value_added"] = np.concatenate([output - flows.sum(0), np.zeros(regions)])
    table.to_csv(path, index_label="row", float_format="%.6f")


def sparse(path, n):
    """Rows of text, one at a time: dense it would be 800 MB."""
    n, draw = int(n), np.random.default_rng(2)
    flows = [dict(zip(draw.choice(n, n // 100, replace=False).tolist(), draw.gamma(0.5, 1, n // 100).tolist())) for _ in range(n)]
    bought = np.zeros(n)
    for row in flows:
        for j, value in row.items():
            bought[j] += value
    with open(path, "w") as out:
        out.write("row," + ",".join(f"s{j}" for j in range(n)) + ",final\n")
        for i, row in enumerate(flows):
            cells = ["0"] * n
            for j, value in row.items():
                cells[j] = f"{value:.6f}"
            final = max(1.0, 1.5 * bought[i] - sum(row.values()))
            out.write(f"s{i}," + ",".join(cells) + f",{final:.6f}\n")


class World:
    def __init__(self, path):
        table = pd.read_csv(path, index_col=0)
        self.labels = [label for label in table.columns if label in table.index]
        n = len(self.labels)
        self.regions = list(dict.fromkeys(label.split("|")[0] for label in self.labels))
        self.k = n // len(self.regions)
        flows = table.to_numpy()[:n]
        self.flows, self.y = flows[:, :n], flows[:, n:]
        self.x = flows.sum(1)
        self.a = self.flows / self.x
        self.b = np.linalg.inv(np.eye(n) - self.a)
        self.v = 1 - self.a.sum(0)
        self.block = [slice(r * self.k, (r + 1) * self.k) for r in range(len(self.regions))]
        self.local = [np.linalg.inv(np.eye(self.k) - self.a[s, s]) for s in self.block]
        # E_sr of every sector, by partner; and what goes through the own economy of the partner.
        self.e = self.y.copy()
        for r, s in enumerate(self.block):
            self.e[:, r] += self.a[:, s] @ self.x[s]
            self.e[s, r] = 0
        self.home = np.concatenate([self.local[r] @ self.y[s, r] for r, s in enumerate(self.block)])
        self.sold = np.concatenate([self.local[r] @ self.e[s].sum(1) for r, s in enumerate(self.block)])
        # V_t B_tj of every region of origin.
        self.vb = np.stack([self.v[s] @ self.b[s] for s in self.block])


def compare(got, want, what):
    got, want = np.asarray(got, float), np.asarray(want, float)
    worst = np.abs(got - want).max() / np.abs(want).max()
    print(f"{what}: largest difference {worst:.1e} relative")
    assert worst < 1e-8


def multipliers(path, folder):
    import pymrio

    table = pd.read_csv(path, index_col=0)
    labels = [label for label in table.columns if label in table.index]
    flows = table.loc[labels, labels]
    final = table.loc[labels, [label for label in table.columns if label not in table.index]]
    split = pd.MultiIndex.from_tuples([label.split("|") for label in labels], names=["region", "sector"])
    flows.index = flows.columns = split
    final.index = split
    final.columns = pd.MultiIndex.from_tuples([label.split("|") for label in final.columns], names=["region", "category"])
    system = pymrio.IOSystem(Z=flows, Y=final)
    system.calc_all()
    with open(f"{folder}/leontief.json") as file:
        rows = json.load(file)["tables"]["sectors"]
    compare([row["output_multiplier"] for row in rows], system.L.sum(axis=0), "output multipliers, pymrio")


def kww(path, folder):
    w = World(path)
    with open(f"{folder}/kww.json") as file:
        rows = json.load(file)["tables"]["regions"]
    for s, own in enumerate(w.block):
        rest = [r for r in range(len(w.regions)) if r != s]
        c = w.vb[s]
        foreign = w.vb[:, own].sum(0) - c[own]
        final = w.y[own][:, rest].sum(1)
        abroad = np.ones(len(w.x), bool)
        abroad[own] = False
        at_home = np.array([w.y[j, j // w.k] for j in range(len(w.x))])
        third = w.y.sum(1) - w.y[:, s] - at_home
        back = c[abroad] @ w.a[abroad][:, own]
        parts = [
            c[own] @ final, c[abroad] @ at_home[abroad], c[abroad] @ third[abroad], c[abroad] @ w.y[abroad, s],
            back @ w.home[own], back @ w.sold[own],
            foreign @ final, foreign @ (w.a[own][:, abroad] @ w.home[abroad]), foreign @ (w.a[own][:, abroad] @ w.sold[abroad]),
        ]
        names = ["dva_fin", "dva_int", "dva_intrex", "rdv_fin", "rdv_int", "ddc", "fva_fin", "fva_int", "fdc"]
        assert np.allclose(parts, [rows[s][name] for name in names], rtol=1e-8), w.regions[s]
    print("kww, numpy: equal to 1e-8")


def wwz(path, folder):
    w = World(path)
    count = len(w.regions)
    parts = {}
    for s, own in enumerate(w.block):
        short, whole = w.v[own] @ w.local[s], w.vb[s][own]
        for r, to in enumerate(w.block):
            if r == s:
                continue
            a = w.a[own, to]
            third = [t for t in range(count) if t not in (s, r)]
            mine, other = w.vb[r][own], w.vb[third][:, own].sum(0)
            b = {t: w.b[to, w.block[t]] for t in range(count)}
            y = lambda t, u: w.y[w.block[t], u]
            i1 = sum(b[t] @ y(t, t) for t in third)
            i2 = sum(b[t] @ (w.y[w.block[t]].sum(1) - y(t, s) - y(t, t)) for t in third)
            back = sum(b[t] @ y(t, s) for t in third)
            others = w.y[own].sum(1) - w.y[own, s]
            parts[s, r] = np.stack([
                whole * w.y[own, r], short * (a @ (b[r] @ y(r, r))), short * (a @ i1),
                short * (a @ (b[r] @ w.y[to][:, third].sum(1))), short * (a @ i2),
                short * (a @ (b[r] @ y(r, s))), short * (a @ back), short * (a @ (b[s] @ w.y[own, s])),
                short * (a @ (b[s] @ others)), (whole - short) * (a @ w.x[to]),
                mine * w.y[own, r], mine * (a @ w.home[to]), mine * (a @ w.sold[to]),
                other * w.y[own, r], other * (a @ w.home[to]), other * (a @ w.sold[to]),
            ])
    names = ("dva_fin dva_int dva_intrex_i1 dva_intrex_f dva_intrex_i2 rdv_fin rdv_fin2 rdv_int "
             "ddc_fin ddc_int mva_fin mva_int mdc ova_fin ova_int odc").split()
    with open(f"{folder}/wwz.json") as file:
        rows = json.load(file)["tables"]["flows"]
    got = np.array([[row[name] for name in names] for row in rows])
    want = np.concatenate([
        np.stack([parts[s, r][:, j] for j in range(w.k) for r in range(count) if r != s]) for s in range(count)
    ])
    compare(got, want, "wwz, numpy")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
