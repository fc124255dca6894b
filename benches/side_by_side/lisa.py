#!/usr/bin/env python3
"""Local Moran beside esda: the same points, 6 nearest neighbours, row-standardised, 999 conditional permutations.

usage: lisa.py BINARY [REGIONS] [NSIM]     (needs: pip install esda==2.8.2 libpysal numba)

Runs the release binary (reading, neighbours, all local statistics, writing) and esda in processes of their own and prints a
Markdown table: CPU seconds of all threads, wall seconds, peak memory, their ratio, and the largest difference of local Moran.
esda compiles its kernels on first use; that time is taken on 200 regions before the clock starts, and shown apart.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NEIGHBOURS = 6
MANY = 21  # times the permutations, to tell their time from that of reading and writing
CACHE_VARIABLE = "NUMBA_CACHE_DIR"  # an empty one, so that compilation is seen as a first user sees it


def write_points(path: Path, regions: int) -> None:
    """Uniform points with a smooth surface plus noise; a fixed congruential sequence, the same everywhere."""
    state = 20_260_701

    def uniform() -> float:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (state >> 11) / 2**53

    with path.open("w", encoding="ascii") as file:
        file.write("region,x,y,value\n")
        for i in range(regions):
            x, y = uniform(), uniform()
            noise = sum(uniform() for _ in range(12)) - 6
            file.write(f"r{i:06d},{x!r},{y!r},{math.sin(5 * x) + math.cos(7 * y) + noise!r}\n")


def timed(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak MB of a process that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024


def peer(table: str, nsim: int, keep: bool, out: str) -> None:
    import numpy as np
    import esda
    from libpysal import weights

    def local(points, values, permutations):
        w = weights.KNN.from_array(points, k=NEIGHBOURS)
        w.transform = "r"
        start, wall = time.process_time(), time.perf_counter()
        result = esda.Moran_Local(values, w, permutations=permutations, seed=1, n_jobs=1, keep_simulations=keep)
        return result, time.process_time() - start, time.perf_counter() - wall

    data = np.loadtxt(table, delimiter=",", skiprows=1, usecols=(1, 2, 3))
    _, compile_cpu, _ = local(data[:200, :2].copy(), data[:200, 2].copy(), 99)
    result, cpu, wall = local(data[:, :2].copy(), data[:, 2].copy(), nsim)
    np.savez(out, local=result.Is, p=result.p_sim)
    with open(out + ".json", "w", encoding="ascii") as file:
        json.dump({"compile_cpu": compile_cpu, "cpu": cpu, "wall": wall}, file)


def main() -> None:
    if sys.argv[1] == "--peer":
        peer(sys.argv[2], int(sys.argv[3]), sys.argv[4] == "keep", sys.argv[5])
        return
    binary = sys.argv[1]
    regions = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
    nsim = int(sys.argv[3]) if len(sys.argv) > 3 else 999
    with tempfile.TemporaryDirectory() as folder:
        compare(binary, Path(folder), regions, nsim)


def compare(binary: str, folder: Path, regions: int, nsim: int) -> None:
    import numpy as np

    table, result = folder / "points.csv", folder / "lisa.csv"
    write_points(table, regions)
    command = [binary, "measure", "lisa", str(table), "--value", "value", "--knn", str(NEIGHBOURS), "--divisor", "n-1"]
    command += ["--quiet", "--out", str(result)]
    ours = min(timed([*command, "--nsim", str(nsim)]) for _ in range(5))
    many = min(timed([*command, "--nsim", str(MANY * nsim)]) for _ in range(5))
    peers = {}
    for keep in ("keep", "drop"):
        out = str(folder / f"{keep}.npz")
        environment = os.environ | {CACHE_VARIABLE: str(folder / f"cache-{keep}")}
        _, _, memory = timed([sys.executable, __file__, "--peer", str(table), str(nsim), keep, out], environment)
        peers[keep] = json.loads(Path(out + ".json").read_text()) | {"memory": memory}
    timed([*command, "--nsim", str(nsim)])
    with result.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    theirs = np.load(str(folder / "keep.npz"))
    local = np.array([float(row["local_moran"]) for row in rows])
    one_sided = np.array([float(row["p_sim"]) for row in rows]) / 2
    test = (many[0] - ours[0]) / (MANY - 1)
    print(f"{regions:,} regions, {NEIGHBOURS} nearest neighbours, {nsim} conditional permutations.\n")
    print("| | CPU s | wall s | peak MB |")
    print("|---|---|---|---|")
    print(f"| distretto, whole process: reading, neighbours, all local statistics, writing | {ours[0]:.2f} | {ours[1]:.2f} | {ours[2]:.0f} |")
    print(f"| of it the permutations (by the difference to {MANY} times as many) | {test:.2f} | | |")
    for keep, words in (("keep", "default (simulations kept)"), ("drop", "`keep_simulations=False`")):
        held = peers[keep]
        print(f"| esda 2.8.2 `Moran_Local`, {words}, call alone | {held['cpu']:.2f} | {held['wall']:.2f} | {held['memory']:.0f} |")
    print(f"| esda 2.8.2, compilation before it | {peers['keep']['compile_cpu']:.2f} | | |")
    print(f"\nRatio of CPU, esda's call alone over our whole process: {peers['keep']['cpu'] / ours[0]:.1f}; ", end="")
    print(f"over our permutations alone: {peers['keep']['cpu'] / test:.1f}; memory: {peers['keep']['memory'] / ours[2]:.1f}.")
    print(f"Largest difference of local Moran: {np.abs(local - theirs['local']).max():.2e}.")
    gap = np.abs(one_sided - np.minimum(theirs["p"], 0.5))
    print(f"One-sided simulated p (half of ours against esda's): mean difference {gap.mean():.4f}, largest {gap.max():.4f}.")


if __name__ == "__main__":
    main()
