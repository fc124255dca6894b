#!/usr/bin/env python3
"""Writes a table of REGIONS x INDUSTRIES area rows for the reading benchmark: make_areas.py OUT.csv [REGIONS] [INDUSTRIES]

Values follow a fixed linear congruential sequence, so that the file is the same everywhere. 10,000 x 1,000 gives
10 million rows, about 280 MB.
"""
import sys


def main() -> None:
    out = sys.argv[1]
    regions = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    industries = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000
    codes = [f"{311000 + 7 * i:06d}" for i in range(industries)]
    state = 20_260_101
    with open(out, "w", encoding="ascii") as file:
        file.write("region,industry,year,employment,establishments\n")
        for r in range(regions):
            region = f"US{r:05d}"
            rows = []
            for code in codes:
                state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
                jobs = 3 + ((state >> 33) % 97) ** 2
                plants = 3 + jobs // 23
                rows.append(f"{region},{code},2019,{jobs},{plants}\n")
            file.write("".join(rows))


if __name__ == "__main__":
    main()
