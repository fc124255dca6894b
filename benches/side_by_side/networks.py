"""Betweenness by igraph and rustworkx on the graph that networks.sh hands to distretto; CPU seconds.

usage: networks.py make FILE | networks.py time FILE   (pip install igraph rustworkx)
"""
import csv
import random
import sys
import time

import igraph
import rustworkx


def make(path):
    random.seed(1)
    igraph.set_random_number_generator(random)
    graph = igraph.Graph.Barabasi(2000, 10)
    with open(path, "w") as out:
        out.write("source,target,weight\n")
        for a, b in graph.get_edgelist():
            out.write(f"n{a},n{b},{random.randint(1, 9)}\n")


def clock(name, work):
    start = time.process_time()
    work()
    print(f"{name}: {time.process_time() - start:.2f} CPU s")


def measure(path):
    rows = list(csv.DictReader(open(path)))
    number = {}
    for row in rows:
        for end in ("source", "target"):
            number.setdefault(row[end], len(number))
    links = [(number[row["source"]], number[row["target"]]) for row in rows]
    lengths = [1 / float(row["weight"]) for row in rows]
    graph = igraph.Graph(len(number), links)
    clock("igraph, links", lambda: graph.betweenness())
    clock("igraph, lengths", lambda: graph.betweenness(weights=lengths))
    other = rustworkx.PyGraph()
    other.add_nodes_from(range(len(number)))
    other.add_edges_from_no_data(links)
    clock("rustworkx, links", lambda: rustworkx.betweenness_centrality(other, normalized=False))


if __name__ == "__main__":
    {"make": make, "time": measure}[sys.argv[1]](sys.argv[2])
